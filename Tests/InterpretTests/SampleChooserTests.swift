import Base
import Interpret
import Testing

@Suite("What is worth a label by hand")
struct SampleChooserTests {
    private func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    private let all = Set(Label.allCases)

    @Test("only what the network neither means nor rules out, the most doubtful first")
    func doubtful() {
        var chooser = SampleChooser()
        #expect(chooser.choose([person(0.95), cat(0.05)], labels: all, at: at(0)) == nil)
        let chosen = chooser.choose([person(0.65), cat(0.46, x: 0.1), package(0.25)], labels: all, at: at(0))
        #expect(chosen?.label == .pet)
    }

    @Test("only labels that the processor looks for")
    func labels() {
        var chooser = SampleChooser()
        #expect(chooser.choose([cat(0.45), person(0.6)], labels: [.person], at: at(0))?.label == .person)
    }

    @Test("one a minute, and the same bush once an hour")
    func seldom() {
        var chooser = SampleChooser()
        #expect(chooser.choose([person(0.4)], labels: all, at: at(0)) != nil)
        #expect(chooser.choose([person(0.4, x: 0.1)], labels: all, at: at(59)) == nil)
        #expect(chooser.choose([person(0.4), person(0.3, x: 0.1)], labels: all, at: at(60))?.box.left == 0.1)
        #expect(chooser.choose([person(0.4), person(0.3, x: 0.1)], labels: all, at: at(600)) == nil)
        #expect(chooser.choose([person(0.4)], labels: all, at: at(3601)) != nil)
    }

    @Test("what lies outside the frame is no picture")
    func outside() {
        var chooser = SampleChooser()
        #expect(chooser.choose([person(0.45, x: 1.2)], labels: all, at: at(0)) == nil)
    }
}
