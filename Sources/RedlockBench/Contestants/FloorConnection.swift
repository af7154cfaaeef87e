import CHiredis
import Foundation

/// One hiredis connection of the floor: connected blocking, used without blocking.
struct FloorConnection {
    let context: UnsafeMutablePointer<redisContext>
    /// How many replies it has brought. All connections are sent the same commands, so this says which one is next.
    var replies = 0

    /// Connects to 127.0.0.1 and has the server load `scripts`.
    init(port: Int, scripts: [String]) throws {
        guard let context = redisConnect("127.0.0.1", Int32(port)), context.pointee.err == 0 else {
            throw BenchError("hiredis cannot connect to port \(port)")
        }
        self.context = context
        for script in scripts {
            let loaded = try ["SCRIPT", "LOAD", script].withCArguments { arguments, lengths in
                redisCommandArgv(context, 3, arguments, lengths)
            }
            guard let loaded else { throw BenchError("the server on port \(port) does not answer hiredis") }
            freeReplyObject(loaded)
        }
        context.pointee.flags &= ~REDIS_BLOCK
        _ = fcntl(context.pointee.fd, F_SETFL, fcntl(context.pointee.fd, F_GETFL) | O_NONBLOCK)
    }

    /// Puts a formatted command behind what is to be written.
    func append(_ command: UnsafePointer<CChar>, _ length: Int) {
        redisAppendFormattedCommand(context, command, length)
    }

    /// Writes what can be written. True if nothing is left.
    func write() throws -> Bool {
        var done: Int32 = 0
        guard redisBufferWrite(context, &done) == REDIS_OK else { throw BenchError("hiredis cannot write") }
        return done == 1
    }

    /// Reads what is there.
    func read() throws {
        guard redisBufferRead(context) == REDIS_OK else { throw BenchError("hiredis cannot read") }
    }

    /// The next whole reply that has been read; nil if there is none. The caller frees it.
    mutating func next() -> UnsafeMutablePointer<redisReply>? {
        var reply: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &reply) == REDIS_OK, let reply else { return nil }
        replies += 1
        return reply.assumingMemoryBound(to: redisReply.self)
    }
}

extension [String] {
    /// Lends the strings the way hiredis wants arguments. Off the hot path.
    func withCArguments<Result>(
        _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>, UnsafePointer<Int>) throws -> Result
    ) throws -> Result {
        let copies = map { strdup($0) }
        defer { copies.forEach { free($0) } }
        var pointers = copies.map { $0.map { UnsafePointer($0) } }
        let lengths = map(\.utf8.count)
        return try pointers.withUnsafeMutableBufferPointer { pointers in
            try lengths.withUnsafeBufferPointer { lengths in
                guard let pointers = pointers.baseAddress, let lengths = lengths.baseAddress else { throw BenchError("no arguments") }
                return try body(pointers, lengths)
            }
        }
    }
}
