import Foundation

/// hiredis on a thread of its own: the floor, with fencing or without, or the round trips alone.
struct FloorContestant: Contestant {
    let client: FloorClient
    let work: FloorClient.Work
    let meter: Meter

    var name: String {
        switch work {
        case .plain: "floor"
        case .fenced: "fenced floor"
        case .ping: "ping"
        }
    }

    func run(seconds: Double) async throws -> Trial {
        let (client, work, tape) = (client, work, meter.tape)
        return try await meter.measure {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                Thread { continuation.resume(with: Result { try client.run(work, seconds: seconds, tape: tape) }) }.start()
            }
        }
    }
}
