/// Starts a server for the time that the body runs.
///
/// The server is stopped when this returns or throws, also when the body throws or the task is cancelled.
package func withRedisServer<Value>(
    _ options: RedisServer.Options = .init(), _ body: (RedisServer) async throws -> Value
) async throws -> Value {
    let server = try await RedisServer.start(options)
    return try await running(server, body) { await $0.stop() }
}

/// Starts a fleet for the time that the body runs.
///
/// Its servers are stopped when this returns or throws, also when the body throws or the task is cancelled.
package func withRedisFleet<Value>(
    _ count: Int = 5, _ options: RedisServer.Options = .init(), _ body: (RedisFleet) async throws -> Value
) async throws -> Value {
    let fleet = try await RedisFleet.start(count, options)
    return try await running(fleet, body) { await $0.stop() }
}

/// Starts a fleet of one server for each of the options, for the time that the body runs.
package func withRedisFleet<Value>(
    _ options: [RedisServer.Options], _ body: (RedisFleet) async throws -> Value
) async throws -> Value {
    let fleet = try await RedisFleet.start(options)
    return try await running(fleet, body) { await $0.stop() }
}

/// What `defer` cannot do: await something on both ways out.
private func running<Resource, Value>(
    _ resource: Resource, _ body: (Resource) async throws -> Value, _ stop: (Resource) async -> Void
) async throws -> Value {
    do {
        let value = try await body(resource)
        await stop(resource)
        return value
    } catch {
        await stop(resource)
        throw error
    }
}
