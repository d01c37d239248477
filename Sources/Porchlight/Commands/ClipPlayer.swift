import Base
import Decode
import Evaluate
import Interpret

/// Plays clips through everything that a camera's pictures go through (gate, network, scene, visits), each by itself and as
/// fast as it can be looked at, and tells the visits. The same clip gives the same visits each time.
final class ClipPlayer {
    private let network: Network
    private let secondLooks: SecondLooks
    private let pool = FramePool(capacity: 3)

    init(network: Network) {
        self.network = network
        secondLooks = SecondLooks(network: network, isBounded: false)
    }

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
        var pipeline = CameraPipeline(camera: camera, hasOwnTime: true)
        let processors = [Self.everything(of: network, camera)]
        var (outcome, told) = (Outcome(), VisitLog())
        while case .frame(let frame) = try reader.next() {
            outcome.pictures += 1
            let found = pipeline.advance(CameraPicture(frame), for: processors, with: network, secondLooks) { _ in frame
            }
            guard let found else { continue }
            outcome.looks += 1
            for event in found.events { told.note(event) }
        }
        guard outcome.pictures > 0 else { throw reader.lastDamage ?? .corrupt("no picture in it") }
        for event in pipeline.endVisits(.clipEnded, at: .now()) { told.note(event) }
        outcome.visits = told.visits
        outcome.corrupt = reader.corrupt
        return outcome
    }

    /// As the first processor of a new camera: all labels from 50 % on, the whole picture.
    private static func everything(of network: Network, _ camera: CameraName) -> ActiveProcessor {
        ActiveProcessor(
            name: ProcessorName(camera), camera: camera,
            settings: AnalysisSettings(
                labelNames: ["ALL"], labels: network.labels, minConfidence: AnalysisSettings.defaultMinConfidence,
                regions: [], revision: 1), sessionID: "clip", dataSharingOptIn: false)
    }
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
