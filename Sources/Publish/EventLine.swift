package import Base

/// One event as a line for people, as `watch` and `make run` print it. Pure: a message's JSON in, text out.
package struct EventLine: Sendable {
    /// With ANSI colours; plain for files and pipes.
    package var isColored: Bool
    /// The folder that an event's `image` lies in, so that the path can be opened; nil shows it as it came.
    package var pictures: String?
    /// Seconds that a wall clock here is ahead of UTC at a time in seconds since 1970.
    package var secondsAhead: @Sendable (Int64) -> Int64

    package init(
        isColored: Bool, pictures: String? = nil,
        secondsAhead: @escaping @Sendable (Int64) -> Int64 = LocalTime.secondsAhead
    ) {
        self.isColored = isColored
        self.pictures = pictures
        self.secondsAhead = secondsAhead
    }

    private enum Color: Int { case red = 31, green = 32, yellow = 33, blue = 34, magenta = 35, cyan = 36, grey = 90 }

    static let barCells = 10

    /// For the JSON of `processor/<p>/event`; what is missing in it shows as `?`.
    package func text(_ event: JSONValue) -> String {
        let phase = event["phase"]?.string ?? "?"
        let label = event["event_type"]?.string ?? "?"
        var parts = [
            paint(clock(event["time"]?.string), .grey), Self.padded(Self.place(event), 12),
            paint(Self.padded(label, 8), Self.color(of: label)), Self.padded(phase, 8),
            confidence(event["confidence"]?.double),
        ]
        if let face = event["face"], face.object != nil {
            parts.append(Self.printable(face["name"]?.string ?? face["stranger"]?.string ?? Payloads.unknownFace))
        }
        if let duration = Self.duration(event), phase != "started" { parts.append(duration) }
        if let reason = event["reason"]?.string { parts.append("(\(Self.printable(reason)))") }
        if event["replayed"]?.bool == true { parts.append(paint("replayed", .yellow)) }
        if let image = event["image"]?.string {
            parts.append(paint(Self.printable(pictures.map { "\($0)/\(image)" } ?? image), .grey))
        }
        return parts.joined(separator: "  ")
    }

    /// For retained states: `front-door RUNNING`.
    package func text(state name: String, _ payload: [UInt8]) -> String {
        let word = String(decoding: payload.prefix(64), as: UTF8.self)
        let isBad = ["offline", "FAILED", "STOPPED"].contains(word)
        return "\(Self.printable(name)) is \(paint(Self.printable(word), isBad ? .red : .green))"
    }

    /// A bar of ten cells and the percent.
    package func confidence(_ percent: Double?) -> String {
        guard let percent, percent.isFinite else { return "?" }
        let bounded = min(100, max(0, percent))
        let full = Int((bounded / 100 * Double(Self.barCells)).rounded())
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.barCells - full)
        let color: Color = bounded >= 75 ? .green : (bounded >= 50 ? .yellow : .red)
        return "\(paint(bar, color)) \(Self.padded("\(Int(bounded.rounded())) %", 5))"
    }

    private func paint(_ text: String, _ color: Color) -> String {
        isColored ? "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m" : text
    }

    private static func color(of label: String) -> Color {
        switch label {
        case "person": .magenta
        case "pet": .cyan
        default: .blue
        }
    }

    private static func place(_ event: JSONValue) -> String {
        let camera = event["camera"]?.string ?? "?"
        let processor = event["processor"]?.string ?? "?"
        return camera == processor ? camera : "\(camera)/\(processor)"
    }

    /// The time of day as the clocks here show it.
    private func clock(_ time: String?) -> String {
        guard let seconds = Self.seconds(time) else { return "??:??:??" }
        let whole = Int64(seconds)
        let ofDay = (((whole + secondsAhead(whole)) % 86_400) + 86_400) % 86_400
        return [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    /// From `since` to `time`.
    private static func duration(_ event: JSONValue) -> String? {
        guard let began = seconds(event["since"]?.string), let ended = seconds(event["time"]?.string) else {
            return nil
        }
        let whole = Int(min(max(0, ended - began), 1e9).rounded())
        if whole < 60 { return "\(whole) s" }
        return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    /// Since 1970.
    private static func seconds(_ time: String?) -> Double? {
        time.flatMap(WallTime.init(rfc3339:)).map { Double($0.milliseconds) / 1000 }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        let clean = printable(text)
        return clean + String(repeating: " ", count: max(0, width - clean.count))
    }

    /// Whoever may publish must not be able to drive somebody's terminal.
    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }
}
