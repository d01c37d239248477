import Base

extension Routes {
    /// `GET /debug`: what every part of the daemon does right now, as JSON, for whoever looks for a fault.
    @Sendable static func debug(_ call: Route.Call, _ sources: RouteSources) async -> Answer {
        Answer(
            status: 200, contentType: "application/json", body: await sources.health.debugDump().jsonBytes)
    }
}
