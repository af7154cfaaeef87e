import Foundation
import Histogram
import RedlockCore

/// What a bench measured, for people and for programs.
struct BenchReport {
    /// The measured trials.
    let trials: [BenchTrial]
    /// Which nodes took no part, and why, a sentence each.
    let absent: [String]

    /// The whole of it is no measurement when no lock was obtained.
    var isEmpty: Bool { trials.allSatisfy { $0.cycles == 0 } }

    private static let percentiles: [(name: String, value: Double)] = [
        ("P50", 50), ("P90", 90), ("P99", 99), ("P99.9", 99.9), ("MAX", 100),
    ]

    /// A table, the distribution of the first trial, and what failed.
    func lines(width: Int) -> [String] {
        var table = Table(
            ["WORKERS", "STEP"] + Self.percentiles.map(\.name) + ["CYCLES/S"], expendable: ["P99.9", "P90", "CYCLES/S", "MAX"])
        for trial in trials {
            for (step, histogram) in [("acquire", trial.acquire), ("release", trial.release)] {
                let values = Self.percentiles.map { Self.latency(histogram.valueAtPercentile($0.value)) }
                let rate = step == "acquire" ? "\(Int(trial.rate.rounded()))" : ""
                table.append(.cells([step == "acquire" ? "\(trial.workers)" : "", step] + values + [rate]))
            }
        }
        var lines = table.lines(width: width, indent: 0)
        for trial in trials.prefix(1) where trial.cycles > 0 {
            lines +=
                ["", "acquire, \(trial.workers == 1 ? "one worker" : "\(trial.workers) workers")"] + Self.bars(trial.acquire, width: width)
        }
        for trial in trials where !trial.failures.isEmpty {
            let counts = trial.failures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            lines += [""] + Table.wrapped("not obtained with \(trial.workers) workers: \(counts)", width: width)
        }
        if !absent.isEmpty { lines += [""] + absent.flatMap { Table.wrapped($0, width: width) } }
        return lines
    }

    private static func latency(_ nanoseconds: UInt64) -> String { DurationText.roundTrip(microseconds: Int64(nanoseconds / 1000)) }

    /// Counts between bounds of 1, 2 and 5 times a power of ten.
    private static func buckets(_ histogram: Histogram<UInt64>) -> [(below: UInt64, count: UInt64)] {
        var buckets: [(below: UInt64, count: UInt64)] = []
        var bounds: [UInt64] = []
        var power: UInt64 = 10_000
        while power <= 10_000_000_000 {
            bounds += [power, power * 2, power * 5]
            power *= 10
        }
        var counts = [UInt64](repeating: 0, count: bounds.count + 1)
        for value in histogram.recordedValues() {
            counts[bounds.firstIndex { value.value < $0 } ?? bounds.count] += value.count
        }
        for (index, bound) in bounds.enumerated() { buckets.append((bound, counts[index])) }
        let used = buckets.indices.filter { buckets[$0].count > 0 }
        guard let first = used.first, let last = used.last else { return [] }
        return Array(buckets[first...last])
    }

    private static func bars(_ histogram: Histogram<UInt64>, width: Int) -> [String] {
        let buckets = buckets(histogram)
        let most = buckets.map(\.count).max() ?? 1
        let labels = buckets.map { "< \(latency($0.below))" }
        let labelWidth = labels.map(\.count).max() ?? 0
        let countWidth = buckets.map { "\($0.count)".count }.max() ?? 1
        let room = max(width - labelWidth - countWidth - 8, 8)
        return zip(labels, buckets).map { label, bucket in
            let length = bucket.count == 0 ? 0 : max(1, Int(Double(bucket.count) / Double(max(most, 1)) * Double(room)))
            let (before, after) = (labelWidth - label.count, countWidth - "\(bucket.count)".count)
            return "  " + String(repeating: " ", count: before) + label + "  " + String(repeating: " ", count: after) + "\(bucket.count)"
                + (length == 0 ? "" : "  " + String(repeating: "█", count: length))
        }
    }

    /// The object of one trial in the output of `redlock bench --json`.
    struct Object: Encodable {
        /// How many locks were taken at once.
        let workers: Int
        /// How long it took, in milliseconds.
        let elapsedMs: Int64
        /// How many locks were taken and released, and how many a second.
        let cycles: Int
        let cyclesPerS: Double
        /// Latencies in microseconds.
        let acquireUs: Latency
        let releaseUs: Latency
        /// How often a lock was not obtained, by the error's code.
        let failures: [String: Int]
        /// How many locks were acquired in less than so many microseconds, and not in less than the bucket before.
        let acquireHistogram: [Bucket]

        /// Of a distribution.
        struct Latency: Encodable {
            let p50: UInt64
            let p90: UInt64
            let p99: UInt64
            let p999: UInt64
            let max: UInt64

            /// In microseconds of nanoseconds.
            init(_ histogram: Histogram<UInt64>) {
                func value(_ percentile: Double) -> UInt64 { histogram.valueAtPercentile(percentile) / 1000 }
                (p50, p90, p99, p999, max) = (value(50), value(90), value(99), value(99.9), value(100))
            }
        }

        /// One bar.
        struct Bucket: Encodable {
            let belowUs: UInt64
            let count: UInt64
        }
    }

    /// For programs.
    var objects: [Object] {
        trials.map { trial in
            Object(
                workers: trial.workers, elapsedMs: DurationText.milliseconds(trial.elapsed), cycles: trial.cycles,
                cyclesPerS: (trial.rate * 10).rounded() / 10, acquireUs: .init(trial.acquire), releaseUs: .init(trial.release),
                failures: trial.failures,
                acquireHistogram: Self.buckets(trial.acquire).map { .init(belowUs: $0.below / 1000, count: $0.count) })
        }
    }
}
