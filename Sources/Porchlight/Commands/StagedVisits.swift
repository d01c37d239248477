package import Base
package import Evaluate
import Interpret

/// Strangers and known people before a door at which fifty people are known by one picture each: who is named?
package struct StagedVisits {
    /// People who are known, and strangers, each evenly spread over all names.
    private static let (references, strangers) = (50, 1000)
    /// Of those who are known: one picture as reference and some to be recognised by.
    private static let fewestPictures = 3
    /// Pictures of one person that count as the looks of a visit.
    private static let mostLooks = 5
    private static let threshold = 80.0

    private let known: [[String]]
    private let others: [[String]]

    /// - Parameter people: the pictures of each.
    /// - Returns: nil when there are too few people.
    package init?(people: [[String]]) {
        let able = people.indices.filter { people[$0].count >= Self.fewestPictures }
        guard able.count >= Self.references, people.count >= 2 * Self.references else { return nil }
        let chosen = Set((0..<Self.references).map { able[$0 * able.count / Self.references] })
        let rest = people.indices.filter { !chosen.contains($0) }
        let count = min(Self.strangers, rest.count)
        known = chosen.sorted().map { Array(people[$0].prefix(1 + Self.mostLooks)) }
        others = (0..<count).map { Array(people[rest[$0 * rest.count / count]].prefix(Self.mostLooks)) }
    }

    /// References, and those that are searched alone.
    package var singles: [String] { (known + others).compactMap(\.first) }

    /// Those that count as looks of a camera.
    package var looks: [String] { known.flatMap { $0.dropFirst() } + others.flatMap { $0 } }

    /// - Parameters:
    ///   - single: the face of a picture, as IndexFaces and SearchFacesByImage see it; nil without one.
    ///   - look: the face of a picture, as a camera sees it.
    package func naming(_ curve: SimilarityCurve, single: (String) -> Face?, look: (String) -> Face?) -> FaceNaming {
        let references = known.enumerated().compactMap { index, pictures in
            pictures.first.flatMap(single)?.vector.map { Reference(person: index, vector: $0) }
        }
        func shown(_ pictures: [String], _ own: Int?) -> FaceNaming.Shown {
            let first = own == nil ? pictures.first.flatMap(single) : nil
            let isLike = first.map { Self.matches(of: $0, among: references, curve) }?.first.map {
                $0.similarity >= Self.threshold
            }
            let faces = pictures.compactMap(look)
            var vote = FaceVote()
            for face in faces {
                vote.note(face, Self.matches(of: face, among: references, curve), threshold: Self.threshold)
            }
            let name = vote.verdict(isOver: true).name
            let person = references.first { $0.face.id.text == name }?.person
            return FaceNaming.Shown(
                isStranger: own == nil, isLikeSomebody: isLike ?? false, pictures: faces.count,
                verdict: .init(named: person, is: own))
        }
        return FaceNaming(
            references: references.count, similarity: Self.threshold,
            shown: known.enumerated().map { shown(Array($1.dropFirst()), $0) } + others.map { shown($0, nil) })
    }

    private struct Reference {
        let person: Int
        let vector: FaceVector
        let face = IndexedFace(
            id: .random(), imageID: .random(), externalImageID: nil, box: .full, confidence: .half)
    }

    private static func matches(
        of face: Face, among references: [Reference], _ curve: SimilarityCurve
    ) -> [FaceMatch] {
        guard let vector = face.vector else { return [] }
        return references.compactMap { reference in
            vector.cosine(with: reference.vector).map {
                FaceMatch(face: reference.face, similarity: curve.similarity(ofCosine: $0))
            }
        }.sorted { $0.similarity > $1.similarity }
    }
}
