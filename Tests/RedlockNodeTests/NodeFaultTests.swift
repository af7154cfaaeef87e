import NIOCore
import Testing

@testable import RedlockNode

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

@Suite("NodeFault", .timeLimit(.minutes(1)))
struct NodeFaultTests {
    @Test(
        "a server's words are shown without the arguments it repeats",
        arguments: [
            ("ERR unknown command 'FOO', with args beginning with: 'secret' 'x' ", "ERR unknown command 'FOO'"),
            ("ERR unknown command `AUTH`, with args beginning with: `secret`, ", "ERR unknown command `AUTH`"),
            ("with args beginning with: 'secret'", ""),
            ("ERR with args beginning with", "ERR"),
            ("ERR with args beginning wit", "ERR with args beginning wit"),
            ("ERR twice, with args beginning with: 'a' with args beginning with: 'b'", "ERR twice"),
        ])
    func arguments(text: String, shown: String) {
        #expect(NodeFault.safe(text) == shown)
    }

    @Test("arguments do not slip through where the text is cut, wherever they begin")
    func cutAtTheLimit() {
        for length in 0...260 {
            let text = String(repeating: "x", count: length) + " with args beginning with: 'secret'"
            #expect(!NodeFault.safe(text).contains("secret"), "after \(length)")
            #expect(!NodeFault.safe(text).contains(":"), "after \(length)")
        }
    }

    @Test("control characters of all kinds become spaces, and it stays one line")
    func controlCharacters() {
        // Among them the C1 form of ESC [, the line separator, and what reverses the direction of text.
        let text = "a\u{0}b\r\nc\td\u{1B}[2Je\u{7F}f\u{9B}2Jg\u{85}h\u{2028}i\u{202E}j\u{200B}k"
        let shown = NodeFault.safe(text)
        #expect(shown == "a b  c d [2Je f 2Jg h i j k")
    }

    @Test("text of other scripts stays")
    func unicode() {
        #expect(NodeFault.safe("ERR größe e\u{301} 漢字 🔒") == "ERR größe e\u{301} 漢字 🔒")
    }

    @Test("it is cut at 200 characters, and spaces and commas at its end go")
    func length() {
        #expect(NodeFault.safe(String(repeating: "x", count: 1_000)) == String(repeating: "x", count: 200))
        #expect(NodeFault.safe(String(repeating: "x", count: 199) + "   y").count == 199)
        #expect(NodeFault.safe("ERR , , ") == "ERR")
        #expect(NodeFault.safe(" , ") == "")
        // One character of Swift may be any number of code points; it is those that count.
        #expect(NodeFault.safe("e" + String(repeating: "\u{301}", count: 10_000)).unicodeScalars.count == 200)
    }

    @Test("megabytes of text take no longer than a line")
    func hugeText() {
        let huge = String(repeating: "with args beginning wit ", count: 1 << 20)
        // Searched whole, this often, it would take minutes: the suite's time limit is the assertion.
        for _ in 0..<1_000 { #expect(NodeFault.safe(huge).utf8.count <= 200) }
    }

    @Test(
        "every error a lock node can answer has its kind",
        arguments: [
            ("LOADING x", NodeFault.Kind.notServing), ("READONLY x", .notServing), ("MASTERDOWN x", .notServing), ("OOM x", .notServing),
            ("MISCONF x", .notServing), ("BUSY x", .notServing), ("NOAUTH x", .denied), ("WRONGPASS x", .denied), ("NOPERM x", .denied),
            ("DENIED x", .denied), ("MOVED 1 h:1", .notServing), ("ASK 1 h:1", .notServing), ("CLUSTERDOWN x", .notServing),
            ("CROSSSLOT x", .notServing), ("ERR max number of clients reached", .notServing), ("ERR x", .notServing), ("", .notServing),
            ("ERR ACL failure in script: x", .denied), ("ERR The user executing the script can't run this command", .denied),
            // The code is a whole word.
            ("NOAUTHX x", .notServing), ("xNOAUTH", .notServing), ("NOAUTH", .denied),
        ])
    func kinds(text: String, kind: NodeFault.Kind) {
        let fault = NodeFault(errorReply: text)
        #expect(fault.kind == kind)
        #expect(fault.detail.contains("(\(text))"))
        #expect("\(fault)" == fault.detail)
    }

    @Test("an error reply in a fault is made safe too")
    func safeInside() {
        for code in ["LOADING", "READONLY", "OOM", "MISCONF", "BUSY", "NOAUTH", "WRONGPASS", "NOPERM", "DENIED", "MOVED", "ERR", ""] {
            let detail = NodeFault(errorReply: "\(code) a\u{1B}b, with args beginning with: 'secret'").detail
            #expect(!detail.contains("secret") && !detail.contains("\u{1B}"))
        }
    }

    @Test(
        "an error of the operating system is said in words",
        arguments: [
            (ECONNREFUSED, "connection refused"), (ETIMEDOUT, "timed out"), (EHOSTUNREACH, "no route"),
            (ENETUNREACH, "network is unreachable"),
            (ENOENT, "no such socket file"), (ECONNRESET, "was reset"), (EPIPE, "was reset"), (EACCES, "permission"),
        ])
    func systemErrors(code: Int32, words: String) {
        let fault = NodeFault(connecting: IOError(errnoCode: code, reason: "connect"))
        #expect(fault.kind == .notConnected)
        #expect(fault.detail.contains(words))
    }

    @Test("a fault that is thrown through the channel stays what it is")
    func passesThrough() {
        let fault = NodeFault(.protocolViolation, "sent a reply to nothing")
        #expect(NodeFault(connecting: fault) == fault)
        #expect(NodeFault(connecting: ChannelError.connectTimeout(.seconds(1))).detail == "did not accept a connection in time")
    }
}
