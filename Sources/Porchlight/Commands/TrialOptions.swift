import ArgumentParser
import Base

/// Settings for a while: `porchlight processor update --trial 10m`.
struct TrialOptions: ParsableArguments {
    @Option(help: "Take the change back after this time unless it is confirmed: 90s, 10m, 2h; at most 24h.")
    var trial: String?

    @Flag(help: "Keep the settings that are on trial.")
    var confirm = false

    @Flag(help: "Take the settings that are on trial back now.")
    var revert = false

    var ends: Bool { confirm || revert }

    /// What the API reads.
    /// - Throws: `ValidationError` for a time that is none.
    var headers: [(String, String)] {
        get throws {
            if confirm { return [("X-Porchlight-Trial", "confirm")] }
            if revert { return [("X-Porchlight-Trial", "revert")] }
            guard let trial else { return [] }
            return [("X-Porchlight-Trial-Seconds", String(try Self.seconds(of: trial)))]
        }
    }

    func validate() throws { _ = try headers }

    /// `90`, `90s`, `10m` or `2h` in seconds.
    private static func seconds(of text: String) throws -> Int {
        let seconds = Int(text) ?? Duration(span: text).map { Int($0.milliseconds / 1000) }
        guard let seconds, SettingsTrial.range.contains(seconds) else {
            throw ValidationError("--trial \(text): give a time from 1s to 24h, for example 90s, 10m or 2h")
        }
        return seconds
    }
}
