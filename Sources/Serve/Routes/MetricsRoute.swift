import Base
import Synchronization

extension Routes {
    /// `GET /metrics`: Prometheus text format.
    @Sendable static func metrics(_ call: Route.Call, _ sources: RouteSources) async -> Answer {
        let text = await sources.health.metricsText()
        return Answer(
            status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: Array(
                (text + (text.hasSuffix("\n") || text.isEmpty ? "" : "\n") + sources.counters.text
                    + "# TYPE porchlight_api_viewers gauge\nporchlight_api_viewers \(sources.viewers.inUse)\n"
                    + "# TYPE porchlight_api_look_viewers gauge\n"
                    + "porchlight_api_look_viewers \(sources.watchers.inUse)\n"
                    + "# TYPE porchlight_api_looks_missed_total counter\n"
                    + "porchlight_api_looks_missed_total \(sources.missedLooks.count)\n").utf8))
    }
}

/// What this room counts.
final class RequestCounters: Sendable {
    private let successes = Atomic(0)
    private let refusals = Atomic(0)
    private let failures = Atomic(0)
    private let strangers = Atomic(0)

    func count(status: Int) {
        switch status {
        case 500...: failures.add(1, ordering: .relaxed)
        case 400...: refusals.add(1, ordering: .relaxed)
        default: successes.add(1, ordering: .relaxed)
        }
    }

    func countStranger() { strangers.add(1, ordering: .relaxed) }

    var text: String {
        """
        # TYPE porchlight_api_requests_total counter
        porchlight_api_requests_total{status="2xx"} \(successes.load(ordering: .relaxed))
        porchlight_api_requests_total{status="4xx"} \(refusals.load(ordering: .relaxed))
        porchlight_api_requests_total{status="5xx"} \(failures.load(ordering: .relaxed))
        # TYPE porchlight_api_refused_credentials_total counter
        porchlight_api_refused_credentials_total \(strangers.load(ordering: .relaxed))

        """
    }
}
