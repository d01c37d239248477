import Evaluate
import Testing

/// Whoever reads the figures must be able to tell strangers from people who are known, and single pictures from visits.
@Suite struct FaceNamingTests {
    private func shown(
        stranger: Bool, like: Bool = false, pictures: Int, _ verdict: FaceNaming.Verdict = .nobody
    ) -> FaceNaming.Shown {
        FaceNaming.Shown(isStranger: stranger, isLikeSomebody: like, pictures: pictures, verdict: verdict)
    }

    @Test("strangers and known people are counted apart, and so are single pictures and visits with several")
    func counted() {
        let naming = FaceNaming(
            references: 50, similarity: 80,
            shown: [
                shown(stranger: true, pictures: 0), shown(stranger: true, like: true, pictures: 1, .other),
                shown(stranger: true, like: true, pictures: 3), shown(stranger: true, pictures: 5, .other),
                shown(stranger: false, like: true, pictures: 5, .own), shown(stranger: false, pictures: 2, .other),
                shown(stranger: false, pictures: 1, .own),
            ])
        #expect(naming.strangers == 3 && naming.named == 2)
        #expect(naming.strangerVisits.count == 3 && naming.strangerVisits.other == 2)
        #expect(naming.strangerVisitsOfSeveral.count == 2 && naming.strangerVisitsOfSeveral.other == 1)
        #expect(naming.knownVisits.count == 2 && naming.knownVisits.own == 1 && naming.knownVisits.other == 1)
    }

    @Test("a name is one's own, somebody else's, or none; a stranger has none of one's own")
    func verdicts() {
        #expect(FaceNaming.Verdict(named: 3, is: 3) == .own && FaceNaming.Verdict(named: 4, is: 3) == .other)
        #expect(FaceNaming.Verdict(named: nil, is: nil) == .nobody && FaceNaming.Verdict(named: 1, is: nil) == .other)
    }
}
