import Base
import Interpret
import TestSupport
import Testing

/// Plays a random hour to the rules and checks every event against what subscribers were told before.
private struct Schedule {
    var script: VisitScript
    var random: SplitMix
    private var checked = 0
    private(set) var open: [String: Event] = [:]
    private var over: Set<String> = []
    private var lastTime = MonotonicTime(nanoseconds: .min)

    init(seed: UInt64) throws {
        script = try VisitScript()
        random = SplitMix(seed: seed)
    }

    mutating func step() {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: changeSettings()
        case 1: script.now += Int64.random(in: 1...200_000, using: &random)
        case 2: script.interval = [50, 100, 500, 2000].randomElement(using: &random) ?? 100
        case 3:
            let object = BackgroundObject(
                label: .person, box: person(x: place()).box, confidence: .half, since: WallTime(milliseconds: 0))
            script.events += script.rules.absorb(object, at: script.time)
        case 4 where Bool.random(using: &random):
            script.events += script.rules.endAll(reason: .cameraLost, at: script.time)
        default: look()
        }
    }

    private mutating func look() {
        let count = Int.random(in: 0...4, using: &random)
        let seen = (0..<count).map { _ -> Detection in
            let confidence = Float.random(in: 0...1, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: return person(confidence, x: place(), y: place())
            case 1: return cat(confidence, x: place(), y: place())
            default: return package(confidence, x: place())
            }
        }
        for _ in 0..<Int.random(in: 1...12, using: &random) { script.look(seen) }
    }

    private mutating func place() -> Double { Double(Int.random(in: 0...4, using: &random)) * 0.2 }

    private mutating func changeSettings() {
        let labels = Set(Label.allCases.filter { _ in Int.random(in: 0..<4, using: &random) > 0 })
        let confidence = Float.random(in: 0.2...0.9, using: &random)
        let half = NormalizedBox(left: 0, top: 0, width: 0.5, height: 1).map(Region.box)
        let regions = Bool.random(using: &random) ? [half].compactMap { $0 } : []
        script.change {
            $0.labels = labels
            $0.minConfidence = Confidence(clamping: confidence)
            $0.regions = regions
        }
    }

    mutating func check() {
        for event in script.events[checked...] { check(event) }
        checked = script.events.count
    }

    private mutating func check(_ event: Event) {
        #expect(event.at >= lastTime && event.since <= event.at)
        lastTime = event.at
        #expect((event.reason != nil) == (event.phase == .ended))
        #expect((event.personNearby != nil) == (event.label == .package))
        if event.reason == .taken { #expect(event.label == .package && event.personNearby == true) }
        switch event.phase {
        case .started:
            #expect(open[event.id] == nil && !over.contains(event.id))
            #expect(script.plan.labels.contains(event.label) && event.confidence >= .zeroed)
        case .updated:
            #expect(open[event.id]?.since == event.since && open[event.id]?.label == event.label)
        case .ended: #expect(open[event.id] != nil)
        }
        open[event.id] = event.phase == .ended ? nil : event
        if event.phase == .ended { over.insert(event.id) }
        #expect(event.openCount == open.values.count { $0.label == event.label })
    }
}

extension Confidence {
    fileprivate static let zeroed = Confidence(clamping: 0)
}

@Suite("Whatever happens in front of a camera, what is told is a true story")
struct VisitScheduleTests {
    @Test(
        "each visit starts once, ends once with a reason, and the counts are right", arguments: 0..<200 as Range<UInt64>
    )
    func story(seed: UInt64) throws {
        var schedule = try Schedule(seed: seed)
        for _ in 0..<150 {
            schedule.step()
            schedule.check()
        }
        schedule.script.events += schedule.script.rules.endAll(reason: .shutdown, at: schedule.script.time)
        schedule.check()
        #expect(schedule.open.isEmpty)
    }
}
