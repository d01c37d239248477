import Base
import Capture
import Settings

/// What `porchlight setup` asks at a terminal, for what no flag says.
struct SetupQuestions {
    /// What is there already; its values are the answers to an empty line.
    let config: JSONValue

    /// - Returns: also the password, when one was written at the terminal.
    /// - Throws: `CommandFailure` for an answer that cannot be used.
    func complete(_ changes: SetupChanges) throws -> (changes: SetupChanges, password: String?) {
        var (changes, password) = (changes, String?.none)
        let mqtt = config["mqtt"]
        if changes.broker == nil {
            let known = mqtt?["host"]?.string ?? "localhost"
            let answer = try Prompt.line("MQTT broker, HOST or HOST:PORT", known)
            if answer != known || mqtt?["host"] == nil { changes.broker = try BrokerPlace.asked(answer) }
            if !changes.usesTLS, (mqtt?["tls"] ?? .null) == .null {
                changes.usesTLS = try Prompt.agrees("TLS to the broker?")
            }
        }
        if changes.userName == nil {
            let known = mqtt?["username"]?.string ?? ""
            let answer = try Prompt.line("User at the broker (none: an empty line)", known)
            if answer != known { changes.userName = answer }
            let hasFile = mqtt?["passwordFile"]?.string != nil && answer == known
            if !answer.isEmpty, changes.passwordFile == nil, !hasFile {
                password = try Prompt.secret("Password of \(answer) (is not shown): ")
            }
        }
        if changes.source == nil { changes.source = try camera() }
        return (changes, password)
    }

    /// Nil: those of the config stay.
    private func camera() throws -> String? {
        let known = config["cameras"]?.object?.values.compactMap { $0["source"]?.string }.first
        let found = FoundCameras.usable
        for (index, camera) in found.enumerated() { print("  \(index + 1)  \(camera.words)") }
        let proposal = known ?? (found.isEmpty ? "" : "1")
        let answer = try Prompt.line("Camera, by its number, device or clip", proposal)
        if answer == known { return nil }
        if let number = Int(answer) {
            guard found.indices.contains(number - 1) else {
                throw CommandFailure(.usage, "there is no camera \(number) in the list")
            }
            return found[number - 1].source
        }
        guard !answer.isEmpty else { throw CommandFailure(.noInput, FoundCameras.none) }
        return SetupChanges.source(of: answer)
    }
}

/// What is plugged in and can be used.
struct FoundCameras {
    let source: String
    let words: String

    static let none = "no camera was found: plug one in, or name a device or a clip with --camera"

    static var usable: [FoundCameras] {
        guard let size = PixelSize(width: 1280, height: 720) else { return [] }
        return CameraList.all(size: size, fps: 10).compactMap { camera in
            guard case .usable(let format, let size, _, _) = camera.verdict else { return nil }
            return FoundCameras(
                source: "v4l2:\(camera.bestName)",
                words: "\(camera.bestName)  \(camera.capability?.card ?? "unknown"), \(format) \(size)")
        }
    }
}

extension BrokerPlace {
    /// - Throws: `CommandFailure` with what is wrong and what to do.
    static func asked(_ text: String) throws(CommandFailure) -> BrokerPlace {
        do throws(Refusal) { return try BrokerPlace(text) } catch {
            throw CommandFailure(.usage, "the broker \(error)")
        }
    }
}
