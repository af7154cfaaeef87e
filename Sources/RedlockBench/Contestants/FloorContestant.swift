import Foundation

/// hiredis on a thread of its own: the floor, or with `ping` the round trips alone.
struct FloorContestant: Contestant {
    let client: FloorClient
    let ping: Bool
    let meter: Meter

    var name: String { ping ? "ping" : "floor" }

    func run(seconds: Double) async throws -> Trial {
        let (client, ping, tape) = (client, ping, meter.tape)
        return try await meter.measure {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                Thread { continuation.resume(with: Result { try client.run(seconds: seconds, ping: ping, tape: tape) }) }.start()
            }
        }
    }
}
