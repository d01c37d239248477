import Evaluate
import Testing

@Suite("How well faces are told apart")
struct FaceVerificationTests {
    private typealias Score = FaceVerification.Score

    private func scores(_ count: Int, _ cosine: (Int, Bool) -> Double?) -> [Score] {
        (0..<count).flatMap { index in
            [true, false].map { Score(cosine: cosine(index, $0), isSame: $0, fold: index % 10) }
        }
    }

    @Test("People whose pictures are always more like each other than strangers' are all told apart")
    func perfect() throws {
        let result = try #require(FaceVerification(scores(1000) { $1 ? 0.6 + 1e-4 * Double($0 % 7) : 0.1 }))
        #expect(result.accuracy == 1 && result.deviation == 0 && result.trueAccepts == 1 && result.missed == 0)
        #expect((0.1...0.6).contains(result.threshold) && result.pairs == 2000)
    }

    @Test("Vectors that say nothing are right in half of the cases, not more")
    func useless() throws {
        let result = try #require(FaceVerification(scores(1000) { index, _ in Double(index * 37 % 1000) / 1000 }))
        #expect(abs(result.accuracy - 0.5) < 0.05 && (result.trueAccepts ?? 1) < 0.01)
    }

    @Test("The threshold comes from the other folds: one that fits the tested fold alone is of no use")
    func crossValidation() throws {
        // In fold 0 everything is shifted by 0.5.
        let shifted = scores(1000) { index, isSame in (isSame ? 0.4 : 0.2) + (index % 10 == 0 ? 0.5 : 0) }
        #expect(abs(try #require(FaceVerification(shifted)).accuracy - 0.95) < 1e-9)
    }

    @Test("A picture in which no face was found counts as a stranger: it is missed, and never accepted")
    func missed() throws {
        let result = try #require(FaceVerification(scores(1000) { $1 ? ($0 < 100 ? nil : 0.8) : 0.1 }))
        #expect(result.missed == 100 && abs(result.accuracy - 0.95) < 1e-9 && result.trueAccepts == 0.9)
    }

    @Test("Too few pairs for a rate of one in a thousand give none, and one fold or one kind of pairs gives nothing")
    func few() throws {
        #expect(try #require(FaceVerification(scores(100) { $1 ? 0.8 : 0.1 })).trueAccepts == nil)
        #expect(
            FaceVerification([Score(cosine: 1, isSame: true, fold: 0), Score(cosine: 0, isSame: false, fold: 0)]) == nil
        )
        #expect(
            FaceVerification([Score(cosine: 1, isSame: true, fold: 0), Score(cosine: 0, isSame: true, fold: 1)]) == nil)
    }
}

@Suite("Lists of pairs of faces")
struct FacePairsTests {
    @Test("Labeled Faces in the Wild: a name with two numbers is one person, two names are two")
    func labeledFaces() throws {
        let text = "2\t1\nAbel_Pacheco\t1\t4\nAJ_Cook\t1\tAbel_Pacheco\t12\nA\t1\t2\nA\t1\tB\t1\n"
        let pairs = try FacePairs(labeledFaces: text)
        #expect(pairs.pairs.map(\.isSame) == [true, false, true, false] && pairs.pairs.map(\.fold) == [0, 0, 1, 1])
        #expect(pairs.pairs[0].second == "Abel_Pacheco/Abel_Pacheco_0004.jpg")
        #expect(pairs.pairs[1].second == "Abel_Pacheco/Abel_Pacheco_0012.jpg" && pairs.pictures.count == 7)
    }

    @Test("Celebrities in Frontal-Profile: numbers lead to the lists of pictures")
    func frontalProfile() throws {
        let list = "1 ../Data/Images/001/frontal/01.jpg\r\n2 ../Data/Images/001/frontal/02.jpg\r\n"
        let pairs = try FacePairs(
            frontalProfile: "FF", first: list, second: list, folds: [("1,2\r\n", "2,1\r\n"), ("1,1\n", "2,2\n")])
        #expect(
            pairs.pairs.map(\.first).prefix(2) == ["Data/Images/001/frontal/01.jpg", "Data/Images/001/frontal/02.jpg"])
        #expect(pairs.pairs.map(\.fold) == [0, 0, 1, 1])
    }

    @Test(
        "What is no such list, or leads out of the folder, is refused with its line",
        arguments: [
            "", "10\t300\n", "x\ty\n", "1\t1\nA\t1\n", "1\t1\nA\tx\t2\n", "1\t1\n../A\t1\t2\n", "1\t0\nA\t1\t2\n",
        ])
    func wrong(text: String) {
        #expect(throws: EvaluateError.self) { try FacePairs(labeledFaces: text) }
    }
}
