import RedlockCore

/// Histories as lines of JSON, one flat object for each operation. Written and read by hand, so that this target needs
/// no Foundation.
extension History {
    /// One line per operation, in order.
    package var jsonLines: String {
        operations.reduce(into: "") { $0 += $1.json + "\n" }
    }

    /// Reads what `jsonLines` writes. Empty lines and lines that begin with `#` are skipped.
    package init(jsonLines text: String) throws(JSONLineError) {
        self.init()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            do {
                append(try Operation(JSONLine(line)))
            } catch {
                throw JSONLineError("line \(index + 1): \(error.reason)")
            }
        }
    }
}

extension Operation {
    var json: String {
        var line = JSONLine()
        line["at"] = .number(at.nanoseconds)
        if process != Operation.world { line["process"] = .number(Int64(process)) }
        if lease != 0 { line["lease"] = .number(Int64(lease)) }
        what.write(to: &line)
        return line.text
    }

    init(_ line: JSONLine) throws(JSONLineError) {
        self.init(
            at: Instant(nanoseconds: try line.number("at")), process: Int(try line.number("process", else: Int64(Operation.world))),
            lease: Int(try line.number("lease", else: 0)), try What(line))
    }
}

extension Operation.What {
    func write(to line: inout JSONLine) {
        func put(_ name: String, _ fields: (String, Int64)...) {
            line["what"] = .text(name)
            for (key, value) in fields { line[key] = .number(value) }
        }
        func put(_ name: String, _ key: String, _ text: String) {
            line["what"] = .text(name)
            line[key] = .text(text)
        }
        switch self {
        case .acquire(let resource): put("acquire", "resource", resource)
        case .granted(let until, let fence): put("granted", ("until", until.nanoseconds), ("fence", Int64(clamping: fence)))
        case .refused(let reason): put("refused", "reason", reason)
        case .unknown: put("unknown")
        case .extended(let until): put("extended", ("until", until.nanoseconds))
        case .extensionFailed(let reason): put("extensionFailed", "reason", reason)
        case .revalued(let until): put("revalued", ("until", until.nanoseconds))
        case .mustStop: put("mustStop")
        case .lost: put("lost")
        case .released: put("released")
        case .acted: put("acted")
        case .read(let value): put("read", ("value", Int64(bitPattern: value)))
        case .writes(let value): put("writes", ("value", Int64(bitPattern: value)))
        case .wrote: put("wrote")
        case .turnedAway: put("turnedAway")
        case .died: put("died")
        case .paused: put("paused")
        case .resumed: put("resumed")
        case .tried(let token): put("tried", ("token", Int64(bitPattern: token)))
        case .tookBack(let token): put("tookBack", ("token", Int64(bitPattern: token)))
        case .stored(let node, let token): put("stored", ("node", Int64(node)), ("token", Int64(bitPattern: token)))
        case .deleted(let node, let token, let by):
            put("deleted", ("node", Int64(node)), ("token", Int64(bitPattern: token)), ("by", Int64(bitPattern: by)))
        case .left(let node, let token): put("left", ("node", Int64(node)), ("token", Int64(bitPattern: token)))
        case .note(let text): put("note", "text", text)
        case .outside(let assumption): put("outside", "assumption", assumption.rawValue)
        case .healed(let liveBy, let within): put("healed", ("liveBy", liveBy.nanoseconds), ("cleanWithin", within.count))
        }
    }

    init(_ line: JSONLine) throws(JSONLineError) {
        func instant(_ key: String) throws(JSONLineError) -> Instant { Instant(nanoseconds: try line.number(key)) }
        func node() throws(JSONLineError) -> Int { Int(try line.number("node")) }
        func token(_ key: String = "token") throws(JSONLineError) -> UInt64 { UInt64(bitPattern: try line.number(key)) }
        let name = try line.text("what")
        switch name {
        case "acquire": self = .acquire(resource: try line.text("resource"))
        case "granted": self = .granted(validUntil: try instant("until"), fence: UInt64(clamping: try line.number("fence", else: 0)))
        case "refused": self = .refused(try line.text("reason"))
        case "unknown": self = .unknown
        case "extended": self = .extended(validUntil: try instant("until"))
        case "extensionFailed": self = .extensionFailed(try line.text("reason"))
        case "revalued": self = .revalued(validUntil: try instant("until"))
        case "mustStop": self = .mustStop
        case "lost": self = .lost
        case "released": self = .released
        case "acted": self = .acted
        case "read": self = .read(value: try token("value"))
        case "writes": self = .writes(value: try token("value"))
        case "wrote": self = .wrote
        case "turnedAway": self = .turnedAway
        case "died": self = .died
        case "paused": self = .paused
        case "resumed": self = .resumed
        case "tried": self = .tried(token: try token())
        case "tookBack": self = .tookBack(token: try token())
        case "stored": self = .stored(node: try node(), token: try token())
        case "deleted": self = .deleted(node: try node(), token: try token(), by: try token("by"))
        case "left": self = .left(node: try node(), token: try token())
        case "note": self = .note(try line.text("text"))
        case "outside":
            guard let assumption = Assumption(rawValue: try line.text("assumption")) else {
                throw JSONLineError("there is no such assumption")
            }
            self = .outside(assumption)
        case "healed": self = .healed(liveBy: try instant("liveBy"), cleanWithin: Nanoseconds(try line.number("cleanWithin")))
        default: throw JSONLineError("there is no operation \"\(name)\"")
        }
    }
}
