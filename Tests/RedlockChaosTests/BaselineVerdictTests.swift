import Testing

@testable import RedlockChaos

/// What was seen, and the word for it.
@Suite struct BaselineVerdictTests {
    @Test func `one sale each, and the next one got in: held`() {
        #expect(Observation(sold: 1, nextGotIn: true).verdict == .held)
        #expect(Observation(tickets: 10, sold: 10, nextGotIn: true).verdict == .held)
        #expect(Observation(sold: 1, staleWrites: 1, nextGotIn: true, nextGotInEarly: true).verdict == .held)
    }

    @Test func `more sold than there was: oversold`() {
        #expect(Observation(sold: 2, nextGotIn: true, nextGotInEarly: true).verdict == .oversold)
        #expect(Observation(tickets: 10, sold: 11, nextGotIn: true).verdict == .oversold)
        #expect(Observation(sold: 2, unreachable: true).verdict == .oversold)
    }

    @Test func `the next one's lock deleted: stole, whatever else`() {
        #expect(Observation(sold: 1, nextGotIn: true, nextGotInEarly: true, nextLostItsLock: true).verdict == .stole)
        #expect(Observation(sold: 2, nextGotIn: true, nextGotInEarly: true, nextLostItsLock: true, thirdGotIn: true).verdict == .stole)
    }

    @Test func `a key without ttl that nobody gets past: deadlocked, but not if somebody does`() {
        #expect(Observation(sold: 0, neverExpires: true).verdict == .deadlocked)
        #expect(Observation(sold: 1, nextGotIn: true, neverExpires: true).verdict == .held)
    }

    @Test func `no server to ask: unavailable, but not if somebody gets in all the same`() {
        #expect(Observation(sold: 1, unreachable: true).verdict == .unavailable)
        #expect(Observation(sold: 1, nextGotIn: true, unreachable: true).verdict == .held)
    }

    @Test func `what fits no word proves nothing`() {
        #expect(Observation(sold: 1).verdict == nil)
        #expect(Observation(sold: 0, nextGotIn: true).verdict == nil)
        #expect(Observation(tickets: 10, sold: 9, nextGotIn: true).verdict == nil)
    }

    @Test func `of several runs the worst counts, and one that proves nothing spoils the cell`() {
        let held = Observation(sold: 1, nextGotIn: true)
        let oversold = Observation(sold: 2, nextGotIn: true)
        let stole = Observation(sold: 1, nextGotIn: true, nextLostItsLock: true)
        func verdict(_ seen: [Observation]) -> BaselineVerdict? {
            BaselineMatrix.Cell(recipe: GetThenDel.self, fault: .outlives, outcome: .seen(seen)).verdict
        }
        #expect(verdict([held, held]) == .held)
        #expect(verdict([oversold, held, stole]) == .stole)
        #expect(verdict([stole, Observation()]) == nil)
        #expect(verdict([]) == nil)
    }

    @Test func `an office sells the same ticket to two who read the same stock`() throws {
        let office = TicketOffice(tickets: 1)
        let (a, b) = (Hold {}, Hold {})
        let (read, readToo) = try (office.stock(for: a), office.stock(for: b))
        #expect(try office.sell(leaving: read - 1, for: a))
        #expect(try office.sell(leaving: readToo - 1, for: b))
        #expect(office.sold == 2)
    }

    @Test func `with fencing tokens it refuses the earlier one, once the later one has only looked`() throws {
        let office = TicketOffice(tickets: 1)
        let (a, b) = (Hold(fencingToken: 7) {}, Hold(fencingToken: 8) {})
        let read = try office.stock(for: a)
        _ = try office.stock(for: b)
        #expect(try !office.sell(leaving: read - 1, for: a))
        #expect(office.sold == 0)
        #expect(office.staleWrites == 1)
        #expect(try office.sell(leaving: 0, for: b))
        #expect(office.sold == 1)
    }
}
