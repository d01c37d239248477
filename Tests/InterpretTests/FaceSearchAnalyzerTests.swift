import Base
import Interpret
import TestSupport
import Testing

@Suite("A visit gets a name by agreement")
struct FaceSearchAnalyzerTests {
    @Test("somebody who is known is named within a second of the first face, and once")
    func named() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99.2))
        try script.looks(10, [person()], [face(1)])
        let naming = try #require(script.events.first { $0.face?.name == "Anna" })
        #expect(naming.at.milliseconds <= 1000)
        #expect(script.events.count { $0.face?.name == "Anna" && $0.phase == .updated } <= 1)
        script.end(.stopped)
        #expect(script.last == FaceVerdict(name: "Anna", similarity: 99.2, looksAgreed: 10, looksTaken: 10))
    }

    @Test("one look that is like somebody makes no name, however good")
    func oneLook() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99.9))
        script.faces.say(2, ("Anna", 40))
        try script.looks(3, [person()], [face(2)])
        try script.look([person()], [face(1)])
        try script.looks(6, [person()], [face(2)])
        script.end(.stopped)
        #expect(script.events.allSatisfy { $0.face?.name == nil })
        #expect(script.last?.doubt == .belowThreshold && script.last?.looksTaken == 10)
    }

    @Test("who shows the face once is named at the end, if that look is as good as it can be")
    func singleLook() throws {
        for (similarity, name) in [(99.95, "Anna"), (99.5, nil)] as [(Double, String?)] {
            var script = try FaceScript()
            script.faces.say(1, ("Anna", similarity))
            try script.looks(3, [person()])
            try script.look([person()], [face(1)])
            try script.looks(3, [person()])
            #expect(script.events.allSatisfy { $0.face?.name == nil })
            script.end(.stopped)
            #expect(script.last?.name == name)
        }
    }

    /// LFW has strangers who are at 90 to 98 % like somebody in most of their pictures.
    @Test("somebody who is a little like one person in every look is not named, and it is told that nothing is sure")
    func alike() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 98.6))
        try script.looks(20, [person()], [face(1)])
        script.end(.stopped)
        #expect(script.events.allSatisfy { $0.face?.name == nil })
        #expect(script.last?.doubt == .notSure && script.last?.similarity == 98.6)
    }

    @Test("one sure look and one that agrees are enough: a name comes soon")
    func sure() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99.7))
        script.faces.say(2, ("Anna", 84))
        try script.look([person()], [face(1)])
        try script.look([person()], [face(2)])
        try script.looks(2, [person()])
        #expect(script.last?.name == "Anna" && script.last?.looksAgreed == 2)
    }

    @Test("looks that speak for two people name neither, and say why")
    func split() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99.9))
        script.faces.say(2, ("Bert", 99.9))
        for _ in 0..<6 {
            try script.look([person()], [face(1)])
            try script.look([person()], [face(2)])
        }
        script.end(.stopped)
        #expect(script.last?.name == nil && script.last?.doubt == .votesSplit)
    }

    static let unusable: [(Face?, FaceVerdict.Doubt)] = [
        (nil, .noFaceSeen), (face(1, pixels: 20), .tooSmall), (face(1, yaw: 80), .turnedAway),
        (face(1, sharpness: 1), .tooBlurred), (face(1, brightness: 1), .tooDark),
    ]

    @Test("why nobody was named is told: no face, too small, turned away, blurred, dark", arguments: unusable)
    func doubts(_ seen: Face?, _ doubt: FaceVerdict.Doubt) throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99))
        try script.looks(8, [person()], seen.map { [$0] } ?? [])
        script.end(.stopped)
        #expect(script.last?.name == nil && script.last?.doubt == doubt)
    }

    @Test("each of two people gets the own name: a face counts for the person whose box holds it")
    func twoPeople() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99.6))
        script.faces.say(2, ("Bert", 99.6))
        let people = [person(x: 0.1), person(x: 0.6)]
        try script.looks(6, people, [face(1, x: 0.13), face(2, x: 0.63)])
        script.end(.stopped)
        let names = script.events.filter { $0.phase == .ended }.map { ($0.box.left < 0.4, $0.face?.name) }
        #expect(names.count == 2)
        for (isLeft, name) in names { #expect(name == (isLeft ? "Anna" : "Bert")) }
    }

    @Test("a face in nobody's box names nobody: a picture on the wall is no visitor")
    func picture() throws {
        var script = try FaceScript()
        script.faces.say(1, ("Anna", 99))
        try script.looks(6, [person()], [face(1, x: 0.9, y: 0.1)])
        script.end(.stopped)
        #expect(script.last?.name == nil && script.last?.doubt == .noFaceSeen)
    }

    @Test("a stranger who comes again is the same stranger, and another one is not")
    func strangers() throws {
        var script = try FaceScript()
        for number in [5, 5, -5] as [Float] {
            try script.looks(6, [person()], [face(number)])
            script.end(.cameraLost)
            script.now += 60_000
        }
        let told = script.events.filter { $0.phase == .ended }.map(\.face?.stranger)
        #expect(told.count == 3 && told.allSatisfy { $0 != nil })
        #expect(told[0] == told[1] && told[1] != told[2])
        #expect(script.strangers.count == 2)
    }

    @Test("every look makes a record: without faces, with a stranger, with a match above the threshold")
    func records() throws {
        var script = try FaceScript(threshold: 90)
        script.faces.say(1, ("Anna", 95), ("Bert", 85))
        try script.look([])
        try script.look([person()], [face(9)])
        try script.look([person()], [face(1)])
        #expect(script.records.map(\.faces.count) == [0, 1, 1])
        #expect(script.records.map { $0.faces.first?.matches.map(\.face.personName) } == [nil, [], ["Anna"]])
        #expect(script.records.map(\.frame) == [0, 1, 2] && script.records.allSatisfy { $0.stream.text == "faces" })
    }

    @Test("a look for whose faces there was no time makes no record: one without faces would say that nobody is there")
    func noTimeIsNoRecord() throws {
        var script = try FaceScript()
        script.look([person()], .notLooked)
        script.look([], .nobodyThere)
        #expect(script.records.map(\.faces.count) == [0])
    }

    @Test("of a thousand strangers whose every two-hundredth look is like somebody, none is named")
    func falseNames() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<1000 {
            var script = try FaceScript()
            script.faces.say(1, ("Anna", 82))
            script.faces.say(2, ("Bert", 82))
            for _ in 0..<12 {
                let isLike = random.next() % 200 == 0
                try script.look([person()], [face(isLike ? Float(1 + random.next() % 2) : 9)])
            }
            script.end(.stopped)
            #expect(script.events.allSatisfy { $0.face?.name == nil })
        }
    }
}
