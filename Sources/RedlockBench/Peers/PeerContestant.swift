import Foundation
import Histogram

/// A Python library, in a process of its own for each turn.
struct PeerContestant: Contestant {
    let name: String
    /// Threads, each with a lock of its own.
    let concurrency: Int
    let environment: PythonEnvironment
    let ports: [Int]

    private struct Answer: Decodable {
        let seconds: Double
        let cpu: Double
        let acquires: [UInt64]
        let cycles: [UInt64]
    }

    func run(seconds: Double) async throws -> Trial {
        let arguments = ["-c", PeerScript.source, name, "\(concurrency)", "\(seconds)"] + ports.map { "\($0)" }
        let (status, text) = try await PythonEnvironment.output(of: environment.python, arguments)
        guard status == 0 else { throw BenchError("\(name) ended with status \(status)") }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        var trial = Trial(cycles: answer.cycles.count, seconds: answer.seconds, clientCPU: answer.cpu)
        for latency in answer.acquires { trial.acquire.record(latency) }
        for latency in answer.cycles { trial.cycle.record(latency) }
        return trial
    }
}
