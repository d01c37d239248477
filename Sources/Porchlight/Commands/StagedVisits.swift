import Base
import Evaluate
import Interpret

/// Strangers and known people before a door at which fifty people are known by one picture each: who is named?
struct StagedVisits {
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
    init?(people: [[String]]) {
        let able = people.indices.filter { people[$0].count >= Self.fewestPictures }
        guard able.count >= Self.references, people.count >= 2 * Self.references else { return nil }
        let chosen = Set((0..<Self.references).map { able[$0 * able.count / Self.references] })
        let rest = people.indices.filter { !chosen.contains($0) }
        let count = min(Self.strangers, rest.count)
        known = chosen.sorted().map { Array(people[$0].prefix(1 + Self.mostLooks)) }
        others = (0..<count).map { Array(people[rest[$0 * rest.count / count]].prefix(Self.mostLooks)) }
    }

    var pictures: [String] { (known + others).flatMap { $0 } }

    /// - Parameter face: that a picture shows; nil without one.
    func naming(_ curve: SimilarityCurve, _ face: (String) -> Face?) -> FaceNaming {
        let references = known.enumerated().compactMap { index, pictures in
            pictures.first.flatMap(face)?.vector.map { Reference(person: index, vector: $0) }
        }
        func shown(_ pictures: [String], _ own: Int?) -> FaceNaming.Shown {
            let faces = pictures.compactMap(face)
            var vote = FaceVote()
            var isLike = false
            for (index, face) in faces.enumerated() {
                let matches = Self.matches(of: face, among: references, curve)
                if index == 0 { isLike = (matches.first?.similarity ?? 0) >= Self.threshold }
                vote.note(face, matches, threshold: Self.threshold)
            }
            let name = vote.verdict(isOver: true).name
            let person = references.first { $0.face.id.text == name }?.person
            return FaceNaming.Shown(
                isStranger: own == nil, isLikeSomebody: isLike, pictures: faces.count,
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
