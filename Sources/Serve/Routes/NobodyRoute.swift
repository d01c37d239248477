import Base
import Rekognition

extension Routes {
    /// `POST /visits/<id>/nobody`: what was seen in this visit is nobody. The same picture at the same place of that camera
    /// is not told again.
    @Sendable static func callNobody(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let why = try sources.reasons()
        do throws(NobodyError) {
            return json(try await why.callNobody(visit: call.wildcard).json)
        } catch {
            switch error {
            case .unknownVisit:
                throw APIError(
                    .resourceNotFound, "There is no visit '\(call.wildcard.prefix(64))' (any more).")
            case .noPicture:
                throw APIError(
                    .invalidParameter,
                    "This visit's picture cannot be known again: it is too small or too plain, or pictures.privacy is on."
                )
            case .tooMany(let most):
                throw APIError(
                    .limitExceeded, "\(most) places of this camera are called nobody already; take one back first.")
            }
        }
    }

    /// `GET /nobody`: all places that are called nobody, the newest first.
    @Sendable static func nobodyPlaces(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let places = await (try sources.reasons()).nobodyPlaces()
        return json(["places": .array(places.map(\.json))])
    }

    /// `DELETE /nobody/<id>`: whoever is seen there is told again.
    @Sendable static func forgetNobody(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        guard await (try sources.reasons()).forgetNobody(call.wildcard) else {
            throw APIError(.resourceNotFound, "Nothing of the id '\(call.wildcard.prefix(64))' is called nobody.")
        }
        return json(["ok": true])
    }
}
