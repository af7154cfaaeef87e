/// What is to happen, by virtual time and, at the same time, in the order in which it was planned.
struct EventQueue {
    /// One thing to happen. Plain numbers, so that the queue moves them cheaply; what they mean follows from the kind.
    struct Event {
        enum Kind: UInt8 {
            case arriveAtNode, arriveAtProcess, connect, connectTimedOut, stallCheck, wakeLease, wakeRelease, work
            case closes, admits, faultBegins, faultEnds, serverStarts, snapshot, calm, heal, finish
        }

        var time: Int64
        var order: UInt64 = 0
        var kind: Kind
        var a: Int32 = 0
        var b: Int32 = 0
        var c: Int64 = 0

        static func isBefore(_ x: Event, _ y: Event) -> Bool { x.time != y.time ? x.time < y.time : x.order < y.order }
    }

    private var heap: [Event] = []
    private var planned: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func push(_ kind: Event.Kind, at time: Int64, _ a: Int = 0, _ b: Int = 0, _ c: Int64 = 0) {
        push(Event(time: time, kind: kind, a: Int32(truncatingIfNeeded: a), b: Int32(truncatingIfNeeded: b), c: c))
    }

    mutating func push(_ event: Event) {
        var event = event
        event.order = planned
        planned += 1
        heap.append(event)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Event.isBefore(event, heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = event
    }

    mutating func pop() -> Event? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        var hole = 0
        let count = heap.count
        while true {
            var child = 2 * hole + 1
            guard child < count else { break }
            if child + 1 < count, Event.isBefore(heap[child + 1], heap[child]) { child += 1 }
            guard Event.isBefore(heap[child], last) else { break }
            heap[hole] = heap[child]
            hole = child
        }
        heap[hole] = last
        return first
    }
}
