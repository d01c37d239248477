import Base
import Logging
import Rekognition
import Runtime

extension Routes {
    /// `GET /log`: the newest lines of the log, the newest first. `level`: and above; `limit`: the most lines.
    @Sendable static func log(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let query = try Query(call.head, knows: ["level", "limit"])
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        let level = try query.value("level", "one of \(levels)") { Logger.Level(rawValue: $0.lowercased()) }
        let most = LogMemory.mostWarnings + LogMemory.mostOthers
        let limit = try query.value("limit", "1 to \(most)") { text in
            Int(text).flatMap { (1...most).contains($0) ? $0 : nil }
        }
        return json(sources.log.newest(limit ?? 100, from: level ?? .trace).json)
    }
}
