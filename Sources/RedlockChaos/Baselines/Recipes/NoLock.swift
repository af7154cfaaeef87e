/// No lock at all: read, then write, and hope.
///
/// It is here so that the crowd of buyers is seen to oversell where nothing stops it.
struct NoLock: LockRecipe {
    static let name = "none"
    static let summary = "no lock at all"
    static let deployment = Deployment.nothing
    static let expected: [BaselineFault: BaselineVerdict] = [.buyers: .oversold]

    init(connectingTo urls: [String], conduct: Conduct) async throws {}

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? { Hold {} }

    func close() async {}
}
