package import Base
import Synchronization

/// Who has come by without a name, so that the same stranger is known as the same. In memory alone: nothing of somebody who
/// was never asked lies on the disk, and a restart forgets everybody. Bounded: whoever was not seen for longest goes first.
package final class StrangerMemory: Sendable {
    /// More strangers than come by in some weeks.
    package static let most = 256
    /// Percent of similarity from which two strangers are the same.
    static let similarity = 90.0

    fileprivate struct Stranger {
        let id: String
        var vector: FaceVector
        let model: FaceModel
        var visits: Int
    }

    /// The one seen last is the last.
    private let strangers = Mutex<[Stranger]>([])
    private let makeID: @Sendable () -> String

    /// - Parameter makeID: a fresh lower-case UUID each time.
    package init(makeID: @escaping @Sendable () -> String) { self.makeID = makeID }

    /// The stranger with this face: one that is known, or a new one.
    /// - Parameter vector: the mean of the looks of a visit.
    func stranger(with vector: FaceVector, of model: FaceModel) -> String {
        strangers.withLock { strangers in
            let likeness = strangers.indices.map { index in
                strangers[index].model == model ? strangers[index].vector.cosine(with: vector) ?? -1 : -1
            }
            let nearest = likeness.indices.max { likeness[$0] < likeness[$1] }
            if let nearest, model.similarity.similarity(ofCosine: likeness[nearest]) >= Self.similarity {
                var known = strangers.remove(at: nearest)
                known.meet(vector)
                strangers.append(known)
                return known.id
            }
            let fresh = Stranger(
                id: "stranger-\(makeID().prefix(8))", vector: vector, model: model, visits: 1)
            strangers.append(fresh)
            if strangers.count > Self.most { strangers.removeFirst() }
            return fresh.id
        }
    }

    package func forgetAll() { strangers.withLock { $0 = [] } }

    package var count: Int { strangers.withLock { $0.count } }
}

extension StrangerMemory.Stranger {
    /// The mean of all visits, up to a few: faces and light change.
    fileprivate mutating func meet(_ other: FaceVector) {
        let weight = Float(min(visits, 8))
        if let mean = FaceVector(zip(vector.values, other.values).map { $0 * weight + $1 }) { vector = mean }
        visits += 1
    }
}
