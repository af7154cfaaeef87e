import RedlockCore
import Testing

struct LockTokenTests {
    private let token = LockToken(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_0000_0001)

    @Test("On the wire a token is 32 lower-case hexadecimal digits")
    func wireForm() {
        #expect(token.wireForm == "0123456789abcdeffedcba9800000001")
        #expect(LockToken(high: 0, low: 0).wireForm == String(repeating: "0", count: 32))
        #expect(LockToken(high: .max, low: .max).wireForm == String(repeating: "f", count: 32))
        #expect(token.wireForm.utf8.count == LockToken.wireLength)
    }

    @Test("Different tokens have different wire forms, whichever bit they differ in")
    func everyBitCounts() {
        let all = (0..<64).flatMap { [LockToken(high: 1 << $0, low: 0), LockToken(high: 0, low: 1 << $0)] }
        #expect(Set(all.map(\.wireForm)).count == 128)
        #expect(Set(all).count == 128)
    }

    @Test("No way of printing a token shows it, alone or inside something else")
    func neverPrinted() {
        let effect = LeaseEffect.release(token: token, fence: 7, to: nodes(0), until: .ms(1))
        var machine = LeaseMachine(terms: .usual())
        var effects: [LeaseEffect] = []
        machine.handle(.started(token: token, seed: 1), at: .ms(0), into: &effects)

        var texts: [String] = []
        for value in [token, Optional(token) as Any, [token], effect, machine, effects, LeaseEvent.woke(fresh: token)] as [Any] {
            texts.append("\(value)")
            texts.append(String(describing: value))
            texts.append(String(reflecting: value))
            var dumped = ""
            dump(value, to: &dumped)
            texts.append(dumped)
        }
        let halves = [token.high, token.low]
        let secrets = halves.flatMap { [String($0), String($0, radix: 16)] } + [token.wireForm]
        for text in texts {
            for secret in secrets { #expect(!text.lowercased().contains(secret.lowercased()), "\(secret) in \(text)") }
        }
        #expect(Mirror(reflecting: token).children.isEmpty)
    }
}
