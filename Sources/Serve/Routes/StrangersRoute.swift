import Base
import Rekognition

extension Routes {
    /// `GET /strangers`: who came by without a name and would be known again, whoever came last first.
    @Sendable static func strangers(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let household = try sources.people()
        let strangers = household.traces.knownStrangers()
        return json([
            "remembered": .bool(strangers != nil), "kept": .bool(household.keepsStrangers),
            "strangers": .array((strangers ?? []).map(\.json)),
        ])
    }

    /// `DELETE /strangers/<id>`: the box does not know that face any more. What was recorded stays.
    @Sendable static func forgetStranger(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let gone = await (try sources.people()).traces.forgetStranger(call.wildcard)
        if !gone.failures.isEmpty {
            throw APIError(.internalServerError, "It is not erased yet: \(gone.failures.joined(separator: "; "))")
        }
        guard gone.strangers > 0 else {
            throw APIError(.resourceNotFound, "There is no stranger '\(call.wildcard.prefix(64))' (any more).")
        }
        return json(["ok": true])
    }
}

extension KeptStranger {
    /// Without the vector.
    fileprivate var json: JSONValue {
        ["id": .string(id), "visits": .integer(Int64(visits)), "lastSeen": .string(met.rfc3339)]
    }
}
