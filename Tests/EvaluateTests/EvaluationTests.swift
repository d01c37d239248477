import Base
import Evaluate
import Testing

@Suite("Accuracy, computed by hand")
struct EvaluationTests {
    @Test("a model that finds everything, and only that, has 100 % everywhere")
    func perfect() throws {
        var scene = Scene()
        try scene.picture([truth("person", box(10, 10, 40, 40))], [detection("person", 0.9, box(10, 10, 40, 40))])
        try scene.picture([truth("person", box(50, 50, 8, 8))], [detection("person", 0.6, box(50, 50, 8, 8))])
        let row = try scene.accuracy(of: "person")
        #expect(row.averagePrecision == 1 && isNear(row.meanAveragePrecision, 1))
        #expect(row.smallBoxes == 1 && row.smallAveragePrecision == 1 && row.recall == 1 && row.precision == 1)
        #expect(row.pictures == 2 && row.boxes == 2)
    }

    @Test("right, wrong, right over two people: full precision up to half the recall, two thirds beyond")
    func threeDetections() throws {
        var scene = Scene()
        try scene.picture(
            [truth("person", box(0, 0, 20, 20)), truth("person", box(60, 60, 20, 20))],
            [
                detection("person", 0.7, box(60, 60, 20, 20)), detection("person", 0.9, box(0, 0, 20, 20)),
                detection("person", 0.8, box(30, 30, 20, 20)),
            ])
        let row = try scene.accuracy(of: "person")
        #expect(isNear(row.averagePrecision, (51 + 50 * 2 / 3.0) / 101))
        #expect(isNear(row.recall, 1) && isNear(row.precision, 2 / 3.0))
    }

    @Test("the second detection of one object is wrong, however sure")
    func doubles() throws {
        var scene = Scene()
        try scene.picture(
            [truth("cat", box(0, 0, 40, 40))],
            [detection("cat", 0.9, box(0, 0, 40, 40)), detection("cat", 0.8, box(1, 0, 40, 40))])
        let row = try scene.accuracy(of: "cat")
        #expect(row.averagePrecision == 1 && row.precision == 0.5)
    }

    @Test("a box that overlaps by exactly half counts at 50 %, and at no higher threshold")
    func exactHalf() throws {
        var scene = Scene()
        try scene.picture([truth("dog", box(0, 0, 30, 30))], [detection("dog", 0.9, box(0, 0, 30, 15))])
        let row = try scene.accuracy(of: "dog")
        #expect(row.averagePrecision == 1 && isNear(row.meanAveragePrecision, 0.1))
    }

    @Test("who finds one of a crowd is neither right nor wrong, as often as they like")
    func crowds() throws {
        var scene = Scene()
        try scene.picture(
            [truth("person", box(0, 0, 100, 50), isCrowd: true), truth("person", box(10, 60, 30, 30))],
            [
                detection("person", 0.9, box(0, 0, 10, 30)), detection("person", 0.8, box(20, 0, 10, 30)),
                detection("person", 0.7, box(10, 60, 30, 30)),
            ])
        let row = try scene.accuracy(of: "person")
        #expect(row.boxes == 1 && row.averagePrecision == 1 && row.precision == 1)
    }

    @Test("small objects: large ones and those who find them do not count, large ghosts neither, small ghosts do")
    func small() throws {
        var scene = Scene()
        try scene.picture(
            [truth("person", box(0, 0, 50, 50)), truth("person", box(80, 80, 9, 9))],
            [
                detection("person", 0.9, box(0, 0, 50, 50)), detection("person", 0.8, box(50, 0, 40, 40)),
                detection("person", 0.7, box(60, 60, 5, 5)), detection("person", 0.6, box(80, 80, 9, 9)),
            ])
        let row = try scene.accuracy(of: "person")
        #expect(row.smallBoxes == 1 && isNear(row.smallAveragePrecision, 0.5))
        #expect(isNear(row.averagePrecision, (51 + 50 * 0.5) / 101))
    }

    @Test("a box of exactly one hundredth of the picture is not small")
    func smallEdge() throws {
        var scene = Scene()
        try scene.picture([truth("person", box(0, 0, 10, 10)), truth("person", box(50, 50, 10, 9.9))], [])
        #expect(try scene.accuracy(of: "person").smallBoxes == 1)
    }

    @Test("inside a label classes are not told apart: a dog that is called a cat is a pet that was found")
    func labels() throws {
        var scene = Scene()
        try scene.picture([truth("dog", box(0, 0, 40, 40))], [detection("cat", 0.9, box(0, 0, 40, 40))])
        #expect(try scene.accuracy(of: "PET").averagePrecision == 1)
        #expect(try scene.accuracy(of: "dog").averagePrecision == 0)
        #expect(try scene.accuracy(of: "cat").averagePrecision == nil)
        #expect(try scene.accuracy(of: "cat").precision == 0)
    }

    @Test("a picture says nothing about a class whose objects are not all marked in it, nor about its label")
    func annotatedClasses() throws {
        var scene = Scene()
        let ghost = try detection("cat", 0.9, box(0, 0, 40, 40))
        try scene.picture([truth("dog", box(50, 50, 40, 40))], [ghost], annotated: ["dog", "person"])
        try scene.picture([], [], annotated: ["cat", "dog"])
        let report = try scene.report()
        #expect(report.classes.map(\.name) == ["person", "cat", "dog"])
        #expect(report.classes.map(\.pictures) == [1, 1, 2])
        #expect(report.labels.map(\.label) == [.person, .pet])
        #expect(report.labels.map(\.row.pictures) == [1, 1])
        #expect(try scene.accuracy(of: "cat").precision == nil)
        #expect(report.falseAlarms.pictures == 0)
    }

    @Test("of one picture the hundred surest count, over all classes")
    func hundred() throws {
        var scene = Scene()
        var found = try (0..<100).map { try detection("cat", 0.9, box(Double($0 % 10) * 10, 0, 5, 5)) }
        found.append(try detection("person", 0.8, box(0, 50, 40, 40)))
        try scene.picture([truth("person", box(0, 50, 40, 40))], found)
        #expect(try scene.accuracy(of: "person").averagePrecision == 0)
    }

    @Test("false alarms: pictures without anything to be found, the surest first, only from 50 % on")
    func falseAlarms() throws {
        var scene = Scene()
        for confidence in [0.3, 0.5, 0.95] as [Float] {
            try scene.picture([], [detection("cat", confidence, box(0, 0, 30, 30))])
        }
        try scene.picture([truth("horse", box(0, 0, 50, 50))], [])
        try scene.picture([truth("dog", box(0, 0, 50, 50))], [detection("cat", 0.9, box(0, 0, 30, 30))])
        // The data set does not know packages: nobody can say whether there is one.
        try scene.picture([], [detection("package", 0.9, box(0, 0, 30, 30))])
        let alarms = try scene.report().falseAlarms
        #expect(alarms.count == 2 && alarms.pictures == 5 && isNear(alarms.ratio, 0.4))
        #expect(alarms.worst.map(\.fileName) == ["2.jpg", "1.jpg"])
        #expect(alarms.worst.first?.detection.className == "cat")
    }

    @Test("many false alarms are counted, twenty are named")
    func manyFalseAlarms() throws {
        var scene = Scene()
        for _ in 0..<30 { try scene.picture([], [detection("dog", 0.7, box(0, 0, 30, 30))]) }
        let alarms = try scene.report().falseAlarms
        #expect(alarms.count == 30 && alarms.worst.count == 20)
    }

    @Test("reliability: of two at 90 % one is right, of one at 30 % none; what is below 5 % is not asked")
    func reliability() throws {
        var scene = Scene()
        try scene.picture(
            [truth("person", box(0, 0, 40, 40))],
            [
                detection("person", 0.92, box(0, 0, 40, 40)), detection("person", 0.94, box(50, 50, 40, 40)),
                detection("person", 0.35, box(50, 0, 40, 40)), detection("person", 0.04, box(0, 50, 40, 40)),
            ])
        let person = try #require(scene.report().labels.first)
        #expect(person.reliability.count == 3 && person.reliability.bins.count == 10)
        #expect(person.reliability.bins.map(\.count) == [0, 0, 0, 1, 0, 0, 0, 0, 0, 2])
        #expect(person.reliability.bins[9].accuracy == 0.5 && person.reliability.bins[3].accuracy == 0)
        #expect(isNear(person.reliability.bins[9].meanConfidence, 0.93, 1e-6))
        #expect(isNear(person.reliability.expectedError, 2 / 3.0 * 0.43 + 1 / 3.0 * 0.35, 1e-6))
    }

    @Test("confidence 1 belongs into the last bin")
    func lastBin() throws {
        var scene = Scene()
        try scene.picture([truth("person", box(0, 0, 9, 9))], [detection("person", 1, box(0, 0, 9, 9))])
        #expect(try scene.report().labels.first?.reliability.bins.last?.count == 1)
        #expect(try scene.report().labels.first?.reliability.expectedError == 0)
    }

    @Test("nothing to find and nothing found gives no figures rather than zeros")
    func nothing() throws {
        var scene = Scene()
        try scene.picture([], [])
        let row = try scene.accuracy(of: "person")
        #expect(row.averagePrecision == nil && row.meanAveragePrecision == nil && row.smallAveragePrecision == nil)
        #expect(row.recall == nil && row.precision == nil)
        #expect(try scene.report().labels.first?.reliability.expectedError == nil)
    }

    @Test("a model and a data set without a class in common are refused, with the names of both")
    func nothingInCommon() {
        let error = #expect(throws: EvaluateError.self) {
            try Evaluation(of: ["face": .person], on: Dataset(classNames: ["car"], pictures: []))
        }
        #expect(error?.description.contains("car") ?? false)
        #expect(error?.description.contains("face") ?? false)
    }
}
