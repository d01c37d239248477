import Base

extension Routes {
    /// `GET /diagnosis`: a file for whoever helps. Browsers keep it instead of showing it.
    @Sendable static func diagnosis(_ call: Route.Call, _ sources: RouteSources) async -> Answer {
        var answer = json(await sources.health.diagnosis())
        answer.headers.append(("Content-Disposition", "attachment; filename=\"porchlight-diagnosis.json\""))
        return answer
    }
}
