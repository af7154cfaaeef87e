import Redlock
import Testing

@Suite struct FencingGuardTests {
    @Test func `a holder may write any number of times, an earlier one never again`() throws {
        let guardian = FencingGuard()
        var writes: [UInt64] = []
        for token: UInt64 in [5, 5, 7] { try guardian.write("r", fencingToken: token) { writes.append(token) } }
        let stale = #expect(throws: StaleFencingToken.self) { try guardian.write("r", fencingToken: 6) { writes.append(6) } }
        #expect(stale == StaleFencingToken(resource: "r", token: 6, largest: 7))
        #expect(writes == [5, 5, 7])
    }

    @Test func `resources do not get in each other's way`() throws {
        let guardian = FencingGuard()
        try guardian.write("a", fencingToken: 9) {}
        try guardian.write("b", fencingToken: 1) {}
    }

    @Test func `a write without a token is refused and says what to do`() {
        let error = #expect(throws: StaleFencingToken.self) { try FencingGuard().write("r", fencingToken: 0) {} }
        #expect(error?.description.contains("lock with fencing on") == true)
    }

    @Test func `an effect that fails has been there all the same`() throws {
        struct Trouble: Error {}
        let guardian = FencingGuard()
        #expect(throws: Trouble.self) { try guardian.write("r", fencingToken: 8) { throw Trouble() } }
        #expect(throws: StaleFencingToken.self) { try guardian.write("r", fencingToken: 7) {} }
    }
}
