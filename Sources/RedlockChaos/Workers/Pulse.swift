import Foundation
import RedlockCore
import RedlockHistory
import RedlockNode

/// Writes down when this process got no core, as if it had been stopped: on a busy machine nobody can be told in time.
enum Pulse {
    /// - Parameter margin: how long before the end of its lease a holder is told. A quarter of it is noticed: to tell takes
    ///   several turns of several threads.
    static func start(margin: Nanoseconds, in file: HistoryFile) {
        let (step, most) = (UInt32(clamping: max(margin.count / 10_000, 1_000)), margin / 4)
        let thread = Thread {
            var last = BootClock.now()
            while true {
                usleep(step)
                let now = BootClock.now()
                if now - last > most {
                    file.note(.paused, at: last)
                    file.note(.resumed, at: now)
                }
                last = now
            }
        }
        thread.stackSize = 256 * 1024
        thread.start()
    }
}
