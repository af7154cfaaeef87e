import CMallocCount
import Foundation

/// What the system says about processes.
enum ProcessStatistics {
    /// CPU time of this process so far, in microseconds, user and system.
    static func ownCPU() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    /// CPU time of another process so far, in microseconds; 0 where there is no /proc.
    ///
    /// `schedstat` counts nanoseconds, of the main thread only, which is where redis-server does its work; `stat` counts
    /// ticks of 10 ms.
    static func cpu(ofProcess pid: Int32) -> Double {
        if let fields = fields("/proc/\(pid)/schedstat"), let nanoseconds = fields.first.flatMap({ Double($0) }), nanoseconds > 0 {
            return nanoseconds / 1_000
        }
        guard let text = text("/proc/\(pid)/stat"), let nameEnd = text.lastIndex(of: ")") else { return 0 }
        // The first field after the name is the third of proc(5).
        let rest = text[text.index(after: nameEnd)...].split(separator: " ")
        guard rest.count > 12, let user = Double(rest[11]), let system = Double(rest[12]) else { return 0 }
        return (user + system) * 1e6 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The memory of this process that is resident, in bytes; 0 where there is no /proc.
    ///
    /// - Parameter trimmed: whether what earlier workloads have freed is given back first. Otherwise the next one would live in it,
    ///   and seem to need none.
    static func residentBytes(trimmed: Bool = false) -> Int {
        if trimmed { malloc_give_back() }
        guard let pages = fields("/proc/self/statm")?.dropFirst().first.flatMap({ Int($0) }) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The load average over the last minute; nil where there is no /proc.
    static func load() -> Double? { fields("/proc/loadavg")?.first.flatMap { Double($0) } }

    /// How the machine's processor calls itself.
    static func processor() -> String? {
        let line = text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func fields(_ path: String) -> [Substring]? {
        text(path)?.split { $0 == " " || $0 == "\n" }
    }
}
