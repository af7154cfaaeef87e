import Synchronization

/// The servers and clients of one recipe under one fault, and what can be seen of them from outside.
final class Stage: Sendable {
    let recipe: any LockRecipe.Type
    let instances: [Instance]
    private let clients = Mutex<[any LockRecipe]>([])

    private init(_ recipe: any LockRecipe.Type, _ instances: [Instance]) {
        self.recipe = recipe
        self.instances = instances
    }

    /// Runs `body` with fresh servers, which are gone afterwards.
    ///
    /// - Parameter failover: whether one of several instances has a replica too.
    static func with<Value>(
        _ recipe: any LockRecipe.Type, failover: Bool = false, _ body: (Stage) async throws -> Value
    ) async throws -> Value {
        let stage = Stage(recipe, try await start(recipe.deployment, failover))
        do {
            if recipe.deployment == .five { try await stage.waitUntilTrusted() }
            let value = try await body(stage)
            await stage.clear()
            return value
        } catch {
            await stage.clear()
            throw error
        }
    }

    private static func start(_ deployment: Deployment, _ failover: Bool) async throws -> [Instance] {
        let count =
            switch deployment {
            case .nothing: 0
            case .one, .oneWithReplica: 1
            case .five: 5
            }
        var instances: [Instance] = []
        do {
            for index in 0..<count {
                let withReplica = deployment == .oneWithReplica || failover && index == 0
                instances.append(try await Instance.start(withReplica: withReplica))
            }
        } catch {
            for instance in instances { await instance.stop() }
            throw error
        }
        return instances
    }

    /// Until no node is in quarantine: uptime is told in whole seconds, and taken to be one less.
    private func waitUntilTrusted() async throws {
        for instance in instances {
            try await Self.wait("a server's quarantine to end") { try await instance.uptimeSeconds >= 2 }
        }
    }

    private func clear() async {
        for client in clients.withLock({ $0 }) { await client.close() }
        for instance in instances { await instance.stop() }
    }

    /// A client of its own, closed at the end.
    func client(_ conduct: Conduct = Conduct()) async throws -> any LockRecipe {
        let client = try await recipe.init(connectingTo: instances.map(\.url), conduct: conduct)
        clients.withLock { $0.append(client) }
        return client
    }

    // MARK: What the servers say

    /// Whether a majority of the instances has the key.
    func isLocked(_ key: String) async throws -> Bool {
        var count = 0
        for instance in instances where try await instance.has(key) { count += 1 }
        return count > instances.count / 2
    }

    func isLockedEverywhere(_ key: String) async throws -> Bool {
        for instance in instances where try await !instance.has(key) { return false }
        return true
    }

    /// Whether the key is there on a majority and will never expire.
    func isLockedForever(_ key: String) async throws -> Bool {
        var count = 0
        for instance in instances where try await instance.keepsForever(key) { count += 1 }
        return count > instances.count / 2
    }

    /// How long anything may take that must happen, before the harness gives up.
    static let patience = Duration.seconds(30)

    /// Waits until something is so, as seen from outside.
    static func wait(_ what: String, until condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + patience
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw BaselineFailure("waited \(patience) for \(what)") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
