import Base
import Runtime
import Settings

/// The daemon with the same config, as it tells about itself: it has the cameras, so it is asked instead of them.
struct RunningDaemon {
    /// How one camera is, in the daemon's words.
    struct Word {
        let isOnline: Bool
        let hasProcessor: Bool
        let reason: String
        /// What is wrong with it while it is online.
        let troubles: [String]
    }

    private let dump: JSONValue

    /// Nil when none answers.
    static func asked(_ settings: Settings) async -> RunningDaemon? {
        await Deadline.value(within: .seconds(5)) {
            guard let api = try? ProcessorAPI(settings: settings) else { return nil }
            let dump = try? await api.get("/debug")
            return dump.flatMap { $0["cameras"]?.object == nil ? nil : RunningDaemon(dump: $0) }
        } ?? nil
    }

    /// For people who wonder why nobody opened the cameras.
    var note: String {
        let process = dump["process"]?.int.map { " (process \($0))" } ?? ""
        return "porchlight runs\(process) and was asked about its cameras"
    }

    /// What is wrong with the box; cameras have words of their own.
    var problems: [String] {
        (dump["problems"]?.array?.compactMap(\.string) ?? []).filter { !$0.hasPrefix("camera ") }
            .map { "the porchlight that runs says: \($0)" }
    }

    /// Nil for a camera that it does not know.
    func word(of camera: CameraName) -> Word? {
        guard let report = dump["cameras"]?[camera.text], let status = report["status"]?.string else { return nil }
        let troubles = report["troubles"]?.array?.compactMap { $0["words"]?.string } ?? []
        return Word(
            isOnline: status == "online", hasProcessor: report["hasProcessor"]?.bool ?? true,
            reason: report["reason"]?.string ?? status, troubles: troubles)
    }
}
