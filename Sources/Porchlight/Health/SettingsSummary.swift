import Base
import Settings

/// Of the config file what may be shown to others: of paths only the devices' and the storage's, no user name, and of files
/// with secrets only whether there is one.
enum SettingsSummary {
    static func json(of settings: Settings) -> JSONValue {
        [
            "deviceId": .string(settings.deviceID),
            "cameras": .object(
                Dictionary(uniqueKeysWithValues: settings.cameras.map { ($0.name.text, camera($0)) })),
            "model": model(settings.model), "mqtt": mqtt(settings.mqtt), "api": api(settings.api),
            "faces": faces(settings.faces),
            "storage": [
                "directory": .string(settings.storage.directory),
                "maxMegabytes": .integer(Int64(settings.storage.maxMegabytes)),
                "maxDays": .integer(Int64(settings.storage.maxDays)),
                "maxMegabytesWrittenPerDay": .integer(Int64(settings.storage.maxMegabytesWrittenPerDay)),
            ],
            "pictures": [
                "privacy": .bool(settings.pictures.isPrivate), "boxes": .bool(settings.pictures.boxes),
                "maxBytes": .integer(Int64(settings.pictures.maxBytes)),
            ],
            "log": ["level": .string(settings.log.level.rawValue)],
        ]
    }

    private static func camera(_ camera: CameraSettings) -> JSONValue {
        let source: JSONValue =
            switch camera.source {
            case .v4l2(let path): .string("v4l2:\(path)")
            case .replay(_, let loop, let pace):
                ["kind": "file", "loop": .bool(loop), "pace": .string(pace.rawValue)]
            }
        return [
            "source": source, "format": .string(camera.format.rawValue),
            "width": .integer(Int64(camera.size.width)), "height": .integer(Int64(camera.size.height)),
            "fps": .integer(Int64(camera.fps)), "rotate": .integer(Int64(camera.rotate.rawValue)),
        ]
    }

    private static func model(_ model: ModelSettings) -> JSONValue {
        [
            "isDefault": .bool(model.path == "default"), "threads": .integer(Int64(model.threads)),
            "size": model.size.map { .string("\($0)") } ?? .null,
        ]
    }

    private static func faces(_ faces: FacesSettings) -> JSONValue {
        [
            "isDefault": .bool(faces.detector == "default" && faces.embedder == "default"),
            "thumbnails": .bool(faces.thumbnails), "rememberStrangers": .bool(faces.rememberStrangers),
            "keepStrangers": .bool(faces.keepStrangers),
            "maxDays": faces.maxDays.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    private static func mqtt(_ mqtt: MQTTSettings) -> JSONValue {
        [
            "host": .string(mqtt.host), "port": .integer(Int64(mqtt.port)),
            "hasUsername": .bool(mqtt.username != nil), "hasPasswordFile": .bool(mqtt.passwordFile != nil),
            "tls": .bool(mqtt.tls != nil), "hasCertificate": .bool(mqtt.tls?.certificateFile != nil),
            "topicPrefix": .string(mqtt.topicPrefix), "homeAssistantDiscovery": .bool(mqtt.homeAssistantDiscovery),
            "homeAssistantPrefix": .string(mqtt.homeAssistantPrefix),
        ]
    }

    private static func api(_ api: APISettings) -> JSONValue {
        let certificate: JSONValue =
            switch api.tls {
            case nil: "none"
            case .own: "own"
            case .files: "files"
            }
        return [
            "listen": .string(api.listen), "hasSocket": .bool(api.socket != nil), "certificate": certificate,
            "plaintext": .bool(api.plaintext), "maxProcessors": .integer(Int64(api.maxProcessors)),
        ]
    }
}
