import Base
import Rekognition

extension Routes {
    /// `GET /why`: what was told and why, and what was not told and why not, the newest first.
    @Sendable static func why(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let query = try Query(
            call.head, knows: ["processor", "label", "kind", "since", "until", "limit"])
        let limits = 1...WhyQuery.mostRecords
        let wanted = WhyQuery(
            processor: try query.processor, label: try query.label,
            kind: try query.value("kind", "visit or missed") { WhyRecord.Kind(rawValue: $0) },
            since: try query.time("since"), until: try query.time("until"),
            limit: try query.value("limit", "\(limits.lowerBound) to \(limits.upperBound)") { text in
                Int(text).flatMap { limits.contains($0) ? $0 : nil }
            } ?? 100)
        let records = await (try sources.reasons()).records(wanted)
        return json(["records": .array(records.map(\.json))])
    }

    /// `GET /why/thresholds`: what each MinConfidence would have given, of the last day unless `since` says otherwise.
    @Sendable static func whyThresholds(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let query = try Query(call.head, knows: ["processor", "label", "since"])
        guard let processor = try query.processor else {
            throw APIError(.invalidParameter, "processor must be the name of a stream processor.")
        }
        let day = WallTime(milliseconds: WallTime.now().milliseconds - 86_400_000)
        let counts = await (try sources.reasons()).thresholds(
            of: processor, label: try query.label, since: try query.time("since") ?? day)
        return json([
            "visits": .array(counts.visits.map { .integer(Int64($0)) }), "knownFrom": .integer(Int64(counts.knownFrom)),
            "since": .string(counts.since.rfc3339),
        ])
    }
}

extension RouteSources {
    func reasons() throws(APIError) -> any WhySource {
        guard let why else { throw APIError(.internalServerError, "Nobody is told why here.") }
        return why
    }
}

extension Query {
    fileprivate var processor: ProcessorName? {
        get throws(APIError) { try value("processor", "the name of a stream processor") { ProcessorName($0) } }
    }

    fileprivate var label: Label? {
        get throws(APIError) {
            try value("label", "PERSON, PET or PACKAGE") { Label(rawValue: $0.uppercased()) }
        }
    }
}
