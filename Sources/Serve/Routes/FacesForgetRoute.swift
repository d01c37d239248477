import Base
import Rekognition

extension Routes {
    /// `POST /faces/forget`: erases every trace of a person (`Name`), or the faces of all strangers (`Strangers`: true). AWS
    /// has no operation for it.
    @Sendable static func forgetFaces(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let request = try householdRequest(call)
        if request["Strangers"]?.bool == true && request["Name"] == nil {
            return answer(try await sources.people().traces.forgetStrangers())
        }
        guard let text = request["Name"]?.string, let name = ExternalImageID(text) else {
            throw APIError(.invalidParameter, "Name must be 1 to 255 characters of a-z A-Z 0-9 _ . - :")
        }
        return answer(try await sources.people().traces.forget(name))
    }

    private static func answer(_ gone: ForgottenTraces) -> Answer {
        var members: [String: JSONValue] = [
            "Faces": .integer(Int64(gone.faces)), "Users": .integer(Int64(gone.users)),
            "Visits": .integer(Int64(gone.visits)), "Pictures": .integer(Int64(gone.pictures)),
            "Results": .integer(Int64(gone.results)), "Samples": .integer(Int64(gone.samples)),
            "Strangers": .integer(Int64(gone.strangers)),
        ]
        if !gone.failures.isEmpty { members["NotErased"] = .string(gone.failures.joined(separator: "; ")) }
        return householdAnswer(.object(members))
    }
}
