package import Base

/// How a session is now, for whoever looks for a fault.
package struct SessionReading: Sendable, Equatable {
    package enum State: String, Sendable {
        /// Its processor runs, and no first visit has opened a session yet.
        case waiting
        case open
        /// It was told to end, and waits for visits that are still open.
        case closing
    }

    /// Of the session; while it waits, the one that the next session will have, or the run's.
    package var id: String
    package var processor: ProcessorName
    package var state: State
    /// When the session began; while it waits, when the processor was started.
    package var since: MonotonicTime
    package var openVisits: Int
    /// Those that LABEL_DETECTED was told of, in order.
    package var labels: [Label]
    /// The store knows it as it is: a power cut would end it with a word.
    package var isKept: Bool
}

extension SessionReading {
    init(_ session: Session, _ state: State, isKept: Bool) {
        self.init(
            id: session.id, processor: session.processor.definition.name, state: state, since: session.began,
            openVisits: session.openVisitCount,
            labels: session.sightings.sorted { $0.value.number < $1.value.number }.map(\.key), isKept: isKept)
    }
}
