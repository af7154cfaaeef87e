import RedlockCore
import RedlockNode

/// Takes a lock from the nodes, all of them at once.
enum LockRemoval {
    /// What became of it on one node.
    enum Outcome: Sendable, Hashable {
        /// It was there and is gone.
        case released
        /// There was nothing.
        case free
        /// There is another value, which was left alone.
        case held(token: [UInt8])
        /// There is a key of another type, which was left alone.
        case wrongType(String)
        /// The node does not answer, and may have done it or not.
        case unreachable(String)
        /// It answers and has no vote, or refuses.
        case unfit(String)

        /// Of a node that cannot be asked.
        init(_ fault: NodeFault) { self = fault.isRefusal ? .unfit(fault.detail) : .unreachable(fault.detail) }
    }

    /// Deletes the lock where it has this token, as its holder would. The name that he may have left beside it is found by looking.
    static func release(
        _ key: LockKey, token: [UInt8], _ endpoints: [NodeEndpoint], timeout: Duration
    ) async -> [Outcome] {
        await remove(key, endpoints, timeout: timeout) { node throws(NodeFault) in
            var value = token
            let seen = try await LockReading.read([key], from: node, timeout: timeout)
            if case .held(let whole, _)? = seen.first?.state, LockValue(whole).token.elementsEqual(token) { value = whole }
            return ["EVALSHA", LockScripts.release.digest, "1", key.name].map { Array($0.utf8) } + [value]
        }
    }

    /// Deletes from each node the value that was seen there, keeps the holder from filling it again, and raises the fencing
    /// counters of all.
    ///
    /// - Parameters:
    ///   - seen: by node; a lock that has changed since is left alone.
    ///   - maxTTL: the longest that any lease lives which is not extended.
    ///   - fence: what the counters become at least; nil to leave them.
    static func takeAway(
        _ key: LockKey, seen: [LockReading], maxTTL: Nanoseconds, raising fence: (token: UInt64, terms: FenceTerms)?,
        _ endpoints: [NodeEndpoint], timeout: Duration
    ) async -> [Outcome] {
        // Who did not answer a moment ago is not waited for again.
        var outcomes = seen.map { reading -> Outcome in
            switch reading.state {
            case .unreachable(let reason): .unreachable(reason)
            case .unfit(let reason): .unfit(reason)
            case .free, .held, .wrongType: .free
            }
        }
        let asked = seen.indices.filter { outcomes[$0] == .free }
        let values: [[UInt8]] = asked.map { if case .held(let token, _) = seen[$0].state { token } else { [] } }
        // The same everywhere: who holds the lock has lost it on some node, perhaps.
        let holder = Dictionary(grouping: values.filter { !$0.isEmpty }, by: \.self).max { $0.value.count < $1.value.count }?.key ?? []
        let keys = fence == nil ? ["2", key.name, key.brokenName] : ["3", key.name, key.brokenName, key.fenceName]
        let lasting = Array("\((maxTTL * 2).wholeMilliseconds)".utf8)
        let counter = fence.map { ["\($0.token)", "\($0.terms.timeToLive.count / 1_000_000)"] } ?? []
        let answers = await remove(key, asked.map { endpoints[$0] }, timeout: timeout) { node in
            (["EVAL", LockScripts.breakSource] + keys).map { Array($0.utf8) } + [values[node.id.index], holder, lasting]
                + counter.map { Array($0.utf8) }
        }
        for (index, answer) in zip(asked, answers) { outcomes[index] = answer }
        return outcomes
    }

    /// Sends each node its command, for which it may be asked something first, and looks at what is left.
    private static func remove(
        _ key: LockKey, _ endpoints: [NodeEndpoint], timeout: Duration,
        _ command: @escaping @Sendable (NodeClient) async throws(NodeFault) -> [[UInt8]]
    ) async -> [Outcome] {
        let answers = await NodeVisit.all(endpoints, timeout: timeout) { node throws(NodeFault) -> (NodeStanding, Outcome) in
            let standing = try await NodeStanding.read(from: node)
            if let refusal = Preflight.refusal(of: standing.identity) { throw refusal }
            switch try await node.command(bytes: try await command(node), timeout: Nanoseconds(timeout)) {
            case .integer(1): return (standing, .released)
            case .error(let text): throw NodeFault(errorReply: text)
            default: break
            }
            let left = try await LockReading.read([key], from: node, timeout: timeout)
            let outcome: Outcome =
                switch left.first?.state {
                case .held(let token, _): .held(token: token)
                case .wrongType(let type): .wrongType(type)
                case .unreachable(let reason): .unreachable(reason)
                case .unfit(let reason): .unfit(reason)
                case .free, nil: .free
                }
            return (standing, outcome)
        }
        return outcomes(answers, endpoints)
    }

    /// What became of it on each server: one that has two names was asked twice, and counts once.
    private static func outcomes(_ answers: [Result<(NodeStanding, Outcome), NodeFault>], _ endpoints: [NodeEndpoint]) -> [Outcome] {
        var outcomes = answers.map { answer in
            switch answer {
            case .success(let (_, outcome)): outcome
            case .failure(let fault): Outcome(fault)
            }
        }
        let standings = answers.map { try? $0.get().0 }
        for (index, refusal) in NodeStanding.refusals(standings, named: endpoints.map(\.description)).enumerated() {
            guard let refusal else { continue }
            let first = standings[..<index].firstIndex { $0?.identity.runID == standings[index]?.identity.runID }
            if let first, outcomes[index] == .released { outcomes[first] = .released }
            outcomes[index] = Outcome(refusal)
        }
        return outcomes
    }
}
