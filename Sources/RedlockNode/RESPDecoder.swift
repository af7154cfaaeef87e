import CHiredis
import NIOCore

/// Bytes in, replies out: hiredis' reader, writing to a `ReplyTape`.
///
/// Confined to one connection. After an error it stays failed, as the reader does: where one reply ends is not known
/// any more, so the connection cannot be used further.
final class RESPDecoder {
    private let reader: UnsafeMutablePointer<redisReader>
    let tape = ReplyTape()

    init?() {
        guard let reader = redisReaderCreateWithFunctions(Self.functions) else { return nil }
        self.reader = reader
        // A buffer that has grown with a burst is kept up to this size instead of being allocated again every time.
        reader.pointee.maxbuf = 256 << 10
        reader.pointee.privdata = Unmanaged.passUnretained(tape).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Hands over received bytes.
    func feed(_ buffer: ByteBuffer) throws(NodeFault) {
        let status = buffer.withUnsafeReadableBytes { bytes -> CInt in
            guard let base = bytes.baseAddress else { return REDIS_OK }
            return redisReaderFeed(reader, base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard status == REDIS_OK else { throw malformed() }
        guard reader.pointee.len &- reader.pointee.pos <= ReplyTape.byteLimit else {
            throw NodeFault(.protocolViolation, "sent a reply of more than \(ReplyTape.byteLimit >> 20) MiB")
        }
    }

    /// True if a whole reply was there; it is then on the tape until the next call.
    func next() throws(NodeFault) -> Bool {
        if reader.pointee.ridx == -1 { tape.clear() }  // not in the middle of one
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw malformed() }
        return reply != nil
    }

    private func malformed() -> NodeFault {
        if reader.pointee.err == REDIS_ERR_OOM {
            return NodeFault(.protocolViolation, "sent a reply larger than any that was asked for")
        }
        let text = withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return NodeFault(.protocolViolation, "sent bytes that are not RESP (\(NodeFault.safe(text)))")
    }

    // The reader wants an object for each thing it has read, and only ever asks whether it is nil.
    nonisolated(unsafe) private static let read = UnsafeMutableRawPointer(bitPattern: 1)

    private static func tape(_ task: UnsafePointer<redisReadTask>?) -> ReplyTape? {
        guard let data = task?.pointee.privdata else { return nil }
        return Unmanaged<ReplyTape>.fromOpaque(data).takeUnretainedValue()
    }

    nonisolated(unsafe) private static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(to: redisReplyObjectFunctions())  // newer readers have more of them; nil means RESP2 only
        functions.pointee.createString = { task, start, length in
            let kind: ReplyTape.Kind =
                switch task?.pointee.type {
                case REDIS_REPLY_STATUS: .status
                case REDIS_REPLY_ERROR: .error
                default: .bulk
                }
            let text = UnsafeRawBufferPointer(start: start, count: Int(length))
            return RESPDecoder.tape(task)?.append(kind, text: text) == true ? RESPDecoder.read : nil
        }
        functions.pointee.createArray = { task, count in
            RESPDecoder.tape(task)?.append(.array, value: Int64(count)) == true ? RESPDecoder.read : nil
        }
        functions.pointee.createInteger = { task, value in
            RESPDecoder.tape(task)?.append(.integer, value: value) == true ? RESPDecoder.read : nil
        }
        functions.pointee.createNil = { task in
            RESPDecoder.tape(task)?.append(.null, value: 0) == true ? RESPDecoder.read : nil
        }
        functions.pointee.freeObject = { _ in }
        return functions
    }()
}
