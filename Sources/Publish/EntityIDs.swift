import Runtime

/// The ids of Home Assistant's entities: different for whatever differs, and the same for ever for what stays.
///
/// An id was always `<owner>_<kind>`, with `.` as `_` and a hash behind it. That form stays, but two things may share one:
/// `front` with the kind `person_enabled`, and `front_person` with `enabled`. So each such text belongs to one owner, the
/// one with the longest kind, whoever is there; all others get a form of their own that begins with `--` and holds the
/// length of the name, so that it can be read in one way only. Between boxes it is the same: `house` with `front_door`
/// keeps its ids, `house_front` with `door` gets others.
package struct EntityIDs: Sendable {
    /// What is looked at first when an id is read. A kind that is not listed is safe, but always gets the longer form; one
    /// that is added takes its texts away from others, unless it has no `_` and is no end of another kind.
    private static let kinds: [String] = {
        let labels = ["person", "pet", "package"]
        let perLabel = labels.flatMap { [$0, "\($0)_image", "\($0)_count", "\($0)_enabled", "\($0)_confidence"] }
        let ofProcessors = perLabel + ["event", "min_confidence", "enabled", "status", "face", "recognition"]
        let ofCameras = ["camera", "problem", "background", "forget_background"]
        let ofTheBox = [
            "cpuPercent", "rssMb", "temperatureC", "inferenceMs", "framesDropped", "bytesWrittenToday", "eventQueue",
            "eventsWaiting", "eventsDropped", "lastRestart", "version", "problems", "mode",
        ]
        let figures = ["fpsIn", "fpsAnalysed", "framesLost", "framesCorrupt"]
        let happenings = Happening.allCases.map(\.rawValue) + [HomeAssistantDiscovery.recognized]
        let triggers = happenings.map { "trigger_\($0)" }
        return (figures + triggers + ofProcessors + ofCameras + ofTheBox).sorted { $0.utf8.count > $1.utf8.count }
    }()

    /// Names with more places where a `.` may have been get the longer form.
    private static let mostSeparators = 10
    private static let mark = "--"

    private let deviceID: String

    package init(deviceID: String) { self.deviceID = deviceID }

    /// The component's key in the discovery message of this box.
    package func component(_ owner: String, _ kind: String) -> String {
        let id = Self.id(owner, kind)
        // Another unique id takes another key, or Home Assistant would keep the old one beside it.
        return isPlainDevice ? id : "-\(id)"
    }

    /// Different from those of all boxes.
    package func unique(_ owner: String, _ kind: String) -> String {
        let device = isPlainDevice ? deviceID : Self.marked(deviceID)
        return "porchlight_\(device)_\(Self.id(owner, kind))"
    }

    /// Whether the first `_` behind the name can only be its end.
    private var isPlainDevice: Bool { !deviceID.contains("_") && !deviceID.hasPrefix(Self.mark) }

    /// Home Assistant's ids know `a-z A-Z 0-9 _ -`.
    private static func id(_ owner: String, _ kind: String) -> String {
        let plain = "\(plainName(owner))_\(kind)"
        let isOwn = !plain.hasPrefix(mark) && holder(of: plain).map { $0 == (owner, kind) } ?? false
        return isOwn ? plain : "\(marked(owner))_\(kind)"
    }

    /// Whose id the text is.
    private static func holder(of text: String) -> (owner: String, kind: String)? {
        guard let kind = kinds.first(where: { text.hasSuffix("_\($0)") }) else { return nil }
        let name = String(text.dropLast(kind.count + 1))
        return (dotted(name) ?? name, kind)
    }

    /// A name with a dot has its hash behind it, so that `a.b` and `a_b` differ.
    private static func plainName(_ name: String) -> String {
        guard name.contains(".") else { return name }
        return "\(name.replacing(".", with: "_"))-\(String(FNV1a.hash(name.utf8), radix: 16))"
    }

    /// The first name with dots whose plain form this is; nil when it is nobody's but its own.
    private static func dotted(_ text: String) -> String? {
        guard let dash = text.lastIndex(of: "-") else { return nil }
        let wanted = String(text[text.index(after: dash)...])
        var name = Array(text[..<dash].utf8)
        let places = name.indices.filter { name[$0] == UInt8(ascii: "_") }
        guard !places.isEmpty, places.count <= mostSeparators else { return nil }
        for choice in 1..<(1 << places.count) {
            for (bit, place) in places.enumerated() { name[place] = UInt8(ascii: choice >> bit & 1 == 1 ? "." : "_") }
            if String(FNV1a.hash(name), radix: 16) == wanted { return String(decoding: name, as: UTF8.self) }
        }
        return nil
    }

    /// `.` as `-d` and `-` as `--`, behind the mark and the length.
    private static func marked(_ name: String) -> String {
        let spelled = name.replacing("-", with: "--").replacing(".", with: "-d")
        return "\(mark)\(spelled.utf8.count)-\(spelled)"
    }
}
