import ArgumentParser
import RedlockCore

/// The name of a lock on the command line.
enum ResourceName {
    /// Checks a name with its prefix before any node is asked. Blanks, newlines and control characters are allowed.
    ///
    /// - Throws: `ValidationError`, which says what to change.
    static func validate(_ resource: String, prefix: String) throws {
        guard !resource.isEmpty else { throw ValidationError("the resource has no name; give it one, for example orders/42") }
        guard prefix.utf8.count <= 1024 else {
            throw ValidationError("the prefix has \(prefix.utf8.count) bytes; at most 1024 are possible")
        }
        let key = LockKey(prefix + resource)
        guard key.name.utf8.count <= LockKey.byteLimit else {
            throw ValidationError(
                "the key has \(key.name.utf8.count) bytes; at most \(LockKey.byteLimit) are possible, and a hash of it would do")
        }
        guard !key.isBeside else {
            throw ValidationError(
                "names that begin with redlock.fence:, redlock.waiting: or redlock.broken: are kept for what is beside locks; choose another"
            )
        }
    }
}

/// Where keys are named by more than the resource.
struct KeyOptions: ParsableArguments {
    @Option(
        name: .customLong("prefix"),
        help: ArgumentHelp(
            "Put before RESOURCE to make the key; the same in all clients. (default: that of --config, or none)", valueName: "text")
    )
    private var given: String?

    /// Put before the resource.
    var prefix: String { given ?? ConfigurationFile.inForce?.prefix ?? "" }
}
