import Base
import Interpret
import Synchronization

/// Plays looks to the rules of one processor and keeps what they tell.
struct VisitScript {
    var rules: VisitRules
    var plan: ConnectedHomePlan
    var revision = 1
    var events: [Event] = []
    /// Capture time of the next look, in milliseconds.
    var now: Int64 = 0
    /// From one look to the next, in milliseconds.
    var interval: Int64 = 100

    init(
        labels: Set<Label> = Set(Label.allCases), minConfidence: Double = 50, regions: [Region] = []
    ) throws {
        let ids = Mutex(0)
        rules = VisitRules(camera: try name("front"), processor: try processorName("porch"), sessionID: "session") {
            ids.withLock { count in
                count += 1
                return "visit-\(count)"
            }
        }
        plan = ConnectedHomePlan(
            labelNames: ["ALL"], labels: labels, minConfidence: Confidence(percent: minConfidence) ?? .half,
            regions: regions)
    }

    var time: MonotonicTime { MonotonicTime(nanoseconds: now * 1_000_000) }

    /// One look that sees `detections`.
    @discardableResult
    mutating func look(_ detections: Detection...) -> [Event] { look(detections) }

    @discardableResult
    mutating func look(_ detections: [Detection]) -> [Event] {
        let told = rules.advance(detections: detections, at: time, plan: plan, revision: revision)
        events += told
        now += interval
        return told
    }

    /// `count` looks that all see the same.
    mutating func looks(_ count: Int, _ detections: Detection...) {
        for _ in 0..<count { look(detections) }
    }

    /// Changes the settings as an update between two frames does.
    mutating func change(_ change: (inout ConnectedHomePlan) -> Void) {
        change(&plan)
        revision += 1
    }

    func count(_ phase: Event.Phase, _ label: Label? = nil) -> Int {
        events.count { $0.phase == phase && (label == nil || $0.label == label) }
    }
}

struct NoName: Error {}

private func name(_ text: String) throws -> CameraName {
    guard let name = CameraName(text) else { throw NoName() }
    return name
}

private func processorName(_ text: String) throws -> ProcessorName {
    guard let name = ProcessorName(text) else { throw NoName() }
    return name
}

/// An upright object of width 0.1 and height 0.3 whose box starts at `x`, `y`.
func person(
    _ confidence: Float = 0.7, x: Double = 0.4, y: Double = 0.4, width: Double = 0.1, height: Double = 0.3
) -> Detection {
    seen(.person, "person", confidence, x, y, width, height)
}

func cat(
    _ confidence: Float = 0.7, x: Double = 0.4, y: Double = 0.4, width: Double = 0.1, height: Double = 0.3
) -> Detection {
    seen(.pet, "cat", confidence, x, y, width, height)
}

/// A parcel on the ground.
func package(_ confidence: Float = 0.7, x: Double = 0.4, y: Double = 0.7) -> Detection {
    seen(.package, "package", confidence, x, y, 0.1, 0.08)
}

private func seen(
    _ label: Label, _ className: String, _ confidence: Float, _ x: Double, _ y: Double, _ width: Double,
    _ height: Double
) -> Detection {
    Detection(
        label: label, className: className, confidence: Confidence(clamping: confidence),
        box: NormalizedBox(left: x, top: y, width: width, height: height) ?? .full)
}
