package import Base

/// The topic tree below `<prefix>/<deviceId>/`: the only place where topics are spelled.
package struct Topics: Sendable, Equatable {
    /// `<prefix>/<deviceId>`
    package let root: String
    package let deviceID: String
    package let homeAssistantPrefix: String

    /// What somebody on the broker asks of a processor or a camera.
    package enum Command: Sendable, Equatable {
        case setSettings(processor: String)
        case setEnabled(processor: String)
        case setLabel(processor: String, Label)
        case setBackground(camera: CameraName)
        case setMode
    }

    /// - Throws: `PublishError.badTopicPart` for what MQTT (3.1.1 §4.7) or Home Assistant would not take in a topic.
    package init(prefix: String, deviceID: String, homeAssistantPrefix: String) throws(PublishError) {
        guard Self.isTopicPath(prefix) else { throw .badTopicPart(what: "mqtt.topicPrefix", value: prefix) }
        guard Self.isTopicPath(homeAssistantPrefix) else {
            throw .badTopicPart(what: "mqtt.homeAssistant.prefix", value: homeAssistantPrefix)
        }
        guard (1...64).contains(deviceID.utf8.count), deviceID.utf8.allSatisfy(\.isNameCharacter) else {
            throw .badTopicPart(what: "deviceId", value: deviceID)
        }
        root = "\(prefix)/\(deviceID)"
        self.deviceID = deviceID
        self.homeAssistantPrefix = homeAssistantPrefix
    }

    package var status: String { "\(root)/status" }
    package var health: String { "\(root)/health" }
    /// Which mode is on.
    package var mode: String { "\(root)/mode" }
    package var modeSet: String { "\(mode)/set" }
    /// What is written here has to come back: nobody keeps it.
    package var check: String { "\(root)/check" }
    package func cameraStatus(_ camera: CameraName) -> String { "\(root)/camera/\(camera)/status" }
    package func cameraHealth(_ camera: CameraName) -> String { "\(root)/camera/\(camera)/health" }
    /// How many pictures of which run the broker holds.
    package var pictureMark: String { "\(root)/pictures" }
    /// What Home Assistant keeps of a camera: of its health what changes seldom.
    package func cameraAttributes(_ camera: CameraName) -> String { "\(root)/camera/\(camera)/attributes" }
    package func cameraView(_ camera: CameraName) -> String { "\(root)/camera/\(camera)/view" }
    package func cameraProblem(_ camera: CameraName) -> String { "\(root)/camera/\(camera)/problem" }
    package func cameraProblemAttributes(_ camera: CameraName) -> String { "\(cameraProblem(camera))/attributes" }
    package func backgroundSet(_ camera: CameraName) -> String { "\(root)/camera/\(camera)/background/set" }

    package func processor(_ name: ProcessorName) -> String { "\(root)/processor/\(name)" }
    package func processorStatus(_ name: ProcessorName) -> String { "\(processor(name))/status" }
    package func settings(_ name: ProcessorName) -> String { "\(processor(name))/settings" }
    package func settingsSet(_ name: ProcessorName) -> String { "\(processor(name))/settings/set" }

    /// Where a command is answered.
    package func result(of command: Command) -> String {
        switch command {
        case .setSettings(let processor), .setEnabled(let processor), .setLabel(let processor, _):
            "\(root)/processor/\(processor)/settings/result"
        case .setBackground(let camera): "\(root)/camera/\(camera)/background/result"
        case .setMode: "\(mode)/result"
        }
    }
    package func enabled(_ name: ProcessorName) -> String { "\(processor(name))/enabled" }
    package func enabledSet(_ name: ProcessorName) -> String { "\(processor(name))/enabled/set" }
    package func labelEnabled(_ name: ProcessorName, _ label: Label) -> String { "\(state(name, label))/enabled" }
    package func labelEnabledSet(_ name: ProcessorName, _ label: Label) -> String {
        "\(labelEnabled(name, label))/set"
    }
    package func event(_ name: ProcessorName) -> String { "\(processor(name))/event" }
    package func state(_ name: ProcessorName, _ label: Label) -> String { "\(processor(name))/\(label.topic)" }
    package func attributes(_ name: ProcessorName, _ label: Label) -> String { "\(state(name, label))/attributes" }
    package func image(_ name: ProcessorName, _ label: Label) -> String { "\(state(name, label))/image" }

    package func face(_ name: ProcessorName) -> String { "\(processor(name))/face" }
    package func faceAttributes(_ name: ProcessorName) -> String { "\(face(name))/attributes" }

    /// `name` comes from an ARN in a request, so wildcards, levels and control characters become `_`.
    package func notification(_ name: String) -> String {
        let unsafeScalars: Set<Unicode.Scalar> = ["+", "#", "/"]
        let cleaned = name.unicodeScalars.prefix(128).map {
            unsafeScalars.contains($0) || $0.properties.generalCategory == .control ? "_" : Character($0)
        }
        return "\(root)/notifications/\(cleaned.isEmpty ? "_" : String(cleaned))"
    }

    /// Records of a face search, one for each picture that was looked at.
    package func stream(_ name: StreamName) -> String { "\(root)/streams/\(name)" }

    package var discovery: String { "\(homeAssistantPrefix)/device/\(deviceID)/config" }
    /// Beside the discovery message; Home Assistant does not listen to it.
    package var homeAssistantCheck: String { "\(homeAssistantPrefix)/device/\(deviceID)/check" }
    package var homeAssistantStatus: String { "\(homeAssistantPrefix)/status" }

    /// Only what is for us: never our own messages.
    package var commandFilters: [String] {
        ["settings/set", "enabled/set", "+/enabled/set"].map { "\(root)/processor/+/\($0)" }
            + ["\(root)/camera/+/background/set", modeSet]
    }

    /// What `watch` listens to.
    package var watchFilters: [String] {
        ["\(root)/status", "\(root)/camera/+/status", "\(root)/processor/+/status", "\(root)/processor/+/event"]
    }

    /// How `porchlight-notify` is.
    package var notifyStatus: String { "\(root)/notify/status" }

    /// Nil for a topic that is no command, or names something that cannot be a processor or a camera.
    package func command(in topic: String) -> Command? {
        guard topic.hasPrefix("\(root)/") else { return nil }
        if topic == modeSet { return .setMode }
        let levels = topic.dropFirst(root.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count >= 4, levels.last == "set" else { return nil }
        switch levels[0] {
        case "processor": return Self.command(toProcessor: String(levels[1]), levels[2...].dropLast())
        case "camera":
            guard levels[2...].dropLast() == ["background"] else { return nil }
            return CameraName(String(levels[1])).map { .setBackground(camera: $0) }
        default: return nil
        }
    }

    private static func command(toProcessor processor: String, _ levels: ArraySlice<Substring>) -> Command? {
        guard ProcessorName(processor) != nil else { return nil }
        switch levels {
        case ["settings"]: return .setSettings(processor: processor)
        case ["enabled"]: return .setEnabled(processor: processor)
        case let rest where rest.count == 2 && rest.last == "enabled":
            return Label.allCases.first { $0.topic == rest.first.map(String.init) }
                .map { .setLabel(processor: processor, $0) }
        default: return nil
        }
    }

    private static func isTopicPath(_ text: String) -> Bool {
        guard (1...256).contains(text.utf8.count), !text.hasPrefix("$") else { return false }
        let isClean = text.unicodeScalars.allSatisfy {
            $0 != "+" && $0 != "#" && $0.properties.generalCategory != .control
        }
        return isClean && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }
}
