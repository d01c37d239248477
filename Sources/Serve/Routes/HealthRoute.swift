import Base

extension Routes {
    /// `GET /healthz`: 200 when all is well, else 503; the JSON says why. The only route that anybody may ask.
    @Sendable static func health(_ call: Route.Call, _ sources: RouteSources) async -> Answer {
        let report = await sources.health.health()
        return Answer(
            status: report.isHealthy ? 200 : 503, contentType: "application/json", body: report.json.jsonBytes)
    }
}
