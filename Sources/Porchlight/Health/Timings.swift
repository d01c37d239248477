import Runtime
import Synchronization

/// How long the stages of the work have taken since the start, for `/metrics`.
final class Timings: Sendable {
    enum Stage: String, CaseIterable, Sendable {
        /// A look of the network at one picture, and what follows from it.
        case inference = "inference_duration_seconds"
        /// A picture made whole for the network.
        case decode = "decode_duration_seconds"
    }

    private let histograms = Mutex<[Stage: DurationHistogram]>([:])

    func note(_ stage: Stage, _ duration: Duration?) {
        guard let duration else { return }
        histograms.withLock { $0[stage, default: DurationHistogram()].note(duration) }
    }

    /// Prometheus text format.
    var prometheusText: String {
        let histograms = histograms.withLock { $0 }
        return Stage.allCases.map { histograms[$0]?.prometheusText("porchlight_\($0.rawValue)") ?? "" }.joined()
    }
}
