import RedlockCore
import RedlockNode

/// A configuration that was found to be possible, in the units of the rules.
struct ValidatedConfiguration: Sendable {
    let endpoints: [NodeEndpoint]
    let keyPrefix: String
    let quorum: Quorum
    let drift: DriftBound
    let maxTTL: Nanoseconds
    let waiting: Nanoseconds
    let attemptTimeout: Nanoseconds
    let retry: RetrySchedule
    let fencing: Bool
    let fences: FenceTerms
    let holder: String?
    let lanes: Int
    let client: NodeClientOptions

    /// Less cannot hold a lock for any work: drift takes 2 ms of it and a round trip the rest.
    static let minTTL = Nanoseconds.milliseconds(10)

    init(_ configuration: RedlockConfiguration) throws(RedlockError) {
        endpoints = try Self.endpoints(configuration.nodes)
        quorum = Quorum(nodes: endpoints.count)
        keyPrefix = configuration.keyPrefix
        try Self.require(
            keyPrefix.utf8.count <= 1024, "keyPrefix has \(configuration.keyPrefix.utf8.count) bytes; at most 1024 are possible")

        try Self.require(
            configuration.driftFactor >= 0 && configuration.driftFactor <= 0.5,
            "driftFactor is \(configuration.driftFactor); write a fraction between 0 and 0.5, 0.01 for 1 %")
        drift = DriftBound(partsPerMillion: Int64((configuration.driftFactor * 1_000_000).rounded(.up)))

        maxTTL = Nanoseconds(configuration.maxTTL)
        try Self.require(
            maxTTL >= Self.minTTL && maxTTL <= .seconds(24 * 3600), "maxTTL is \(configuration.maxTTL); it must be 10 ms to 24 h")

        waiting = try Self.positive(configuration.waiting, "waiting", orZero: true)
        attemptTimeout = try Self.positive(configuration.attemptTimeout, "attemptTimeout")
        retry = RetrySchedule(
            base: try Self.positive(configuration.retry.base, "retry.base"), cap: try Self.positive(configuration.retry.cap, "retry.cap"))
        try Self.require(
            retry.base <= retry.cap, "retry.base (\(configuration.retry.base)) is longer than retry.cap (\(configuration.retry.cap))")

        try Self.require((1...64).contains(configuration.lanes), "lanes is \(configuration.lanes); it must be 1 to 64")
        lanes = configuration.lanes

        let quarantine = Quarantine.span(maxTTL: maxTTL, drift: drift, nodes: endpoints.count)
        fencing = configuration.fencing
        fences = FenceTerms(quarantine: quarantine ?? maxTTL)
        holder = configuration.holderName?.text
        if let fault = holder.flatMap(LockValue.fault) { throw Self.invalid("holderName \(fault)") }
        client = try Self.client(
            configuration.connection, drift: drift,
            quarantine: configuration.quarantinesRestartedNodes ? quarantine : nil)
    }

    private static func endpoints(_ urls: [String]) throws(RedlockError) -> [NodeEndpoint] {
        try require(!urls.isEmpty, "there are no nodes; give the URLs of 3 or 5 independent Redis masters")
        try require(
            urls.count <= NodeSet.capacity, "there are \(urls.count) nodes; at most \(NodeSet.capacity) are possible, and 5 are usual")
        var endpoints: [NodeEndpoint] = []
        var seen: [NodeEndpoint.Identity: Int] = [:]
        for (index, url) in urls.enumerated() {
            do {
                let endpoint = try NodeEndpoint(url)
                if let first = seen.updateValue(index, forKey: endpoint.identity) {
                    throw invalid(
                        "nodes \(first + 1) and \(index + 1) are the same server (\(endpoint)): it would vote twice; name each node once")
                }
                endpoints.append(endpoint)
            } catch let error as NodeEndpointError {
                throw invalid("the URL of node \(index + 1) cannot be used: \(error)")
            } catch let error as RedlockError {
                throw error
            } catch {
                throw invalid("the URL of node \(index + 1) cannot be used")
            }
        }
        return endpoints
    }

    private static func client(
        _ connection: RedlockConfiguration.Connection, drift: DriftBound, quarantine: Nanoseconds?
    ) throws(RedlockError) -> NodeClientOptions {
        var client = NodeClientOptions()
        client.connectTimeout = try positive(connection.timeout, "connection.timeout")
        client.stallTimeout = try positive(connection.stallTimeout, "connection.stallTimeout")
        try require(
            (1...1_000_000).contains(connection.inFlightLimit),
            "connection.inFlightLimit is \(connection.inFlightLimit); it must be 1 to 1,000,000")
        client.inFlightLimit = connection.inFlightLimit
        let isPlainWord = !connection.clientName.isEmpty && connection.clientName.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        try require(
            isPlainWord && connection.clientName.utf8.count <= 128, "connection.clientName must be 1 to 128 ASCII characters without spaces"
        )
        client.clientName = connection.clientName
        client.quarantine = quarantine
        client.drift = drift
        return client
    }

    /// The terms of one request.
    func terms(ttl: Duration, giveUpAt: Instant?, options: LeaseOptions) throws(RedlockError) -> LeaseTerms {
        let ttl = try self.ttl(ttl)
        let validity = ttl - drift.drift(over: ttl)
        let margin =
            try options.safetyMargin.map { margin throws(RedlockError) in try Self.positive(margin, "safetyMargin", orZero: true) } ?? ttl
            / 10
        try Self.require(
            margin < validity,
            "safetyMargin is \(margin) and leaves nothing of a validity of \(validity); make it smaller or the ttl longer"
        )
        let maximumHold = try options.maximumHold.map { hold throws(RedlockError) in try Self.positive(hold, "maximumHold") }
        return LeaseTerms(
            quorum: quorum, ttl: ttl, drift: drift, attemptTimeout: min(attemptTimeout, ttl / 2), giveUpAt: giveUpAt, retry: retry,
            safetyMargin: margin, autoExtension: options.extendsItself ? AutoExtension(maximumHold: maximumHold) : nil,
            fencing: options.fencing ?? fencing)
    }

    /// A ttl in whole milliseconds, as the nodes count it.
    func ttl(_ duration: Duration) throws(RedlockError) -> Nanoseconds {
        let ttl = Nanoseconds.milliseconds(Nanoseconds(duration).wholeMilliseconds)
        try Self.require(
            ttl >= Self.minTTL, "the ttl is \(duration); it must be 10 ms or more, because clock drift and a round trip are taken off it")
        try Self.require(
            ttl <= maxTTL,
            "the ttl is \(duration), longer than maxTTL (\(maxTTL)); ask for less and extend, or raise maxTTL in every client")
        try Self.require(
            ttl > drift.drift(over: ttl),
            "the ttl is \(duration), which clock drift eats up (\(drift.drift(over: ttl))); ask for more")
        return ttl
    }

    /// The key of a resource.
    func key(_ resource: String) throws(RedlockError) -> LockKey {
        try Self.require(!resource.isEmpty, "the resource has no name; give it one")
        let key = LockKey(keyPrefix.isEmpty ? resource : keyPrefix + resource)
        try Self.require(
            !key.isBeside,
            "names that begin with redlock.fence:, redlock.waiting: or redlock.broken: are kept for what is beside locks; choose another")
        try Self.require(
            key.name.utf8.count <= LockKey.byteLimit,
            "the resource's key has \(key.name.utf8.count) bytes; at most \(LockKey.byteLimit) are possible, and a hash of it would do")
        return key
    }

    /// How long to wait for a lock.
    func waiting(_ duration: Duration?) throws(RedlockError) -> Nanoseconds {
        guard let duration else { return waiting }
        return try Self.positive(duration, "waiting", orZero: true)
    }

    private static func positive(_ duration: Duration, _ name: String, orZero: Bool = false) throws(RedlockError) -> Nanoseconds {
        try require(
            duration > .zero || orZero && duration == .zero,
            "\(name) is \(duration); it must be \(orZero ? "zero or more" : "more than zero")")
        return max(Nanoseconds(duration), orZero ? .zero : Nanoseconds(1))
    }

    private static func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(RedlockError) {
        guard condition else { throw invalid(message()) }
    }

    private static func invalid(_ message: String) -> RedlockError { RedlockError(.invalidConfiguration, message) }
}
