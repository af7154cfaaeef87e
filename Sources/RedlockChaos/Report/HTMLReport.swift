import Foundation
import RedlockCore
import RedlockHistory

/// A run on one page: the verdict, a picture, figures, and how to see it again.
struct HTMLReport {
    let result: RunResult

    var text: String {
        Page.html(
            title: "redlock-chaos: \(result.verdict.word.rawValue)",
            body: [verdict, figures, violations, timeline, tables, again].joined(separator: "\n"))
    }

    private var verdict: String {
        let style =
            switch result.verdict.word {
            case .valid: ""
            case .broken: " broken"
            case .harnessFailure, .unknown: " other"
            }
        let title =
            switch result.verdict.word {
            case .valid: "Every promise was kept"
            case .broken: "A promise was broken"
            case .harnessFailure: "The harness failed"
            case .unknown: "Not known"
            }
        // The title of a valid run says the reason already.
        let reason = result.verdict.word == .valid ? "Nemeses: \(result.plan.nemesisText); seed \(result.plan.seed)" : result.verdict.reason
        return "<div class=\"verdict\(style)\"><h1>\(title)</h1><p>\(Page.escaped(reason))</p></div>"
    }

    private var figures: String {
        let counts = OutcomeCounts(result.history)
        let figures: [(String, String)] = [
            ("\(counts.granted)", "grants"), ("\(result.faults.count)", "faults"), ("\(counts.written)", "writes"),
            ("\(counts.turnedAway)", "stale accesses turned away"), ("\(result.verdict.broken.count)", "violations"),
            ("\(result.verdict.outside.count)", "outside the promise"),
            ("\((result.history.end - result.startedAt).count / 1_000_000_000) s", "from start to end"),
        ]
        return "<div class=\"figures\">\(figures.map { "<div><b>\($0)</b><span>\($1)</span></div>" }.joined())</div>"
    }

    private var violations: String {
        guard !result.verdict.violations.isEmpty else { return "" }
        func list(_ violations: [RunVerdict.Violation], _ style: String) -> String {
            let items = violations.prefix(20).map { violation in
                let excuse =
                    violation.excuse.map { " <span class=\"quiet\">Outside the promise: \(Page.escaped($0.sentence)).</span>" } ?? ""
                return
                    "<li><b class=\"\(style)\">\(violation.checker)</b> at \(result.seconds(violation.evidence.at)) s: \(Page.escaped(violation.evidence.sentence)).\(excuse)</li>"
            }
            let rest = violations.count > 20 ? "<li class=\"quiet\">and \(violations.count - 20) more, in verdict.json</li>" : ""
            return items.joined(separator: "\n") + rest
        }
        let closeUp =
            result.verdict.broken.first.map { "<h2>The first one, enlarged</h2>\(RunTimeline(result, around: $0.evidence).html)" } ?? ""
        return "<h2>What was seen</h2><ul>\(list(result.verdict.broken, "bad"))\(list(result.verdict.outside, "warn"))</ul>\(closeUp)"
    }

    private var timeline: String {
        let resources = Array(Set(result.history.leases.map(\.resource))).sorted()
        let legend =
            resources.prefix(6).enumerated().map { "<span><i class=\"r\($0.offset)\"></i>\(Page.escaped($0.element)) held</span>" }.joined()
            + "<span><i class=\"r0\" style=\"opacity:.5;height:4px\"></i>validity left when it was given back</span>"
            + "<span><i style=\"background:var(--fault)\"></i>fault</span>"
            + "<span><i style=\"background:var(--outside)\"></i>fault outside the promise</span>"
            + "<span><i style=\"background:var(--bad);width:3px\"></i>violation</span>"
        return """
            <h2>Timeline</h2>
            <div class="legend">\(legend)</div>
            \(RunTimeline(result).html)
            """
    }

    private var tables: String {
        let counts = OutcomeCounts(result.history)
        let outcomes =
            [["granted", "\(counts.granted)"]]
            + counts.refused.sorted { $0.key < $1.key }.map { [Page.escaped("refused: \($0.key)"), "\($0.value)"] }
            + [
                ["extended", "\(counts.extended)"], ["released", "\(counts.released)"], ["ran out or lost", "\(counts.lost)"],
                ["values written", "\(counts.written)"], ["turned away by the resource", "\(counts.turnedAway)"],
            ]
        let findings = result.verdict.findings.map { finding in
            let isExcused = finding.verdict.isInvalid && !result.verdict.broken.contains { $0.checker == finding.checker }
            let style = finding.verdict == .valid ? "good" : finding.verdict.isInvalid && !isExcused ? "bad" : "warn"
            return [
                finding.checker,
                "<span class=\"\(style)\">\(Page.escaped(finding.verdict.word))\(isExcused ? ", outside the promise" : "")</span>",
            ]
        }
        let latencies = LatencyTable(result.history, faults: result.faults).rows.map { row in
            let most = max(row.histogram.max() ?? 0, 1)
            let bars = zip(row.histogram, LatencyTable.bounds.map { "up to \(Int($0)) ms" } + ["longer"]).map { count, bound in
                "<i style=\"height:\(count * 26 / most)px\" title=\"\(count) took \(bound)\"></i>"
            }.joined()
            return [row.phase, "\(row.grants.count)", "\(row.refused)"]
                + [0.5, 0.9, 0.99].map { milliseconds(row.quantile($0)) } + [
                    milliseconds(row.grants.last), "<span class=\"bars\">\(bars)</span>",
                ]
        }
        let recoveries = RecoveryTable(result.history, faults: result.faults).rows.map { row in
            let times = row.times.compactMap(\.self).sorted()
            return [
                row.nemesis, "\(row.times.count)", milliseconds(times.isEmpty ? nil : times[times.count / 2]), milliseconds(times.last),
            ]
        }
        let faults = result.faults.map { fault in
            [
                fault.nemesis, result.seconds(fault.from), fault.until.map { result.seconds($0) } ?? "–",
                "<span class=\"text\">\(Page.escaped(fault.detail))</span>",
            ]
        }
        return """
            <div class="columns">
            <div><h2>Promises</h2>\(Page.table(["promise", "verdict"], findings))</div>
            <div><h2>Outcomes</h2>\(Page.table(["operation", "count"], outcomes))</div>
            </div>
            <h2>How long an acquire took</h2>
            <p class="quiet">Of those that were granted, contention included; under each fault that was in force meanwhile. Bars: up to 1, 3, 10, 30, 100, 300 ms, 1, 3 s, longer.</p>
            \(Page.table(["phase", "granted", "refused", "median", "90 %", "99 %", "longest", "distribution"], latencies))
            <h2>From the end of a fault to the next grant</h2>\(Page.table(["nemesis", "times", "median", "longest"], recoveries))
            <h2>Faults</h2>\(Page.table(["nemesis", "from, s", "until, s", "what"], faults, told: true))
            """
    }

    private var again: String {
        """
        <h2>Again</h2>
        <p>Seed \(result.plan.seed). The same faults at the same times; what the operating system makes of them differs.</p>
        <pre><code>\(Page.escaped(result.plan.command))</code></pre>
        <p class="quiet">Beside this page: history.jsonl, verdict.json, the nodes' logs, and the clients' own histories and logs in clients/.</p>
        """
    }

    private func milliseconds(_ value: Double?) -> String {
        guard let value else { return "–" }
        return value < 10
            ? String(format: "%.1f ms", value) : value < 10_000 ? String(format: "%.0f ms", value) : String(format: "%.1f s", value / 1_000)
    }
}
