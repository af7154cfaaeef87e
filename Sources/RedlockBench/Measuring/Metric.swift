import Histogram

/// What is read off a trial.
enum Metric: String, Sendable, CaseIterable, Encodable {
    case acquireP50 = "acquire p50"
    case acquireP99 = "acquire p99"
    case cycleP50 = "cycle p50"
    case cycleP99 = "cycle p99"
    case rate = "cycles/s"
    case clientCPU = "client CPU/cycle"
    case serverCPU = "servers' CPU/cycle"
    case allocations = "allocations/cycle"

    /// Latencies and CPU in microseconds; rates and counts as they are.
    var unit: Quantity.Unit {
        switch self {
        case .rate: .perSecond
        case .allocations: .count
        default: .microseconds
        }
    }

    /// The metric's value in `trial`.
    func value(in trial: Trial) -> Double {
        let cycles = Double(max(trial.cycles, 1))
        return switch self {
        case .acquireP50: Double(trial.acquire.valueAtPercentile(50)) / 1_000
        case .acquireP99: Double(trial.acquire.valueAtPercentile(99)) / 1_000
        case .cycleP50: Double(trial.cycle.valueAtPercentile(50)) / 1_000
        case .cycleP99: Double(trial.cycle.valueAtPercentile(99)) / 1_000
        case .rate: trial.seconds > 0 ? Double(trial.cycles) / trial.seconds : 0
        case .clientCPU: trial.clientCPU / cycles
        case .serverCPU: trial.serverCPU / cycles
        case .allocations: Double(trial.allocations) / cycles
        }
    }
}
