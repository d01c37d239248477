package import Base
import Runtime

/// From the analysis thread to the async world: what happened, in order. Bounded: when full, the oldest `updated`
/// event goes first and is counted; `started` and `ended` are never dropped, the analysis waits instead
/// (and then cameras drop frames, which is allowed).
package final class EventQueue: Sendable {
    /// One step of a visit, with its pictures when there is a new best one.
    package struct Item: Sendable {
        package var event: Event
        package var pictures: EventPictures?
    }

    /// What goes on at the queue's end, for whoever looks for a fault.
    package enum Phase: String, Sendable {
        /// Nothing is there to be taken.
        case idle
        /// What was taken last is being kept and told.
        case telling
        /// As `telling`, and no event fits any more: the analysis waits.
        case full
        /// Nothing more will come.
        case finished
    }

    private struct State {
        var items: [Item] = []
        var dropped = 0
        var isFinished = false
        var isTelling = false
    }

    private let capacity: Int
    private let state: Monitor<State>
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>
    private let beats: Heartbeats?

    /// - Parameters:
    ///   - first: told before anything else, however many: the ends of visits that an earlier start of the program left open.
    ///   - beats: told while what was taken is being kept and told.
    package init(capacity: Int = 256, first: [Event] = [], beats: Heartbeats? = nil) {
        self.capacity = max(1, capacity)
        state = Monitor(State(items: first.map { Item(event: $0, pictures: nil) }))
        self.beats = beats
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// `updated` events that were dropped because nobody took them in time.
    package var dropped: Int { state.change { $0.dropped } }
    package var depth: Int { state.change { $0.items.count } }

    package var phase: Phase {
        state.change { state in
            if state.isFinished, state.items.isEmpty, !state.isTelling { return .finished }
            if state.items.count >= capacity { return .full }
            return state.isTelling || !state.items.isEmpty ? .telling : .idle
        }
    }

    /// Called by the analysis thread; may wait while the queue is full of things that must not be lost.
    /// - Parameter mayDrop: false: nothing makes room for this one, the caller waits.
    package func put(_ event: Event, pictures: EventPictures?, mayDrop: Bool = true) {
        let item = Item(event: event, pictures: pictures)
        while true {
            let isIn = state.wait(atMost: .seconds(1)) { state -> Bool? in
                if state.isFinished { return true }
                if state.items.count >= self.capacity, !mayDrop || !Self.dropOldestUpdate(&state) { return nil }
                state.items.append(item)
                return true
            }
            if isIn == true { break }
        }
        wake.yield()
    }

    /// All that is waiting, or nil when finished and empty. One taker.
    package func take() async -> [Item]? {
        // Whoever comes for more has done with what they took.
        beats?.rest(.events)
        var iterator = wakes.makeAsyncIterator()
        while true {
            let (items, isFinished) = state.change { state in
                defer { state.items = [] }
                state.isTelling = !state.items.isEmpty
                return (state.items, state.isFinished)
            }
            if !items.isEmpty {
                beats?.beat(.events, .step("keeping events"))
                return items
            }
            if isFinished { return nil }
            _ = await iterator.next()
        }
    }

    /// No more items will come; `take` answers nil after the last one.
    package func finish() {
        state.change { $0.isFinished = true }
        wake.yield()
        wake.finish()
    }

    private static func dropOldestUpdate(_ state: inout State) -> Bool {
        guard let index = state.items.firstIndex(where: { $0.event.phase == .updated }) else { return false }
        state.items.remove(at: index)
        state.dropped += 1
        return true
    }
}

/// JPEGs of the moment an event speaks of.
package struct EventPictures: Sendable {
    /// For subscribers and the folder of visits: with the box drawn if the settings say so, within their size.
    package var shown: [UInt8]
    /// The frame as the camera gave it.
    package var frame: [UInt8]
    /// The object alone.
    package var crop: [UInt8]
}
