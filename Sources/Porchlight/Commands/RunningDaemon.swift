import Base
import Glibc
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

    /// Nil when none answers. Who may not know everything hears what anybody may know.
    static func asked(_ settings: Settings) async -> RunningDaemon? {
        await Deadline.value(within: .seconds(5)) {
            if let api = try? ProcessorAPI(settings: settings), let dump = try? await api.get("/debug"),
                dump["cameras"]?.object != nil
            {
                return RunningDaemon(dump: dump)
            }
            let health = await ProcessorAPI(openRoutesOf: settings).answer("/healthz")
            return health.flatMap { $0["cameras"]?.object == nil ? nil : RunningDaemon(dump: $0) }
        } ?? nil
    }

    /// The number of another process of this program that runs the daemon; nil when there is none, or it cannot be seen.
    static var otherProcess: Int32? {
        let numbers = ((try? FolderListing.names(in: "/proc")) ?? []).compactMap { Int32($0) }
        return numbers.first { number in
            guard number != getpid(), let words = try? readFile("/proc/\(number)/cmdline", atMost: 4096) else {
                return false
            }
            let arguments = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return arguments.count > 1 && arguments[1] == "run"
                && arguments[0].split(separator: "/").last == "porchlight"
        }
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
        guard let report = dump["cameras"]?[camera.text] else { return nil }
        // What anybody may know is a word for each camera.
        if let word = report.string {
            return Word(
                isOnline: word == "online", hasProcessor: true,
                reason: "\(word); why, it tells only to its own users: sudo -u porchlight porchlight check",
                troubles: [])
        }
        guard let status = report["status"]?.string else { return nil }
        let troubles = report["troubles"]?.array?.compactMap { $0["words"]?.string } ?? []
        return Word(
            isOnline: status == "online", hasProcessor: report["hasProcessor"]?.bool ?? true,
            reason: report["reason"]?.string ?? status, troubles: troubles)
    }
}
