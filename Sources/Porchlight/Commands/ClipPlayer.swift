import Base
import Control
import Decode
import Evaluate
import Gate
import Interpret
import Runtime

/// Plays clips through everything that a camera's pictures go through (gate, network, scene, visits), each by itself and as
/// fast as it can be looked at, and tells the visits. The same clip gives the same visits each time.
final class ClipPlayer {
    private let network: Network
    private let pool = FramePool(capacity: 3)

    init(network: Network) { self.network = network }

    /// What came of a clip.
    struct Outcome {
        /// In the order in which they began.
        var visits: [ClipVisit] = []
        var pictures = 0
        /// Pictures that the network looked at.
        var looks = 0
        var corrupt: UInt64 = 0
    }

    /// - Throws: `CommandFailure` when the clip is missing or holds no whole picture.
    func play(_ path: String) throws -> Outcome {
        do throws(DecodeError) {
            let reader = try MediaReader.opening(path, pool: pool)
            return try play(reader)
        } catch {
            throw CommandFailure(error.isAboutAbsence ? .noInput : .badData, "\(path): \(error)")
        }
    }

    private func play(_ reader: MediaReader) throws(DecodeError) -> Outcome {
        guard let camera = CameraName("clip") else { throw .corrupt("no camera") }
        let (counters, audience) = (WorkCounters(), ClipAudience(camera, labels: network.labels))
        let (pictures, secondLooks) = (CameraLooks.mailbox(counters), SecondLooks(counters))
        let looks = CameraLooks(
            [CameraPipeline(camera: camera, hasOwnTime: true)], pictures, secondLooks, FaceLooks(counters), counters,
            unbounded: [camera], listener: audience)
        let scheduler = InferenceScheduler(
            models: ModelSet(detector: network), clients: [looks, secondLooks], counters: counters)
        var outcome = Outcome()
        while case .frame(let frame) = try reader.next() {
            outcome.pictures += 1
            pictures.put(CameraPicture(frame), for: camera)
            while scheduler.turn(within: .zero) {}
        }
        guard outcome.pictures > 0 else { throw reader.lastDamage ?? .corrupt("no picture in it") }
        looks.endVisits(of: camera, .clipEnded)
        (outcome.visits, outcome.looks, outcome.corrupt) = (audience.visits, audience.looks, reader.corrupt)
        return outcome
    }
}

/// Sees a clip as the first processor of a new camera does: all labels from 50 % on, the whole picture.
private final class ClipAudience: CameraLookListener {
    private let everything: ActiveProcessor
    private var told = VisitLog()
    private(set) var looks = 0

    init(_ camera: CameraName, labels: Set<Label>) {
        everything = ActiveProcessor(
            name: ProcessorName(camera), camera: camera,
            settings: AnalysisSettings(ConnectedHomePlan(labelNames: ["ALL"], labels: labels), revision: 1),
            sessionID: "clip", dataSharingOptIn: false)
    }

    var visits: [ClipVisit] { told.visits }

    let mayLook = true

    func work(of camera: CameraName) -> ActiveProcessors.Work { ActiveProcessors.Work(running: [everything]) }

    func forgetsBackground(of camera: CameraName) -> Bool { false }
    func isWatched(_ camera: CameraName) -> Bool { false }

    /// A clip's pictures come as frames.
    func decode(_ picture: CameraPicture, as form: PictureForm, of camera: CameraName) -> Bool { false }

    func decode(_ picture: CameraPicture, of camera: CameraName, _ trace: inout FrameTrace) -> Frame? {
        picture.preview.flatMap { $0.isEighth ? nil : $0.frame }
    }

    func hasPassedOver(_ camera: CameraName, _ forecast: InferenceForecast, _ trace: FrameTrace) {}

    func hasLooked(_ look: CameraLooks.Finished) {
        looks += 1
        tell(look.events, of: look.camera)
    }

    func sees(_ view: CameraView, of camera: CameraName) {}
    func tell(_ events: [Event], of camera: CameraName) { for event in events { told.note(event) } }
}

/// Visits from their events.
private struct VisitLog {
    private var order: [String] = []
    private var latest: [String: Event] = [:]

    mutating func note(_ event: Event) {
        if latest.updateValue(event, forKey: event.id) == nil { order.append(event.id) }
    }

    var visits: [ClipVisit] {
        order.compactMap { latest[$0] }.map { event in
            let (from, to) = (seconds(event.since), seconds(event.at))
            return ClipVisit(label: event.label, span: from...max(from, to), confidence: event.confidence)
        }
    }

    /// A clip's times count from 0.
    private func seconds(_ time: MonotonicTime) -> Double { Double(time.milliseconds) / 1000 }
}
