import ArgumentParser
import Foundation
import RedlockCore
import RedlockNode
import Yams

/// Text → ``ConfigurationFile``. Every complaint names the file, the line, the key and what to write.
struct ConfigurationReader {
    /// The file, as it is shown; what it names relatively is found beside it.
    let path: String
    /// Where passwords can be.
    let environment: [String: String]

    /// What a node may be given apart from its URL, for one of them or for all.
    private struct Access {
        var user: String?
        var password: String?
        var tls: [(parameter: String, value: String)] = []
        /// Where TLS is spoken of, for a complaint.
        var tlsKey: Node?
    }

    private static let accessKeys = ["user", "password-env", "password-file", "tls"]
    private static let keys =
        ["nodes", "max-ttl", "prefix", "drift", "quarantine", "timeout", "attempt-timeout"] + accessKeys
    /// The names in the file and those in a URL.
    private static let tlsKeys = [("ca", "ca"), ("cert", "cert"), ("key", "key"), ("server-name", "servername")]

    /// Reads all of it.
    func read(_ text: String) throws -> ConfigurationFile {
        let root: Node?
        do { root = try Parser(yaml: text).singleRoot() } catch let error as YamlError { throw syntaxError(error) }
        guard let root else { throw ValidationError("\(shown) is empty; write at least:  nodes: [redis://10.0.0.1, redis://10.0.0.2, …]") }
        let pairs = try mapping(root, "the file", Self.keys)
        let access = try access(pairs, root)

        var file = ConfigurationFile(path: path)
        file.nodes = try nodes(pairs["nodes"], access)
        file.maxTTL = try duration(pairs["max-ttl"], "max-ttl", .milliseconds(10) ... .seconds(24 * 3600), "10ms to 24h")
        file.timeout = try duration(pairs["timeout"], "timeout", .milliseconds(10) ... .seconds(3600), "10ms to 1h")
        file.attemptTimeout = try duration(pairs["attempt-timeout"], "attempt-timeout", .milliseconds(1) ... .seconds(3600), "1ms to 1h")
        file.prefix = try pairs["prefix"].map { try prefix($0) }
        file.drift = try pairs["drift"].map { try drift($0) }
        file.quarantine = try pairs["quarantine"].map { node in
            guard let value = node.scalar.flatMap({ Bool.construct(from: $0) }) else {
                throw complaint(node, "quarantine is neither true nor false")
            }
            return value
        }
        return file
    }

    private var shown: String { Escaping.name(path) }

    // MARK: Nodes

    private func nodes(_ node: Node?, _ common: Access) throws -> [String] {
        guard let node else { return [] }
        guard let list = node.sequence, !list.isEmpty else {
            throw complaint(node, "nodes is no list; write a line for each:  - redis://host:port")
        }
        return try list.enumerated().map { index, item in
            let name = "nodes[\(index)]"
            guard item.mapping != nil else { return try url(try text(item, name), item, name, common) }
            let keys = try mapping(item, name, ["url"] + Self.accessKeys)
            guard let url = keys["url"] else { throw complaint(item, "\(name) has no url; write  url: redis://host:port") }
            var access = try access(keys, item)
            if access.password == nil { (access.user, access.password) = (common.user, common.password) }
            if access.tlsKey == nil { (access.tls, access.tlsKey) = (common.tls, common.tlsKey) }
            return try self.url(try text(url, "\(name).url"), url, name, access)
        }
    }

    /// The URL with what is said elsewhere put in, unless it says so itself.
    private func url(_ url: String, _ node: Node, _ name: String, _ access: Access) throws -> String {
        let endpoint: NodeEndpoint
        do { endpoint = try NodeEndpoint(url) } catch { throw complaint(node, "\(name) cannot be used: \(error)") }
        var complete = url
        if endpoint.credentials == nil, let password = access.password, let start = url.range(of: "://")?.upperBound {
            complete = url[..<start] + Self.escaped(access.user ?? "") + ":" + Self.escaped(password) + "@" + url[start...]
        }
        if !access.tls.isEmpty {
            guard let own = endpoint.tls else {
                throw complaint(
                    access.tlsKey ?? node, "tls is set and \(name) is \(endpoint), without TLS; write rediss://, or leave tls out")
            }
            let named = [
                own.caFile.map { _ in "ca" }, own.certificateFile.map { _ in "cert" }, own.keyFile.map { _ in "key" },
                own.serverName.map { _ in "servername" },
            ].compactMap(\.self)
            let added = access.tls.filter { !named.contains($0.parameter) }.map { "\($0.parameter)=\(Self.escaped($0.value))" }
            if !added.isEmpty { complete += (url.contains("?") ? "&" : "?") + added.joined(separator: "&") }
        }
        do { _ = try NodeEndpoint(complete) } catch {
            throw complaint(node, "\(name) cannot be used with what is said beside it: \(error)")
        }
        return complete
    }

    private static func escaped(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }

    // MARK: Access

    private func access(_ pairs: [String: Node], _ parent: Node) throws -> Access {
        var access = Access()
        access.user = try pairs["user"].map { try text($0, "user") }
        access.password = try password(pairs)
        if access.user != nil, access.password == nil, let user = pairs["user"] {
            throw complaint(user, "user has no password; write password-env or password-file beside it")
        }
        if let tls = pairs["tls"] {
            let files = try mapping(tls, "tls", Self.tlsKeys.map(\.0))
            for (key, parameter) in Self.tlsKeys {
                guard let node = files[key] else { continue }
                let value = try text(node, "tls.\(key)")
                access.tls.append((parameter, key == "server-name" ? value : try existing(value, node, "tls.\(key)")))
            }
            access.tlsKey = tls
        }
        return access
    }

    private func password(_ pairs: [String: Node]) throws -> String? {
        switch (pairs["password-env"], pairs["password-file"]) {
        case (nil, nil): return nil
        case (let node?, .some): throw complaint(node, "password-env and password-file are both there; write one of them")
        case (let node?, nil):
            let name = try text(node, "password-env")
            guard let value = environment[name], !value.isEmpty else {
                throw complaint(node, "password-env names \(Escaping.name(name)), which is not set; export it, or write password-file")
            }
            return value
        case (nil, let node?):
            let file = try existing(try text(node, "password-file"), node, "password-file")
            let content: String
            do { content = try ConfigurationFile.text(of: file) } catch let error as ValidationError {
                throw complaint(node, "password-file: \(error.message)")
            }
            // An editor ends the line.
            let password = content.last?.isNewline == true ? content.dropLast() : content[...]
            guard !password.isEmpty else {
                throw complaint(node, "password-file is empty: \(Escaping.name(file)); write the password into it")
            }
            return String(password)
        }
    }

    /// A file beside this one, if its path is relative.
    private func existing(_ file: String, _ node: Node, _ key: String) throws -> String {
        let full = URL(fileURLWithPath: file, relativeTo: URL(fileURLWithPath: path).deletingLastPathComponent()).path
        guard FileManager.default.isReadableFile(atPath: full) else {
            throw complaint(
                node, "\(key) is \(Escaping.name(full)), which is not there or cannot be read; check the path and its permissions")
        }
        return full
    }

    // MARK: Values

    private func prefix(_ node: Node) throws -> String {
        guard let prefix = node.scalar?.string else { throw complaint(node, "prefix is no text; write for example  prefix: \"locks:\"") }
        guard prefix.utf8.count <= 1024 else { throw complaint(node, "prefix has \(prefix.utf8.count) bytes; at most 1024 are possible") }
        return prefix
    }

    private func drift(_ node: Node) throws -> DriftBound {
        guard let factor = node.scalar.flatMap({ Double.construct(from: $0) }), (0...0.5).contains(factor) else {
            throw complaint(node, "drift is no number from 0 to 0.5; write  drift: 0.01  for 1 %")
        }
        return DriftBound(partsPerMillion: Int64((factor * 1_000_000).rounded(.up)))
    }

    private func duration(_ node: Node?, _ key: String, _ range: ClosedRange<Duration>, _ words: String) throws -> DurationArgument? {
        guard let node else { return nil }
        let written = try text(node, key)
        let argument: DurationArgument
        do { argument = try DurationArgument(written) } catch let error as ValidationError {
            throw complaint(node, "\(key) is \(Escaping.name(written)); \(error.message)")
        }
        guard range.contains(argument.duration) else { throw complaint(node, "\(key) is \(written); it must be \(words)") }
        return argument
    }

    private func text(_ node: Node, _ key: String) throws -> String {
        guard let text = node.scalar?.string, !text.isEmpty else {
            throw complaint(node, "\(key) is not a text; write one word or path there")
        }
        return text
    }

    /// The keys and values of a mapping that may have only these keys.
    private func mapping(_ node: Node, _ name: String, _ known: [String]) throws -> [String: Node] {
        guard let mapping = node.mapping else {
            throw complaint(node, "\(name) is no list of keys; write  key: value  lines, with the keys \(known.joined(separator: ", "))")
        }
        var pairs: [String: Node] = [:]
        for (key, value) in mapping {
            let word = key.scalar?.string ?? ""
            if word == "password" {
                throw complaint(key, "password does not belong into this file; write password-env: NAME or password-file: PATH")
            }
            guard known.contains(word) else {
                throw complaint(key, "there is no key \(Escaping.name(word)) in \(name); write one of \(known.joined(separator: ", "))")
            }
            pairs[word] = value
        }
        return pairs
    }

    // MARK: Complaints

    private func complaint(_ node: Node, _ message: String) -> ValidationError {
        ValidationError("\(shown)\(node.mark.map { ":\($0.line)" } ?? ""): \(message)")
    }

    /// What the parser says, without the text around it, in which there can be a secret.
    private func syntaxError(_ error: YamlError) -> ValidationError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            ValidationError(
                "\(shown):\(mark.line): is neither YAML nor JSON: \(NodeFault.safe(problem)); correct it there or on the line before")
        case .duplicatedKeysInMapping(let duplicates, let context):
            ValidationError(
                "\(shown):\(context.mark.line): \(duplicates.map(Escaping.name).joined(separator: ", ")) is there twice; write it once")
        default: ValidationError("\(shown) is neither YAML nor JSON; is it the right file?")
        }
    }
}
