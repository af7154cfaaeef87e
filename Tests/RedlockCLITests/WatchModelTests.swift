import Foundation
import RedlockCore
import RedlockNode
import Testing

@testable import RedlockCLI

@Suite("What redlock watch sees and shows")
struct WatchModelTests {
    private static let names = (1...5).map { "redis://127.0.0.1:710\($0)" }
    private static let tokens = [
        "a": "3fa94c01d2e84b7c9a5501f2e3d4c5b6", "b": "07d2c6aa10934f5b8e22b1a09f8e7d6c",
        "n": "5ac01d2e84b7c9a5501f2e3d4c5b63fa nightly@web-3:4711",
    ]

    /// A sample in letters: of each lock what the five nodes have, `a`, `b`, `-` nothing, `?` no answer; and of the nodes `+` votes,
    /// `q` quarantined, `r` replica, `?` no answer.
    private static func sample(
        _ second: Int, nodes: String = "+++++", ttl: Int64 = 8000, fencing: UInt64? = nil, _ locks: [String: String]
    ) -> WatchSample {
        var readings: [WatchKey: [LockReading]] = [:]
        for (name, letters) in locks {
            readings[WatchKey(bytes: Array(name.utf8))] = letters.map { letter in
                if let token = tokens["\(letter)"] {
                    return LockReading(.held(token: Array(token.utf8), ttl: .milliseconds(ttl)), fencing: fencing)
                }
                return letter == "?" ? LockReading(.unreachable("is down")) : LockReading(.free, fencing: fencing)
            }
        }
        return WatchSample(
            date: Date(timeIntervalSince1970: 1_763_711_111 + Double(second)), elapsed: .seconds(second),
            nodes: nodes.enumerated().map { index, letter in
                switch letter {
                case "?": .failure(NodeFault(.notConnected, "refused the connection"))
                case "q": .success(.init(roundTripMicroseconds: 300, quarantine: .seconds(42)))
                case "r": .success(.init(roundTripMicroseconds: 300, refusal: "is a replica: it would lose or repeat its master's votes"))
                default: .success(.init(roundTripMicroseconds: [90, 250, 900, 12_000, 340_000][(index + second) % 5]))
                }
            }, locks: readings, isComplete: true, isTruncated: false)
    }

    private func kinds(_ samples: WatchSample...) -> [String] {
        var model = WatchModel(nodes: Self.names, prefix: "")
        return samples.flatMap { model.take($0) }.map { "\($0.subject) \($0.kind)" }
    }

    @Test("what is there at first is no grant; a new holder is one, and an end before its time is a release")
    func grants() {
        #expect(kinds(Self.sample(0, ["x": "aaaaa"]), Self.sample(1, ["x": "aaaaa"])) == ["x held"])
        #expect(
            kinds(Self.sample(0, [:]), Self.sample(1, ["x": "aaa--"]), Self.sample(2, ["x": "bbbbb"]), Self.sample(3, ["x": "-----"]))
                == ["x granted", "x granted", "x released"])
        #expect(
            kinds(Self.sample(0, ["x": "aaaaa"]), Self.sample(1, nodes: "???++", ["x": "???aa"]), Self.sample(2, ["x": "aaaaa"])).count {
                $0.hasPrefix("x")
            } == 1)
    }

    @Test("a lock that was taken and released between two looks is seen by its counter")
    func shortGrants() {
        #expect(
            kinds(
                Self.sample(0, fencing: 7, ["x": "-----"]), Self.sample(1, fencing: 9, ["x": "-----"]),
                Self.sample(2, fencing: 9, ["x": "-----"]))
                == ["x granted"])
    }

    @Test("an end at its time, and what is left on a minority, are losses; what changes hands just now is none")
    func losses() {
        func model(_ samples: WatchSample...) -> WatchModel {
            var model = WatchModel(nodes: Self.names, prefix: "")
            for sample in samples { model.take(sample) }
            return model
        }
        let expired = model(Self.sample(0, ttl: 900, ["x": "aaaaa"]), Self.sample(1, ["x": "-----"]))
        #expect(expired.events.map(\.kind) == ["held", "expired"] && expired.lossRate == 1)
        let lost = model(
            Self.sample(0, ["x": "aaaaa"]), Self.sample(1, ["x": "aa---"]), Self.sample(2, ["x": "aa---"]), Self.sample(3, ["x": "aa---"]))
        #expect(lost.events.map(\.kind) == ["held", "lost"] && lost.lossRate > 0)
        let handedOver = model(Self.sample(0, ["x": "aaaaa"]), Self.sample(1, ["x": "aabb-"]), Self.sample(2, ["x": "bbbbb"]))
        #expect(handedOver.events.map(\.kind) == ["held", "granted"] && handedOver.lossRate == 0)
        let stuck = model(
            Self.sample(0, [:]), Self.sample(1, ["x": "aabb-"]), Self.sample(2, ["x": "aabb-"]), Self.sample(3, ["x": "aabb-"]))
        #expect(stuck.events.map(\.kind) == ["contended"])
    }

    @Test("a node's change is told once, with its reason")
    func nodes() {
        #expect(
            kinds(Self.sample(0, [:]), Self.sample(1, nodes: "?+++q", [:]), Self.sample(2, nodes: "?++rq", [:]), Self.sample(3, [:]))
                == [
                    "\(Self.names[0]) unreachable", "\(Self.names[4]) quarantined", "\(Self.names[3]) unfit", "\(Self.names[0]) votes",
                    "\(Self.names[3]) votes", "\(Self.names[4]) votes",
                ])
    }

    private static var story: WatchModel {
        var model = WatchModel(nodes: names, prefix: "app:")
        let names = (1...30).map { "app:stock/\($0)" }
        let stock = Dictionary(uniqueKeysWithValues: names.map { ($0, "aaaaa") })
        func take(_ second: Int, nodes: String, _ locks: [String: String]) {
            model.take(sample(second, nodes: nodes, fencing: 1_763_711_111_000_000 + UInt64(second), stock.merging(locks) { $1 }))
        }
        take(0, nodes: "+++++", ["app:orders/42": "aaaaa"])
        take(1, nodes: "++++?", ["app:orders/42": "aaaa?", "app:report \u{1B}[31m": "aabb?"])
        take(2, nodes: "++q+?", ["app:orders/42": "nnnn?", "app:report \u{1B}[31m": "aabb?"])
        take(4, nodes: "++qr?", ["app:orders/42": "nn-??", "app:report \u{1B}[31m": "aabb?"])
        return model
    }

    @Test("the screens are those of the fixtures", arguments: [(80, 24), (200, 50), (40, 12), (20, 6)])
    func screens(width: Int, height: Int) throws {
        var view = WatchView()
        let zone = try #require(TimeZone(secondsFromGMT: 0))
        func lines() -> [ScreenLine] {
            WatchScreen(model: Self.story, view: view, pattern: "*", width: width, height: height, zone: zone).lines
        }
        #expect(lines().count == height && lines().allSatisfy { $0.text.count <= width })
        #expect(try Golden.text("watch-\(width)x\(height).txt", is: lines().map(\.text)) == nil)
        guard width == 80 else { return }
        for key in [TerminalKey.character("s"), .character("r"), .character("/"), .character("4"), .enter, .down] { _ = view.press(key) }
        #expect(try Golden.text("watch-filter.txt", is: lines().map(\.text)) == nil)
        let empty = WatchScreen(
            model: WatchModel(nodes: Self.names, prefix: ""), view: WatchView(), pattern: "a*", width: 80, height: 24, zone: zone)
        #expect(try Golden.text("watch-empty.txt", is: empty.lines.map(\.text)) == nil)
    }

    @Test("any size of a terminal has its number of lines", arguments: [0, 1, 2, 5, 9, 13, 40, 300])
    func sizes(height: Int) {
        for width in [0, 1, 10, 39, 69, 70, 300] {
            let screen = WatchScreen(model: Self.story, view: WatchView(), pattern: "*", width: width, height: height)
            #expect(screen.lines.count == height)
        }
    }

    @Test("keys change what is shown, and only q ends it")
    func keys() {
        var view = WatchView()
        func press(_ keys: TerminalKey...) -> [Bool] { keys.map { view.press($0) } }
        #expect(press(.character("q")) == [false])
        #expect(press(.character("/"), .character("q")) == [true, true] && view.filter == "q", "while the filter is edited q is a letter")
        #expect(press(.backspace, .backspace) == [true, true] && view.filter.isEmpty)
        #expect(press(.enter, .character("s")) == [true, true] && view.sort == .name)
        #expect(press(.up) == [true] && view.scroll == 0)
        #expect(press(.down, .down) == [true, true] && view.scroll == 2)
        view.limitScroll(to: -1)
        #expect(view.scroll == 0)
        #expect(
            TerminalKey.keys(in: Array("a\u{1B}[A\u{1B}OB\u{1B}[3~ü\u{7F}\r".utf8) + [0xFF, 0x1B])
                == [.character("a"), .up, .down, .character("ü"), .backspace, .enter, .escape])
    }

    @Test("round trips are bars on one scale, and × where there was none")
    func sparkline() {
        #expect(Sparkline.text([0, 99, 101, 1_001, 10_001, 100_001, 400_000, 10_000_000, nil]) == "▁▁▂▄▆███×")
    }
}
