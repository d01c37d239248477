import Base
import Interpret
import TestSupport
import Testing

@Suite("What a second look finds is told once")
struct CropMergeTests {
    private let crop = NormalizedBox(left: 0.5, top: 0.25, width: 0.25, height: 0.25) ?? .full

    private func merged(_ whole: [Detection], _ seen: [Detection], counts: Bool = true) -> [Detection] {
        CropMerge(crop: crop).merge(whole, with: seen) { _ in counts }
    }

    @Test("the same object in both looks is one, by the surer box")
    func same() throws {
        let whole = person(0.4, x: 0.55, y: 0.3, width: 0.1, height: 0.15)
        let close = person(0.8, x: 0.555, y: 0.3, width: 0.1, height: 0.15)
        #expect(merged([whole], [close]).map(\.confidence.value) == [0.8])
        var surer = whole
        surer.confidence = Confidence(clamping: 0.9)
        #expect(merged([surer], [close]) == [surer])
    }

    @Test("what the crop cuts is left out, unless the picture itself ends there")
    func cut() throws {
        for cut in [
            person(0.9, x: 0.5, y: 0.3, width: 0.1, height: 0.15),
            person(0.9, x: 0.65, y: 0.3, width: 0.1, height: 0.15),
            person(0.9, x: 0.55, y: 0.252, width: 0.1, height: 0.15),
            person(0.9, x: 0.55, y: 0.3, width: 0.1, height: 0.2),
        ] { #expect(merged([], [cut]).isEmpty) }
        let cut = person(0.9, x: 0, y: 0.8, width: 0.1, height: 0.2)
        let corner = try #require(NormalizedBox(left: 0, top: 0.75, width: 0.25, height: 0.25))
        let atEdge = CropMerge(crop: corner).merge([], with: [cut]) { _ in true }
        #expect(atEdge.count == 1)
    }

    @Test("what did not move is not what the second look was for, and another label is another object")
    func others() {
        let close = person(0.8, x: 0.55, y: 0.3, width: 0.1, height: 0.15)
        #expect(merged([], [close], counts: false).isEmpty)
        #expect(merged([cat(0.5, x: 0.55, y: 0.3, width: 0.1, height: 0.15)], [close]).count == 2)
    }

    @Test("whatever the looks see, nothing of the first is lost but to a surer box", arguments: 0..<50 as Range<UInt64>)
    func nothingLost(seed: UInt64) {
        var random = SplitMix(seed: seed)
        func some() -> [Detection] {
            (0..<Int.random(in: 0...6, using: &random)).map { _ in
                person(
                    .random(in: 0...1, using: &random), x: .random(in: -0.1...1, using: &random),
                    y: .random(in: -0.1...1, using: &random), width: .random(in: 0...0.6, using: &random),
                    height: .random(in: 0...0.6, using: &random))
            }
        }
        let (whole, seen) = (some(), some())
        let all = merged(whole, seen)
        #expect(all.count >= whole.count && all.count <= whole.count + seen.count)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
        #expect(
            (all.map(\.confidence).max() ?? Confidence(clamping: 0))
                >= (whole.map(\.confidence).max() ?? Confidence(clamping: 0)))
    }
}
