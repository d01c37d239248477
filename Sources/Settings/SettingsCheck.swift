package import Base

/// Every rule of the config file. Reads top down like the file itself.
extension Settings {
    package static let largestCameraCount = 16

    /// The checked settings, or nil with every problem of the file in `problems`, in the file's own order of sections.
    /// - Parameter defaultDeviceID: What `deviceId` is when the file names none: 1–64 characters of `a-z A-Z 0-9 _ -`.
    package init?(checking json: JSONValue, defaultDeviceID: String, _ problems: inout [SettingProblem]) {
        let before = problems.count
        let keys = ["deviceId", "cameras", "model", "faces", "mqtt", "api", "storage", "pictures", "log"]
        let file = SettingObject(json, at: .root, keys: keys, &problems)
        deviceID = file.text("deviceId", default: defaultDeviceID, .topicSegment, &problems)
        if CameraName(deviceID) == nil {
            problems.append(SettingProblem(.root["deviceId"], "is missing; \(TextRule.topicSegment.advice)"))
        }
        cameras = Self.cameras(file, &problems)
        model = ModelSettings(file, &problems)
        faces = FacesSettings(file, &problems)
        mqtt = MQTTSettings(file, &problems)
        api = APISettings(file, &problems)
        storage = StorageSettings(file, &problems)
        pictures = PictureSettings(file, &problems)
        log = LogSettings(file, &problems)
        guard problems.count == before else { return nil }
    }

    private static func cameras(_ file: SettingObject, _ problems: inout [SettingProblem]) -> [CameraSettings] {
        let path = file.path["cameras"]
        guard let entries = file["cameras"]?.object, !entries.isEmpty else {
            let advice = "must name at least one camera: { \"front-door\": { \"source\": \"v4l2:/dev/video0\" } }"
            problems.append(SettingProblem(path, file["cameras"], advice))
            return []
        }
        if entries.count > largestCameraCount {
            problems.append(SettingProblem(path, "holds \(entries.count) cameras; at most \(largestCameraCount) fit"))
        }
        var cameras: [CameraSettings] = []
        for name in entries.keys.sorted() {
            guard let camera = CameraSettings(named: name, entries[name], at: path[name], &problems) else { continue }
            if let rival = cameras.first(where: { $0.source.device != nil && $0.source.device == camera.source.device })
            {
                let text = "is the device of \(path[rival.name.text]) too; a device serves one camera"
                problems.append(SettingProblem(path[name]["source"], text))
            }
            cameras.append(camera)
        }
        return cameras
    }
}

extension CameraSettings {
    /// Keys that matter only to the other kind of source are checked all the same, so that a camera can be changed
    /// into a clip and back in one line.
    fileprivate init?(
        named text: String, _ value: JSONValue?, at path: SettingPath, _ problems: inout [SettingProblem]
    ) {
        let before = problems.count
        let name = CameraName(text)
        if name == nil {
            problems.append(SettingProblem(path, "a camera's name must be 1–64 characters of a-z A-Z 0-9 _ -"))
        }
        let keys = ["source", "format", "width", "height", "fps", "rotate", "loop", "pace"]
        let entry = SettingObject(value, at: path, keys: keys, &problems)
        let loop = entry.flag("loop", default: false, &problems)
        let pace = entry.choice("pace", default: Pace.realtime, &problems)
        let source = entry.requiredText("source", .cameraSource, &problems).flatMap {
            Source($0, loop: loop, pace: pace)
        }
        let format = entry.choice("format", default: Format.auto, &problems)
        let width = entry.whole("width", in: 16...8192, default: 1280, &problems)
        let height = entry.whole("height", in: 16...8192, default: 720, &problems)
        let fps = entry.whole("fps", in: 1...60, default: 10, &problems)
        let rotate = Rotation(entry, &problems)
        guard problems.count == before, let name, let source,
            let size = PixelSize(width: width, height: height)
        else { return nil }
        self.init(
            name: name, source: source, format: format, size: size,
            isSizeSet: entry["width"] != nil || entry["height"] != nil, fps: fps, rotate: rotate)
    }
}

extension Rotation {
    fileprivate init(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        guard let value = entry["rotate"] else {
            self = .none
            return
        }
        if let rotation = value.int.flatMap(Self.init(rawValue:)) {
            self = rotation
        } else {
            self = .none
            problems.append(SettingProblem(entry.path["rotate"], value, "must be 0, 90, 180 or 270 (clockwise)"))
        }
    }
}

extension CameraSettings.Source {
    /// Nil for whatever names neither a device nor a file: in particular for URLs and programs.
    fileprivate init?(_ text: String, loop: Bool, pace: CameraSettings.Pace) {
        guard TextRule.isPathText(text), let colon = text.firstIndex(of: ":") else { return nil }
        let path = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "v4l2":
            guard path.hasPrefix("/dev/"), !path.split(separator: "/").contains("..") else { return nil }
            self = .v4l2(path: path)
        case "file":
            guard path.hasPrefix("/"), !path.hasPrefix("//") else { return nil }
            self = .replay(path: path, loop: loop, pace: pace)
        default: return nil
        }
    }

    fileprivate var device: String? { if case .v4l2(let path) = self { path } else { nil } }
}

extension TextRule {
    fileprivate static let cameraSource = TextRule(
        "must be v4l2:/dev/… (a camera, see: porchlight cameras) or file:/… (a clip, a picture or a folder of pictures);"
            + " URLs and programs are not taken"
    ) { CameraSettings.Source($0, loop: false, pace: .realtime) != nil }
}

extension ModelSettings {
    fileprivate init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object("model", keys: ["path", "threads", "size"], &problems)
        path = section.text("path", default: "default", .modelPath, &problems)
        threads = section.whole("threads", in: 0...64, default: 0, &problems)
        size = section.optionalText("size", .inputSize, &problems).flatMap { PixelSize($0) }
    }
}

extension MQTTSettings {
    /// The section `mqtt` of a config file.
    package init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let keys = ["host", "port", "username", "passwordFile", "tls", "topicPrefix", "homeAssistant"]
        let section =
            file.optionalObject("mqtt", keys: keys, &problems)
            ?? SettingObject(nil, at: file.path["mqtt"], keys: keys, &problems)
        host = section.text("host", default: "localhost", .host, &problems)
        tls = section.optionalObject("tls", keys: ["caFile", "certFile", "keyFile"], &problems).map {
            TLS($0, &problems)
        }
        port = section.whole("port", in: 1...65535, default: tls == nil ? 1883 : 8883, &problems)
        username = section.optionalText("username", .userName, &problems)
        passwordFile = section.optionalText("passwordFile", .absolutePath, &problems)
        if passwordFile != nil && (section["username"] ?? .null) == .null {
            let text = "needs mqtt.username: MQTT 3.1.1 has no password without a user name"
            problems.append(SettingProblem(section.path["passwordFile"], text))
        }
        topicPrefix = section.text("topicPrefix", default: "porchlight", .topicSegment, &problems)
        let assistant = section.object("homeAssistant", keys: ["discovery", "prefix"], &problems)
        homeAssistantDiscovery = assistant.flag("discovery", default: true, &problems)
        homeAssistantPrefix = assistant.text("prefix", default: "homeassistant", .topicSegment, &problems)
    }
}

extension MQTTSettings.TLS {
    fileprivate init(_ section: SettingObject, _ problems: inout [SettingProblem]) {
        caFile = section.text("caFile", default: "/etc/ssl/certs/ca-certificates.crt", .absolutePath, &problems)
        certificateFile = section.optionalText("certFile", .absolutePath, &problems)
        keyFile = section.optionalText("keyFile", .absolutePath, &problems)
        if (section["certFile"] ?? .null) == .null && keyFile != nil {
            problems.append(SettingProblem(section.path["certFile"], nil, "a client key needs its certificate"))
        } else if (section["keyFile"] ?? .null) == .null && certificateFile != nil {
            problems.append(SettingProblem(section.path["keyFile"], nil, "a client certificate needs its key"))
        }
    }
}

extension APISettings {
    fileprivate init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object("api", keys: ["listen", "socket", "tls", "plaintext", "maxProcessors"], &problems)
        let text = section.text("listen", default: "127.0.0.1:8710", .listen, &problems)
        let listen = ListenAddress(text)
        address = listen?.address.text ?? "127.0.0.1"
        port = listen?.port ?? 8710
        socket = section.optionalText("socket", default: "/run/porchlight/api.sock", .socketPath, &problems)
        plaintext = section.flag("plaintext", default: false, &problems)
        maxProcessors = section.whole("maxProcessors", in: 1...256, default: 32, &problems)
        let stated = section.optionalObject("tls", keys: ["certFile", "keyFile"], &problems).map {
            Certificate($0, &problems)
        }
        // Nobody is open to the network without encryption by mistake.
        let isOpen = listen.map { !$0.address.isLoopback } ?? false
        tls = stated ?? (isOpen && !plaintext ? .own : nil)
    }
}

extension APISettings.Certificate {
    /// An empty section: the program's own certificate.
    fileprivate init(_ section: SettingObject, _ problems: inout [SettingProblem]) {
        guard section["certFile"] != nil || section["keyFile"] != nil else {
            self = .own
            return
        }
        self = .files(
            APISettings.TLS(
                certificateFile: section.requiredText("certFile", .absolutePath, &problems) ?? "",
                keyFile: section.requiredText("keyFile", .absolutePath, &problems) ?? ""))
    }
}

extension TextRule {
    fileprivate static let listen = TextRule(
        "must be a numeric address and a port from 1 to 65535, such as 127.0.0.1:8710 or [::1]:8710"
    ) { ListenAddress($0) != nil }
}

extension PictureSettings {
    fileprivate init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object("pictures", keys: ["privacy", "boxes", "maxKilobytes"], &problems)
        isPrivate = section.flag("privacy", default: false, &problems)
        boxes = section.flag("boxes", default: true, &problems)
        maxBytes = section.whole("maxKilobytes", in: 16...2048, default: 256, &problems) << 10
    }
}

extension StorageSettings {
    fileprivate init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        let section = file.object(
            "storage", keys: ["directory", "maxMegabytes", "maxDays", "maxMegabytesWrittenPerDay"], &problems)
        directory = section.text("directory", default: "/var/lib/porchlight", .absolutePath, &problems)
        maxMegabytes = section.whole("maxMegabytes", in: 16...1_000_000, default: 512, &problems)
        maxDays = section.whole("maxDays", in: 1...3650, default: 14, &problems)
        maxMegabytesWrittenPerDay = section.whole(
            "maxMegabytesWrittenPerDay", in: 1...1_000_000, default: 100, &problems)
    }
}

extension LogSettings {
    fileprivate init(_ file: SettingObject, _ problems: inout [SettingProblem]) {
        level = file.object("log", keys: ["level"], &problems).choice("level", default: .notice, &problems)
    }
}
