#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Which seed each worker is at, to be said if the machine traps: an invariant that fails ends the process.
///
/// The handler runs where hardly anything may be called, so the seeds are kept in plain memory and written digit by digit.
enum CrashNote {
    private static let capacity = 256
    nonisolated(unsafe) private static let seeds: UnsafeMutablePointer<UInt64> = {
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
        memory.initialize(repeating: 0, count: capacity)
        return memory
    }()
    nonisolated(unsafe) private static var workers = 0

    static func install(workers count: Int) {
        workers = min(count, capacity)
        for signalNumber in [SIGILL, SIGTRAP, SIGABRT] {
            signal(signalNumber) { _ in CrashNote.report() }
        }
        note(0, worker: 0)
    }

    static func note(_ seed: UInt64, worker: Int) {
        if worker < capacity { seeds[worker] = seed }
    }

    private static func report() {
        write("\nthe machine trapped; it was one of these: ")
        for worker in 0..<workers where seeds[worker] != 0 {
            write("redlock-chaos replay ")
            var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
            withUnsafeMutableBytes(of: &digits) { buffer in
                var index = buffer.count
                var rest = seeds[worker]
                repeat {
                    index -= 1
                    buffer[index] = UInt8(0x30 + rest % 10)
                    rest /= 10
                } while rest > 0
                guard let base = buffer.baseAddress else { return }
                _ = unsafeWrite(base + index, buffer.count - index)
            }
            write("; ")
        }
        write("\n")
        _exit(4)
    }

    private static func write(_ text: StaticString) {
        _ = unsafeWrite(text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func unsafeWrite(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Darwin)
        Darwin.write(STDERR_FILENO, bytes, count)
        #elseif canImport(Musl)
        Musl.write(STDERR_FILENO, bytes, count)
        #else
        Glibc.write(STDERR_FILENO, bytes, count)
        #endif
    }
}
