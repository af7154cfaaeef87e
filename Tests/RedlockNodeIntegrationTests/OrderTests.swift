import NIOCore
import NIOPosix
import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// A node executes what it is sent in the order in which it was written, and answers are matched in that order.
@Suite("Order", .timeLimit(.minutes(2)))
struct OrderTests {
    @Test("a release written behind an acquire is executed behind it, in one flush and in two")
    func releaseBehindAcquire() async throws {
        try await withServerAndNode { server, node async throws in
            var expected: [NodeAnswer.Content] = []
            for round in 0..<50 {
                let (first, second) = (LockToken.random(), LockToken.random())
                let requests: [TestNode.Request] = [
                    .acquire("k", first), .release("k", first), .fencedAcquire("k", second), .acquire("k", first),
                    .release("k", second, fence: 1),
                ]
                if round % 2 == 0 { try await node.write(requests) } else { for request in requests { try await node.write([request]) } }
                expected += [.vote(.granted()), .released, .vote(.granted(fence: 1)), .vote(.refused), .released]
            }
            let answers = try await node.waitForAnswers(expected.count)
            // Which counter was proposed is not this test's concern.
            let contents = answers.map { answer in
                if case .vote(.granted(let fence)) = answer.content, fence > 0 {
                    NodeAnswer.Content.vote(.granted(fence: 1))
                } else {
                    answer.content
                }
            }
            #expect(contents == expected)
            #expect(try await server.cli("EXISTS", "k") == "0")
        }
    }

    @Test("thousands of requests in flight are answered one by one in their order")
    func pipelined() async throws {
        try await withServerAndNode { server, node async throws in
            let tokens = (0..<2_000).map { _ in LockToken.random() }
            var tickets: [NodeTicket] = []
            for part in 0..<10 {
                tickets += try await node.write((0..<200).map { .acquire("key/\(part * 200 + $0)", tokens[part * 200 + $0]) })
                // Every second key is somebody else's by now.
                tickets += try await node.write((0..<200).map { .acquire("key/\(part * 200 + $0)", .random()) })
            }
            let answers = try await node.waitForAnswers(tickets.count)
            #expect(answers.map(\.ticket) == tickets)
            for (index, answer) in answers.enumerated() {
                #expect(answer.content == .vote(index % 400 < 200 ? .granted() : .refused))
            }
            #expect(try await server.cli("DBSIZE") == "2000")
            #expect(node.changes == [true])
        }
    }

    @Test("keys of 64 KiB fill every buffer on the way and arrive whole")
    func large() async throws {
        try await withServerAndNode { server, node async throws in
            let prefix = String(repeating: "x", count: LockKey.byteLimit - 4)
            let tickets = try await node.write((1_000..<1_200).map { .fencedAcquire("\(prefix)\($0)", .random()) })
            let answers = try await node.waitForAnswers(tickets.count)
            #expect(answers.map(\.ticket) == tickets)
            #expect(answers.allSatisfy { if case .vote(.granted(let fence)) = $0.content { fence > 0 } else { false } })
            #expect(try await server.cli("DBSIZE") == "400")
        }
    }

    @Test("each node is sent the runs it belongs to and no others, from one batch")
    func runs() async throws {
        try await withRedisFleet(2) { fleet async throws in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let nodes = try (0..<2).map { try TestNode(fleet[$0].url, id: NodeID($0), on: loop) }
            defer { for node in nodes { node.client.close() } }
            for node in nodes {
                node.client.start()
                try await node.waitUntilUp()
            }
            // Who is sent which key, in the order of writing.
            let plan: [(String, [Int])] = [("a", [0, 1]), ("b", [0, 1]), ("c", [1]), ("d", [0]), ("e", [0, 1]), ("f", [0])]
            let token = LockToken.random()
            try await nodes[0].onLoop { _ in
                var batch = CommandBatch(allocator: ByteBufferAllocator())
                for (slot, (key, recipients)) in plan.enumerated() {
                    let ticket = NodeTicket(.acquire, slot: UInt32(slot), round: 0)
                    nodes[0].append(.acquire(key, token), to: NodeSet(recipients.map { NodeID($0) }), ticket, &batch)
                }
                #expect(batch.runs.count == 5)
                for node in nodes { node.client.write(batch) }
            }
            for (index, node) in nodes.enumerated() {
                let mine = plan.enumerated().filter { $0.element.1.contains(index) }
                let answers = try await node.waitForAnswers(mine.count)
                #expect(answers.map { Int($0.ticket.slot) } == mine.map(\.offset))
                #expect(answers.allSatisfy { $0.content == .vote(.granted()) })
                let keys = try await fleet[index].cli("KEYS", "*").split(separator: "\n").sorted()
                #expect(keys == mine.map { $0.element.0[...] }.sorted())
            }
        }
    }

    @Test("plain commands among lock requests get their own replies")
    func plainAmongLocks() async throws {
        try await withServerAndNode { _, node async throws in
            try await withThrowingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask {
                        let reply = try await node.client.command(["ECHO", "\(number)"], timeout: .seconds(30))
                        #expect(reply == .bulk(Array("\(number)".utf8)))
                    }
                    group.addTask { _ = try await node.write([.acquire("k\(number)", .random())]) }
                }
                try await group.waitForAll()
            }
            #expect(try await node.waitForAnswers(100).allSatisfy { $0.content == .vote(.granted()) })
        }
    }

    /// Matched by the order of asking instead of writing, every vote behind it would be somebody else's.
    @Test("a command that is written between a batch's requests and their bytes shifts no reply")
    func probeBeforeBatch() async throws {
        try await withServerAndNode { _, node async throws in
            let holder = LockToken.random()
            try await node.write([.acquire("taken", holder)])
            try await node.onLoop { client in
                var batch = CommandBatch(allocator: ByteBufferAllocator())
                for (slot, key) in ["free", "taken", "other"].enumerated() {
                    let ticket = NodeTicket(.acquire, slot: UInt32(100 + slot), round: 0)
                    node.append(.acquire(key, .random()), to: NodeSet([client.id]), ticket, &batch)
                }
                client.probeClock(at: BootClock.now())
                client.write(batch)
            }
            let answers = try await node.waitForAnswers(4).dropFirst()
            #expect(answers.map(\.ticket.slot) == [100, 101, 102])
            #expect(answers.map(\.content) == [.vote(.granted()), .vote(.refused), .vote(.granted())])
        }
    }
}
