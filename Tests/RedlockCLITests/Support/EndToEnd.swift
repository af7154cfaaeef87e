import Testing

/// The tests with real servers run one after the other: several fleets at once make timeouts of a busy machine.
@Suite("With real servers", .serialized)
enum EndToEnd {}
