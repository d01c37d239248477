package import Base
import Synchronization

/// Who has come by without a name, so that the same stranger is known as the same. In memory: what changes is told to whoever
/// keeps it, if the owner wants that at all. Bounded: whoever was not seen for longest goes first.
package final class StrangerMemory: Sendable {
    /// More strangers than come by in some weeks.
    package static let most = 256
    /// Percent of similarity from which two strangers are the same.
    static let similarity = 90.0

    private struct State {
        /// The one seen last is the last.
        var strangers: [KeptStranger]
        /// Of those: who was told to nobody yet.
        var changed: Set<String> = []
        var gone: Set<String> = []

        mutating func remove(where isGone: (KeptStranger) -> Bool) -> Int {
            let ids = strangers.filter(isGone).map(\.id)
            strangers.removeAll(where: isGone)
            changed.subtract(ids)
            gone.formUnion(ids)
            return ids.count
        }
    }

    private let state: Mutex<State>
    private let makeID: @Sendable () -> String
    private let now: @Sendable () -> WallTime

    /// - Parameters:
    ///   - known: from before, the one not seen for longest first.
    ///   - makeID: a fresh lower-case UUID each time.
    package init(
        _ known: [KeptStranger] = [], makeID: @escaping @Sendable () -> String,
        now: @escaping @Sendable () -> WallTime = { .now() }
    ) {
        state = Mutex(State(strangers: Array(known.suffix(Self.most))))
        self.makeID = makeID
        self.now = now
    }

    /// The stranger with this face: one that is known, or a new one.
    /// - Parameter vector: the mean of the looks of a visit.
    func stranger(with vector: FaceVector, of model: FaceModel) -> String {
        state.withLock { state in
            let likeness = state.strangers.map { $0.model == model ? $0.vector.cosine(with: vector) ?? -1 : -1 }
            let nearest = likeness.indices.max { likeness[$0] < likeness[$1] }
            var met = KeptStranger(
                id: "stranger-\(makeID().prefix(8))", vector: vector, model: model, visits: 1, met: now())
            if let nearest, model.similarity.similarity(ofCosine: likeness[nearest]) >= Self.similarity {
                let known = state.strangers.remove(at: nearest)
                met = known.meeting(vector, at: met.met)
            }
            state.strangers.append(met)
            state.changed.insert(met.id)
            if state.strangers.count > Self.most, let first = state.strangers.first {
                _ = state.remove { $0.id == first.id }
            }
            return met.id
        }
    }

    /// - Returns: how many were known.
    package func forgetAll() -> Int { state.withLock { $0.remove { _ in true } } }

    /// - Returns: whether there was such a stranger.
    package func forget(_ id: String) -> Bool { state.withLock { $0.remove { $0.id == id } } > 0 }

    /// Forgets who did not come since.
    /// - Returns: how many those are.
    package func forget(metBefore time: WallTime) -> Int {
        state.withLock { $0.remove { $0.met.milliseconds < time.milliseconds } }
    }

    /// Whoever came last first.
    package var all: [KeptStranger] { state.withLock { $0.strangers.reversed() } }

    package var count: Int { state.withLock { $0.strangers.count } }

    /// What was not taken yet.
    package func takeChanges() -> StrangerChanges {
        state.withLock { state in
            defer { (state.changed, state.gone) = ([], []) }
            return StrangerChanges(kept: state.strangers.filter { state.changed.contains($0.id) }, gone: state.gone)
        }
    }

    /// They could not be kept: they are among the next changes again.
    package func putBack(_ changes: StrangerChanges) {
        state.withLock { state in
            let known = Set(state.strangers.map(\.id))
            state.changed.formUnion(changes.kept.map(\.id).filter(known.contains))
            state.gone.formUnion(changes.gone)
            state.gone.subtract(known)
        }
    }
}

extension KeptStranger {
    /// The mean of all visits, up to a few: faces and light change.
    fileprivate func meeting(_ other: FaceVector, at time: WallTime) -> KeptStranger {
        let weight = Float(min(visits, 8))
        let mean = FaceVector(zip(vector.values, other.values).map { $0 * weight + $1 })
        return KeptStranger(id: id, vector: mean ?? vector, model: model, visits: visits + 1, met: time)
    }
}
