import Testing

@testable import RedlockCLI

@Suite("Those who wait for a lock")
struct WaiterTallyTests {
    private static func waiter(_ number: Int, _ name: String) -> [UInt8] {
        let digits = String(number)
        return Array("\(String(repeating: "0", count: 32 - digits.count))\(digits) \(name)".utf8)
    }

    private static func list(_ members: [[UInt8]], count: Int? = nil) -> LockReading.Waiting {
        LockReading.Waiting(count: count ?? members.count, some: members)
    }

    @Test("are counted once, whatever node they told")
    func union() {
        let (a, b, c) = (Self.waiter(1, "x"), Self.waiter(2, "x"), Self.waiter(3, "a b"))
        let tally = WaiterTally([Self.list([a, b]), Self.list([]), Self.list([b, c])])
        #expect(tally.count == 3 && tally.names == ["a b", "x", "x"])
        #expect(tally.sentence == "waiting: 3 (\"a b\", x ×2)")
    }

    @Test("are none where nobody says so")
    func none() {
        #expect(WaiterTally([]).sentence == nil)
        #expect(WaiterTally([Self.list([]), Self.list([])]).sentence == nil)
    }

    @Test("are more than are named where a node says so, or where a member has no name")
    func unnamed() {
        #expect(WaiterTally([Self.list([Self.waiter(1, "x")], count: 250)]).sentence == "waiting: 250 (x, …)")
        #expect(WaiterTally([Self.list([Self.waiter(1, "x"), Array("no name".utf8)])]).sentence == "waiting: 2 (x, …)")
        #expect(WaiterTally([Self.list([[0xFF]])]).sentence == "waiting: 1 (…)")
    }

    @Test("are named up to eight names")
    func many() {
        let members = (1...12).map { Self.waiter($0, "w\($0 < 10 ? "0" : "")\($0)") }
        #expect(WaiterTally([Self.list(members)]).sentence == "waiting: 12 (w01, w02, w03, w04, w05, w06, w07, w08, …)")
    }
}
