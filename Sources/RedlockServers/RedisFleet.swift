/// Several servers that are started and stopped together: the independent nodes of a Redlock.
package final class RedisFleet: Sendable {
    /// The servers, in an order that never changes.
    package let servers: [RedisServer]

    private init(_ servers: [RedisServer]) {
        self.servers = servers
    }

    /// Starts that many servers at once and answers when all serve.
    ///
    /// With ``RedisServer/Options/port`` they get that port and those that follow it.
    ///
    /// - Throws: What the first failing start throws, after every other server was stopped.
    package static func start(_ count: Int = 5, _ options: RedisServer.Options = .init()) async throws -> RedisFleet {
        try await start(
            (0..<count).map { index in
                var own = options
                own.port = options.port.map { $0 + index }
                return own
            })
    }

    /// Starts one server for each of the options.
    package static func start(_ options: [RedisServer.Options]) async throws -> RedisFleet {
        typealias Start = Result<RedisServer, any Error>
        let started = await withTaskGroup(of: (Int, Start).self, returning: [Start].self) { group in
            for (index, own) in options.enumerated() {
                group.addTask {
                    do { return (index, .success(try await RedisServer.start(own))) } catch { return (index, .failure(error)) }
                }
            }
            var starts: [(Int, Start)] = []
            for await start in group { starts.append(start) }
            return starts.sorted { $0.0 < $1.0 }.map(\.1)
        }
        do {
            return RedisFleet(try started.map { try $0.get() })
        } catch {
            await RedisFleet(started.compactMap { try? $0.get() }).stop()
            throw error
        }
    }

    /// One of the servers.
    package subscript(_ index: Int) -> RedisServer { servers[index] }

    /// The servers' URLs, in their order.
    package var urls: [String] { servers.map(\.url) }

    /// Stops all servers at once; returns when nothing is left of them. May be called again.
    package func stop() async {
        await concurrently { await $0.stop() }
    }

    /// Does something with all servers at once, for example ``RedisServer/kill()``.
    package func concurrently(_ action: @escaping @Sendable (RedisServer) async -> Void) async {
        await withTaskGroup { group in
            for server in servers {
                group.addTask { await action(server) }
            }
        }
    }
}
