package import RedlockCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The clock of all lease decisions: monotonic, and counting the time the machine was suspended (PROTOCOL section 3).
///
/// Linux' CLOCK_BOOTTIME; on Darwin CLOCK_MONOTONIC_RAW, which is mach_continuous_time. NIODeadline does not count
/// suspended time and is used for nothing but waking up.
package enum BootClock {
    package static func now() -> Instant {
        var time = timespec()
        #if canImport(Darwin)
        clock_gettime(CLOCK_MONOTONIC_RAW, &time)
        #else
        clock_gettime(CLOCK_BOOTTIME, &time)
        #endif
        return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }
}
