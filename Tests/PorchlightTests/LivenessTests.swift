import Base
import Porchlight
import Runtime
import Testing

@Suite struct LivenessTests {
    private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private static func camera(_ name: String) throws -> Liveness.Part { .camera(try #require(CameraName(name))) }

    private static func beat(
        _ part: Liveness.Part, _ doing: ThreadWork = .step("something"), quietFor: Duration = .zero
    ) -> Liveness.Beat {
        Liveness.Beat(part: part, at: start, doing: doing, quietFor: quietFor)
    }

    /// The parts that stand still, looked at once a second until `seconds` after the start.
    private static func hangs(
        among beats: [Liveness.Beat], pictures: [Liveness.Picture] = [], longestTurn: Duration = .zero,
        after seconds: Int
    ) -> [Liveness.Part] {
        var liveness = Liveness()
        var hangs: [Liveness.Hang] = []
        for second in 0...seconds {
            hangs = liveness.hangs(
                among: beats, pictures: pictures, longestTurn: longestTurn, at: start + .seconds(second))
        }
        return hangs.map(\.part)
    }

    @Test("a call of a camera's driver that does not return is noticed after five seconds")
    func camera() throws {
        let beats = [Self.beat(try Self.camera("door"))]
        #expect(Self.hangs(among: beats, after: 5) == [])
        #expect(Self.hangs(among: beats, after: 6) == [try Self.camera("door")])
    }

    @Test("a thread that sleeps on purpose is not blamed for it")
    func sleeping() throws {
        let beats = [Self.beat(try Self.camera("door"), quietFor: .seconds(60))]
        #expect(Self.hangs(among: beats, after: 64) == [])
        #expect(Self.hangs(among: beats, after: 66) == [try Self.camera("door")])
    }

    @Test("a large network on a small board is slow and does not hang")
    func slowNetwork() {
        let beats = [Self.beat(.analysis)]
        #expect(Self.hangs(among: beats, after: 8) == [])
        #expect(Self.hangs(among: beats, after: 9) == [.analysis], "no state is wrong for more than ten seconds")
        #expect(Self.hangs(among: beats, longestTurn: .seconds(8), after: 32) == [])
        #expect(Self.hangs(among: beats, longestTurn: .seconds(8), after: 33) == [.analysis])
    }

    @Test("what was seen and cannot be stored is noticed, and so is a queue of writes")
    func disk() {
        let beats = [Self.beat(.events), Self.beat(.disk("samples"))]
        #expect(Self.hangs(among: beats, after: 11) == [.events])
        #expect(Self.hangs(among: beats, after: 16) == [.events, .disk("samples")])
    }

    @Test("a camera whose thread moves and brings nothing is not online")
    func noPictures() throws {
        let door = try #require(CameraName("door"))
        let picture = Liveness.Picture(camera: door, at: Self.start, within: .seconds(10))
        #expect(Self.hangs(among: [], pictures: [picture], after: 10) == [])
        #expect(Self.hangs(among: [], pictures: [picture], after: 11) == [.camera(door)])
        let both = Self.hangs(among: [Self.beat(.camera(door))], pictures: [picture], after: 11)
        #expect(both == [.camera(door)], "told once")
    }

    @Test("when the whole program stood still, nobody in it is blamed, and who hangs is found afterwards all the same")
    func wholeProgram() throws {
        var liveness = Liveness()
        let beats = [Self.beat(.analysis), Self.beat(try Self.camera("door"))]
        #expect(liveness.hangs(among: beats, at: Self.start) == [])
        let back = Self.start + .seconds(300)
        #expect(liveness.hangs(among: beats, at: back) == [])
        #expect(liveness.hangs(among: beats, at: back + .seconds(3)) == [])
        #expect(liveness.hangs(among: beats, at: back + .seconds(6)).map(\.part) == [try Self.camera("door")])
        #expect(liveness.hangs(among: beats, at: back + .seconds(8)).count == 1)
        #expect(liveness.hangs(among: beats, at: back + .seconds(10)).count == 2)
    }

    @Test("people read which call hangs on which device, and what to do; a hung camera does not end the program")
    func words() throws {
        let hang = Liveness.Hang(
            part: try Self.camera("door"), doing: .driverCall("VIDIOC_DQBUF", device: "/dev/video0"), since: Self.start)
        #expect(hang.words.contains("VIDIOC_DQBUF on /dev/video0"))
        #expect(hang.words.contains("unplug the camera") && hang.words.contains("restart the box"))
        #expect(!hang.stopsAll)
        for part in [Liveness.Part.analysis, .events] {
            let hang = Liveness.Hang(part: part, doing: .step("x"), since: Self.start)
            #expect(hang.stopsAll && hang.needsRestart)
        }
    }

    @Test("a call on the broker's thread that does not return is told, and only a new start helps")
    func broker() {
        let beats = [Self.beat(.mqtt, .step("TLS and MQTT with the broker"))]
        #expect(Self.hangs(among: beats, after: 10) == [])
        #expect(Self.hangs(among: beats, after: 11) == [.mqtt])
        let hang = Liveness.Hang(part: .mqtt, doing: .step("TLS and MQTT with the broker"), since: Self.start)
        #expect(hang.words.contains("the broker hears nothing") && hang.words.contains("restart porchlight"))
        #expect(hang.needsRestart)
        #expect(!hang.stopsAll, "cameras are watched and events are kept all the same")
    }

    @Test("a name server or a disk that keeps the broker's thread waiting is told, and is no reason to start anew")
    func brokersName() {
        let lookup = Liveness.Hang(part: .mqtt, doing: .nameLookup(host: "broker.lan"), since: Self.start)
        #expect(lookup.words.contains("broker.lan") && lookup.words.contains("name server"))
        #expect(!lookup.needsRestart)
        let disk = Liveness.Hang(part: .mqtt, doing: .writing(path: "/x/topics.json"), since: Self.start)
        #expect(disk.words.contains("/x/topics.json") && disk.words.contains("SD card"))
        #expect(!disk.needsRestart)
    }

    @Test("a part that rests is not judged, and the longest turn of the analysis is remembered")
    func heartbeats() {
        let beats = Heartbeats()
        beats.beat(.events, .step("keeping events"), at: Self.start)
        #expect(beats.all == [Self.beat(.events, .step("keeping events"))])
        beats.rest(.events)
        #expect(beats.all.isEmpty)
        for seconds in [0, 3, 4] { beats.turn(at: Self.start + .seconds(seconds)) }
        #expect(beats.longestTurn == .seconds(3))
        beats.turn(at: Self.start + .seconds(600))
        #expect(beats.longestTurn == .seconds(3), "a turn that hung does not make the judge patient")
        #expect(beats.all.map(\.part) == [.analysis])
    }
}
