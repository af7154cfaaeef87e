import Redlock
import RedlockServers
import Testing

/// Who waits for a lock is to be seen at the nodes, and nothing else comes of it.
@Suite(.timeLimit(.minutes(2))) struct WaiterTests {
    private static let list = "redlock.waiting:r"

    /// The names of those who wait, as each node has them.
    private func waiting(_ fleet: RedisFleet) async throws -> [[String]] {
        var lists: [[String]] = []
        for server in fleet.servers {
            let members = try await server.cli("ZRANGE", Self.list, "0", "-1").split(separator: "\n")
            #expect(members.allSatisfy { $0.dropFirst(32).first == " " })
            lists.append(members.map { String($0.dropFirst(33)) }.sorted())
        }
        return lists
    }

    private func eventuallyWaiting(_ names: [String], _ fleet: RedisFleet) async throws {
        try await eventually("\(names) wait at all nodes") {
            try await waiting(fleet) == Array(repeating: names, count: fleet.servers.count)
        }
    }

    @Test func `whoever waits is at all nodes until the lock is granted, the wait is over, or cancelled`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.holderName = "holder" }) { holder in
                try await withRedlock(fleet.urls, { $0.holderName = "waiter" }) { waiter in
                    let lease = try await holder.acquire("r", ttl: .seconds(60))
                    #expect(try await waiting(fleet) == [[], [], []])
                    let granted = Task { try await waiter.acquire("r", ttl: .seconds(60), waiting: .seconds(600)) }
                    try await eventuallyWaiting(["waiter"], fleet)
                    let cancelled = Task { try await holder.acquire("r", ttl: .seconds(60), waiting: .seconds(600)) }
                    try await eventuallyWaiting(["holder", "waiter"], fleet)
                    cancelled.cancel()
                    try await eventuallyWaiting(["waiter"], fleet)

                    let error = await #expect(throws: RedlockError.self) {
                        try await waiter.acquire("r", ttl: .seconds(60), waiting: .milliseconds(700))
                    }
                    #expect(error?.code == .contended && error?.nodes.allSatisfy { $0.reason == nil } == true)
                    // Long enough for the first of them to have been forgotten, if it were not said again.
                    try await Task.sleep(for: .seconds(3))
                    try await eventuallyWaiting(["waiter"], fleet)

                    await lease.release()
                    let next = try await granted.value
                    try await eventuallyWaiting([], fleet)
                    await next.release()
                    for server in fleet.servers { #expect(try await server.cli("EXISTS", Self.list) == "0") }
                }
            }
        }
    }

    @Test func `a waiter that says nothing more is forgotten`() async throws {
        try await withRedisFleet(1) { fleet in
            try await withRedlock(fleet.urls, { $0.holderName = "waiter" }) { redlock in
                _ = try await fleet[0].cli("SET", "r", "another library's", "PX", "60000")
                let waiter = Task { try await redlock.acquire("r", ttl: .seconds(10), waiting: .seconds(600)) }
                try await eventuallyWaiting(["waiter"], fleet)
                try await eventually("a list that ends by itself") {
                    (1...2_700).contains(Int(try await fleet[0].cli("PTTL", Self.list)) ?? 0)
                }
                waiter.cancel()
                _ = await waiter.result
            }
        }
    }

    @Test func `without a name nobody is told, nor of a wait that is hardly one`() async throws {
        try await withRedisFleet(3) { fleet in
            for server in fleet.servers { _ = try await server.cli("SET", "r", "another library's", "PX", "60000") }
            func wait(_ name: HolderName?, _ time: Duration) async throws {
                try await withRedlock(fleet.urls, { $0.holderName = name }) { redlock in
                    let error = await #expect(throws: RedlockError.self) {
                        try await redlock.acquire("r", ttl: .seconds(10), waiting: time)
                    }
                    #expect(error?.code == .contended)
                }
            }
            try await wait(nil, .milliseconds(600))
            try await wait("hasty", .milliseconds(90))
            for server in fleet.servers {
                let commands = try await server.cli("INFO", "commandstats")
                #expect(!commands.contains("cmdstat_z") && !commands.contains("cmdstat_eval:"), "\(commands)")
            }
            try await wait("patient", .milliseconds(1_500))
            for server in fleet.servers {
                #expect(try await server.cli("INFO", "commandstats").contains("cmdstat_zadd"), "otherwise the above says nothing")
            }
        }
    }

    @Test(arguments: [["-zadd"], ["-zrem"], ["-eval"], ["-pexpire"], ["resetkeys", "~r", "~redlock.fence:r"]])
    func `nodes that do not take it lock as ever`(rights: [String]) async throws {
        try await withRedisFleet(3) { fleet in
            for server in fleet.servers {
                _ = try await server.command(["ACL", "SETUSER", "locks", "on", ">secret", "~*", "+@all"] + rights)
            }
            let urls = fleet.urls.map { $0.replacing("redis://", with: "redis://locks:secret@") }
            try await withRedlock(urls, { $0.holderName = "waiter" }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(60))
                let waiter = Task { try await redlock.acquire("r", ttl: .seconds(60), waiting: .seconds(600)) }
                let error = await #expect(throws: RedlockError.self) {
                    try await redlock.acquire("r", ttl: .seconds(60), waiting: .milliseconds(500))
                }
                #expect(error?.code == .contended)
                #expect(error?.nodes.allSatisfy { $0.reason == nil } == true, "\(String(describing: error?.nodes))")
                if rights != ["-zrem"] {
                    for server in fleet.servers { #expect(try await server.cli("EXISTS", Self.list) == "0") }
                }
                await lease.release()
                let next = try await waiter.value
                #expect(next.isValid)
                await next.release()
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `a list of another type is left alone`() async throws {
        try await withRedisFleet(3) { fleet in
            for server in fleet.servers { _ = try await server.cli("SET", Self.list, "somebody's") }
            try await withRedlock(fleet.urls, { $0.holderName = "waiter" }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(60))
                await #expect(throws: RedlockError.self) {
                    try await redlock.acquire("r", ttl: .seconds(60), waiting: .milliseconds(500))
                }
                await lease.release()
                for server in fleet.servers { #expect(try await server.cli("GET", Self.list) == "somebody's") }
            }
        }
    }
}
