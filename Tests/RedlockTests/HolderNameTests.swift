import RedlockCore
import Testing

@testable import Redlock

@Suite struct HolderNameTests {
    @Test func `a process is named by its label, host and number`() throws {
        let name = HolderName.process("billing").text
        #expect(name.hasPrefix("billing@"))
        let number = try #require(name.split(separator: ":").last.flatMap { Int($0) })
        #expect(number > 0)
        #expect(HolderName.process().text == String(name.dropFirst("billing@".count)))
        #expect(HolderName.process("").text == HolderName.process().text)
    }

    @Test(arguments: ["\u{1B}[2J", "a\nb", String(repeating: "long ", count: 100), String(repeating: "🔒", count: 100), "\u{202E}"])
    func `whatever the label, the name of a process can be used`(label: String) {
        let name = HolderName.process(label)
        #expect(LockValue.fault(ofName: name.text) == nil)
        #expect(name.text.hasSuffix("@" + HolderName.process().text))
    }

    @Test func `a name that cannot be is refused when the client is made`() throws {
        var configuration = RedlockConfiguration(nodes: ["redis://a"])
        #expect(try ValidatedConfiguration(configuration).holder == nil)
        configuration.holderName = "nightly report"
        #expect(try ValidatedConfiguration(configuration).holder == "nightly report")
        for text in ["", "two\nlines", String(repeating: "x", count: 129)] {
            configuration.holderName = HolderName(text)
            let error = #expect(throws: RedlockError.self) { try ValidatedConfiguration(configuration) }
            #expect(error?.code == .invalidConfiguration && error?.message.hasPrefix("holderName ") == true)
        }
    }
}
