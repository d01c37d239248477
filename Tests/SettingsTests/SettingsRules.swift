import Base
import Foundation
import Settings
import Testing

/// One key, values that it takes and values that it refuses.
struct Rule: Sendable, CustomTestStringConvertible {
    let path: [String]
    let good: [JSONValue]
    let bad: [JSONValue]

    var testDescription: String { path.joined(separator: ".") }

    private init(_ path: String, good: [JSONValue], bad: [JSONValue]) {
        self.path = path.split(separator: ".").map(String.init)
        self.good = good
        self.bad = bad
    }

    private static func whole(_ path: String, _ range: ClosedRange<Int64>) -> Rule {
        let (low, high) = (range.lowerBound, range.upperBound)
        return Rule(
            path, good: [.integer(low), .integer(high), .number(Double(high))],
            bad: [
                .integer(low - 1), .integer(high + 1), .number(Double(low) + 0.5), "1", nil, true, [], [:],
                .integer(.max), .integer(.min), .number(1e300), .number(.nan), .number(.infinity),
            ])
    }

    private static func name(_ path: String) -> Rule {
        Rule(
            path, good: ["a", "porch-1_B", .string(String(repeating: "x", count: 64))],
            bad: ["", "a/b", "a+", "#", "a b", "ä", "a\u{0}", .string(String(repeating: "x", count: 65)), 1, nil])
    }

    private static func path(_ path: String, isNullable: Bool = false) -> Rule {
        Rule(
            path, good: ["/a", "/etc/porch light/ä"] + (isNullable ? [nil] : []),
            bad: ["", "a", "~/a", "/a\u{0}b", "/a\nb", .string("/" + String(repeating: "x", count: 5000)), 1, [:]])
    }

    static let all: [Rule] = [
        name("deviceId"), name("mqtt.topicPrefix"), name("mqtt.homeAssistant.prefix"),
        whole("cameras.door.width", 16...8192), whole("cameras.door.height", 16...8192),
        whole("cameras.door.fps", 1...60), whole("model.threads", 0...64), whole("mqtt.port", 1...65535),
        whole("storage.maxMegabytes", 16...1_000_000), whole("storage.maxDays", 1...3650),
        whole("storage.maxMegabytesWrittenPerDay", 1...1_000_000),
        whole("api.maxProcessors", 1...256), whole("pictures.maxKilobytes", 16...2048),
        Rule(
            "model.size", good: [nil, "640x384", "32x2048"],
            bad: ["640", "640x", "31x64", "64x2049", "0x0", "-64x64", "1e3x64", 640, [640, 640], true]),
        Rule("pictures.privacy", good: [true, false], bad: [1, "true", nil]),
        Rule("pictures.boxes", good: [true, false], bad: [0, "no", nil]),
        Rule("faces.thumbnails", good: [true, false], bad: [1, "true", nil]),
        Rule("faces.rememberStrangers", good: [true, false], bad: [0, "no", nil]),
        Rule("faces.keepStrangers", good: [true, false], bad: [1, "yes", nil]),
        Rule("faces.maxDays", good: [nil, 1, 3650], bad: [0, 3651, -1, 1.5, "14", true, [:]]),
        Rule("log.level", good: ["debug", "notice", "error"], bad: ["Debug", "trace", "", 1, nil]),
        Rule("log", good: [[:]], bad: [nil, "debug"]),
        Rule("pictures", good: [[:]], bad: [nil, true]),
        path("storage.directory"), path("mqtt.tls.caFile"), path("api.socket", isNullable: true),
        Rule(
            "api.socket", good: [.string("/" + String(repeating: "x", count: 106))],
            bad: [.string("/" + String(repeating: "x", count: 107))]),
        Rule(
            "cameras.door.source",
            good: ["v4l2:/dev/v4l/by-path/pci-0000:00-video-index0", "file:/srv/clip.mp4", "file:/srv/a:b"],
            bad: ["", "/dev/video0", "v4l2:video0", "v4l2:/dev/../etc/passwd", "v4l2:/srv/x", "file:clip.mp4", 0, nil]),
        Rule("cameras.door.format", good: ["auto", "MJPG", "YUYV", "NV12"], bad: ["mjpg", "H264", "", 1, nil]),
        Rule("cameras.door.rotate", good: [0, 90, 180, 270], bad: [-90, 45, 360, "90", nil, 90.5]),
        Rule("cameras.door.loop", good: [true, false], bad: [0, "true", nil]),
        Rule("cameras.door.pace", good: ["realtime", "full"], bad: ["fast", "Full", 1, nil]),
        Rule(
            "model.path", good: ["default", "/srv/model.onnx", "models/yolox"],
            bad: ["", "https://example.org/m.onnx", "a\nb", 1, nil]),
        Rule(
            "mqtt.host", good: ["localhost", "broker.lan", "192.168.1.5", "::1"],
            bad: ["", "mqtt://broker", "broker:1883", "a b", "a/b", 1, nil]),
        Rule(
            "mqtt.username", good: [nil, "me", "Größe"],
            bad: ["", "a\u{0}", 1, .string(String(repeating: "x", count: 257))]),
        Rule("mqtt.homeAssistant.discovery", good: [true, false], bad: ["on", 1, nil]),
        Rule("mqtt", good: [nil, [:]], bad: [true, "localhost", []]),
        Rule("mqtt.tls", good: [nil, [:]], bad: [true, "on"]),
        Rule("model", good: [[:]], bad: [nil, "default"]),
        Rule("storage", good: [[:]], bad: [nil, 1]),
        Rule("api.plaintext", good: [true, false], bad: [1, "true", nil]),
        Rule(
            "api.listen", good: ["127.0.0.1:8710", "[::1]:8710"],
            bad: [
                "", "8710", ":8710", "localhost:8710", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+80",
                "::1:8710", "[127.0.0.1]:80", "[::1]", "127.1:80", "127.0.0.1\u{0}:80", "256.0.0.1:80", 8710, nil,
            ]),
    ]
}

/// The smallest config, with room for a change at any path.
let minimal: JSONValue = ["cameras": ["door": ["source": "v4l2:/dev/video0"]]]

func problems(in json: JSONValue) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    let settings = Settings(checking: json, defaultDeviceID: "porchlight-test", &problems)
    precondition((settings == nil) == !problems.isEmpty, "settings exist exactly when there is no problem")
    return problems
}

func accepted(_ json: JSONValue) -> Settings? {
    var problems: [SettingProblem] = []
    return Settings(checking: json, defaultDeviceID: "porchlight-test", &problems)
}

func configFile(_ name: String) throws -> Data {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try Data(contentsOf: root.appending(path: "config/\(name)"))
}

extension Array {
    /// The element of a list of one.
    var only: Element? { count == 1 ? first : nil }
}

extension JSONValue {
    func at(_ path: [String]) -> JSONValue? {
        path.reduce(self) { value, key in value?[key] }
    }

    /// A copy with `value` at `path`; objects on the way are made.
    func setting(_ path: [String], to value: JSONValue) -> JSONValue {
        guard let key = path.first else { return value }
        var members = object ?? [:]
        members[key] = (members[key] ?? [:]).setting(Array(path.dropFirst()), to: value)
        return .object(members)
    }
}
