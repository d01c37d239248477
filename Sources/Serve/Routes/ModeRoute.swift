import Base
import Rekognition

extension Routes {
    /// `GET /modes`: which mode is on, and all there are. AWS has no operation for it.
    @Sendable static func modes(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        json(await (try sources.knownModes()).list())
    }

    /// `PUT /modes/<name>`: keeps a mode.
    @Sendable static func keepMode(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let request = try object(in: call)
        return json(try await sources.knownModes().keep(call.wildcard, request))
    }

    /// `DELETE /modes/<name>`
    @Sendable static func deleteMode(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        json(try await sources.knownModes().delete(call.wildcard))
    }

    /// `POST /mode`: switches.
    @Sendable static func enterMode(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        json(try await sources.knownModes().enter(try object(in: call)))
    }
}

extension RouteSources {
    fileprivate func knownModes() throws(APIError) -> ModeAPI {
        guard let modes else { throw APIError(.internalServerError, "There are no modes here.") }
        return modes
    }
}
