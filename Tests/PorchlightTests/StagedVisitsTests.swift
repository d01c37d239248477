import Base
import Evaluate
import Porchlight
import Testing

@Suite("Visits that the evaluation of faces plays")
struct StagedVisitsTests {
    private static let people = (0..<200).map { person in (0..<4).map { "\(person)/\($0)" } }

    /// Faces of different numbers, 0..<256, are not alike at all.
    private static func face(_ number: Int) -> Face? {
        let vector = FaceVector((0..<256).map { $0 == number ? 1 : 0 })
        return Face(
            box: .full, confidence: .half, landmarks: .none, pose: FacePose(yaw: 0, pitch: 0, roll: 0),
            quality: FaceQuality(brightness: 60, sharpness: 80, isColor: true), pixels: 80, vector: vector)
    }

    private static func own(_ picture: String) -> Face? { face(Int(picture.prefix { $0 != "/" }) ?? 0) }

    private func naming(single: (String) -> Face?, look: (String) -> Face?) throws -> FaceNaming {
        let visits = try #require(StagedVisits(people: Self.people))
        let curve = try #require(SimilarityCurve(slope: 40, middle: 0.4))
        return visits.naming(curve, single: single, look: look)
    }

    @Test("a visit's name is voted by what a camera sees, not by the better vectors of single pictures")
    func looksOfACamera() throws {
        let known = try naming(single: Self.own, look: Self.own)
        #expect(known.references == 50 && known.knownVisits.count == 50 && known.knownVisits.own == 50)
        let others = try naming(single: Self.own) { _ in Self.face(255) }
        #expect(others.references == 50 && others.knownVisits.count == 50 && others.knownVisits.own == 0)
        let unseen = try naming(single: Self.own) { _ in nil }
        #expect(unseen.references == 50 && unseen.knownVisits.count == 0 && unseen.strangers == 0)
    }

    @Test("strangers are like somebody by what a search for their single picture says")
    func firstPictures() throws {
        let alike = try naming(single: { _ in Self.face(255) }, look: Self.own)
        #expect(alike.strangers == 150 && alike.named == 150 && alike.strangerVisits.other == 0)
        #expect(try naming(single: Self.own) { _ in Self.face(255) }.named == 0)
    }

    @Test("every picture is either looked at alone or as a look of a visit; a stranger's first is both")
    func pictures() throws {
        let visits = try #require(StagedVisits(people: Self.people))
        #expect(visits.singles.count == 200 && visits.looks.count == 50 * 3 + 150 * 4)
        #expect(Set(visits.singles).intersection(visits.looks).count == 150)
        #expect(Set(visits.singles).union(visits.looks).count == 800)
    }
}
