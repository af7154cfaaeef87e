/// Something of the harness itself did not work; says nothing about the lock.
struct HarnessFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
