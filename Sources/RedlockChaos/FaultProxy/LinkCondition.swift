import NIOCore

/// What is wrong with one link at present; nothing, unless said otherwise.
struct LinkCondition: Sendable, Hashable {
    /// How much later everything arrives, in each direction.
    var delay: TimeAmount = .zero
    /// Up to how much of that is added at random. Bytes never overtake each other.
    var jitter: TimeAmount = .zero
    /// How many bytes arrive at a time; nil for all that there are.
    var slice: Int?
    /// What the client sends is kept back until the link heals, as TCP does with what it cannot deliver.
    var holdsRequests = false
    /// What the node answers is kept back.
    var holdsReplies = false

    /// Both at once.
    func and(_ other: LinkCondition) -> LinkCondition {
        LinkCondition(
            delay: delay + other.delay, jitter: jitter + other.jitter, slice: [slice, other.slice].compactMap(\.self).min(),
            holdsRequests: holdsRequests || other.holdsRequests, holdsReplies: holdsReplies || other.holdsReplies)
    }
}
