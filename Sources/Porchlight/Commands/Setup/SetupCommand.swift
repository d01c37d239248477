import ArgumentParser
import Base
import Glibc
import Runtime
import Settings

/// The first minute: broker and camera, tried, written down, and started.
struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Name the broker and a camera, try both, write the config, and start the service.",
        discussion: """
            Asks for what no option says; with --yes nothing is asked, and what no option says stays as it is. Nothing is \
            written unless the broker takes this box and every camera gives pictures.
            """)

    @OptionGroup var config: ConfigOption
    @Option(help: "The MQTT broker, HOST or HOST:PORT.")
    var broker: String?
    @Option(help: "The user name at the broker.")
    var user: String?
    @Option(help: "A file whose first line is the password; the service's user must be able to read it.")
    var passwordFile: String?
    @Flag(help: "TLS to the broker.")
    var tls = false
    @Option(help: "The certificates that the broker's is checked with, instead of Debian's own list.")
    var caFile: String?
    @Option(help: "A camera (/dev/video0), or a clip; without it the only one that is there.")
    var camera: String?
    @Option(help: "The camera's name, if the config has several or is to have one more.")
    var name: String?
    @Flag(help: "Ask nothing.")
    var yes = false
    @Flag(help: "Write the config only; start nothing.")
    var noStart = false

    func run() async throws {
        try await reportingFailures {
            let before = try ConfigDraft.reading(config.config)
            try mayWrite()
            var (changes, password) = (try flags(), String?.none)
            if !yes, isatty(STDIN_FILENO) == 1 {
                (changes, password) = try SetupQuestions(config: before.json).complete(changes)
            } else {
                try complete(&changes, before.json)
            }
            let secret = password.map { StagedPassword($0, beside: config.config) }
            try secret?.write()
            defer { secret?.discard() }
            // Tried with the draft, written with its name.
            let (trial, kept) = try (draft(before, changes, secret?.draft), draft(before, changes, secret?.path))
            let settings = try trial.checked()
            try await tried(settings, since: before)
            try secret?.keep()
            try kept.write()
            print("\(config.config): written")
            try start()
            print(whereToLook(try kept.checked()))
        }
    }

    // MARK: - What is wanted

    private func flags() throws(CommandFailure) -> SetupChanges {
        var changes = SetupChanges()
        if let broker { changes.broker = try BrokerPlace.asked(broker) }
        changes.userName = user
        changes.passwordFile = try passwordFile.map { (path) throws(CommandFailure) in try readable(path) }
        changes.usesTLS = tls
        changes.authorityFile = caFile.map(Self.absolute)
        changes.cameraName = name
        changes.source = camera.map { text in
            SetupChanges.source(of: text.contains(":") ? text : Self.absolute(text))
        }
        return changes
    }

    /// Without questions: the camera is the only one that is there, unless the config has some.
    private func complete(_ changes: inout SetupChanges, _ config: JSONValue) throws(CommandFailure) {
        if changes.broker == nil, config["mqtt"]?["host"] == nil {
            throw CommandFailure(.usage, "no broker is named: give --broker HOST or HOST:PORT")
        }
        guard changes.source == nil, config["cameras"]?.object?.isEmpty ?? true else { return }
        let found = FoundCameras.usable
        guard let first = found.first else { throw CommandFailure(.noInput, FoundCameras.none) }
        guard found.count == 1 else {
            let list = found.map { "\n  \($0.words)" }.joined()
            throw CommandFailure(.usage, "there are several cameras: say with --camera which one\(list)")
        }
        changes.source = first.source
    }

    private func draft(
        _ before: ConfigDraft, _ changes: SetupChanges, _ secret: String?
    ) throws(CommandFailure) -> ConfigDraft {
        var changes = changes
        changes.passwordFile = secret ?? changes.passwordFile
        do throws(SetupChanges.Refusal) {
            return ConfigDraft(path: before.path, json: try changes.applied(to: before.json))
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    private func readable(_ path: String) throws(CommandFailure) -> String {
        let path = Self.absolute(path)
        guard unsafe access(path, R_OK) == 0 else {
            throw CommandFailure(.noInput, "--password-file \(path) cannot be read: is the path right? use sudo")
        }
        guard geteuid() == 0, config.config == ConfigOption.usual, let service = ServiceUser.named() else {
            return path
        }
        guard service.mayRead(path) else {
            throw CommandFailure(
                .noInput,
                "--password-file \(path) cannot be read by the service: sudo chgrp porchlight \(path); sudo chmod 640 \(path)"
            )
        }
        return path
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = unsafe realpath(".", nil) else { return path }
        defer { unsafe free(folder) }
        return unsafe "\(String(cString: folder))/\(path)"
    }

    private func mayWrite() throws(CommandFailure) {
        let folder = WholeFile.folder(of: config.config)
        guard unsafe access(folder, W_OK) != 0 else { return }
        throw CommandFailure(.unavailable, "\(folder) is not there, or cannot be written by this user: use sudo")
    }

    // MARK: - What is done

    private func tried(_ settings: Settings, since before: ConfigDraft) async throws {
        print("trying the broker \(settings.mqtt.host):\(settings.mqtt.port) and \(settings.cameras.count) camera(s) …")
        var old: [SettingProblem] = []
        let known = Settings(checking: before.json, defaultDeviceID: HostName.deviceID, &old)?.cameras ?? []
        let findings = await Preflight(settings, replacing: known).findings()
        for note in findings.notes { print(note) }
        guard findings.problems.isEmpty else {
            let lines = findings.problems.map { "  \($0)" }.joined(separator: "\n")
            throw CommandFailure(.unavailable, "nothing was written; mend this and try again:\n\(lines)")
        }
        print("the broker takes this box, and pictures come")
    }

    private func start() throws {
        guard !noStart else { return }
        guard config.config == ConfigOption.usual else {
            print("the service reads another config: porchlight run --config \(config.config)")
            return
        }
        if let obstacle = ServiceStart.obstacle {
            print("not started: \(obstacle). Here: porchlight run")
            return
        }
        try ServiceStart.run()
        print("\(ServiceStart.unit): enabled and started")
    }

    private func whereToLook(_ settings: Settings) -> String {
        let topics = "\(settings.mqtt.topicPrefix)/\(settings.deviceID)/#"
        return """

            \(settings.deviceID) is set up. Where to look:
              porchlight watch                   who comes by, as it happens
              journalctl -u porchlight -f        its log
              porchlight check                   whether all is well
              mosquitto_sub -v -t '\(topics)'
            \(settings.mqtt.homeAssistantDiscovery ? "Home Assistant finds it by itself: Settings, Devices, MQTT." : "")
            """
    }
}

/// A password that was written at the terminal: in a draft until the broker has taken it.
struct StagedPassword {
    /// Where the config will name it.
    let path: String
    var draft: String { "\(path).new" }
    private let text: String

    init(_ text: String, beside config: String) {
        self.text = text
        path = "\(WholeFile.folder(of: config))/mqtt.password"
    }

    func write() throws(CommandFailure) { try ConfigDraft.write(Array("\(text)\n".utf8), to: draft) }

    func keep() throws(CommandFailure) { try ConfigDraft.write(Array("\(text)\n".utf8), to: path) }

    func discard() { _ = unsafe unlink(draft) }
}
