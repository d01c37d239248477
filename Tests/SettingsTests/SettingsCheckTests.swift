import Base
import Foundation
import Settings
import Testing

/// The config file's rules. Whoever breaks one of them must hear of it, by its path, and of all others at the same time.
@Suite struct SettingsCheckTests {
    @Test("one camera is all that must be said; the rest has defaults")
    func defaults() throws {
        let settings = try #require(accepted(["cameras": ["door": ["source": "v4l2:/dev/video0"]]]))
        #expect(settings.deviceID == "porchlight-test")
        let camera = try #require(settings.cameras.first)
        #expect(camera.name.text == "door")
        #expect(camera.source == .v4l2(path: "/dev/video0"))
        #expect(camera.format == .auto && camera.fps == 10 && camera.rotate == .none)
        #expect(camera.size == PixelSize(width: 1280, height: 720) && !camera.isSizeSet)
        #expect(settings.model == ModelSettings(path: "default", threads: 0))
        #expect(settings.mqtt == MQTTSettings(host: "localhost", port: 1883))
        #expect(settings.api == APISettings(address: "127.0.0.1", port: 8710, socket: "/run/porchlight/api.sock"))
        #expect(
            settings.storage
                == StorageSettings(
                    directory: "/var/lib/porchlight", maxMegabytes: 512, maxDays: 14, maxMegabytesWrittenPerDay: 100))
    }

    @Test(
        "the two files that ship with the program are valid", arguments: ["porchlight.example.json", "porchlight.json"])
    func shippedConfigs(name: String) throws {
        let json = try JSONDecoder().decode(JSONValue.self, from: configFile(name))
        var problems: [SettingProblem] = []
        let settings = Settings(checking: json, defaultDeviceID: "porchlight-test", &problems)
        #expect(problems.isEmpty && settings != nil)
    }

    @Test("the example shows every key that the program knows")
    func exampleIsComplete() throws {
        // Asking for an unknown key makes each section list the keys it knows.
        let sections: [(path: [String], text: String)] = [
            ([], "config"), (["cameras", "replay"], "cameras"), (["model"], "model"), (["faces"], "faces"),
            (["mqtt"], "mqtt"),
            (["mqtt", "tls"], "tls"), (["mqtt", "homeAssistant"], "homeAssistant"), (["api"], "api"),
            (["api", "tls"], "tls"), (["storage"], "storage"),
        ]
        let example = try JSONDecoder().decode(JSONValue.self, from: configFile("porchlight.example.json"))
        for section in sections {
            let problems = problems(in: example.setting(section.path + ["zzzzzzzz"], to: true))
            let text = try #require(problems.only, "\(section.path)").message
            let known = try #require(text.split(separator: "known here: ").last).split(separator: ", ").map(String.init)
            var shown = Set(example.at(section.path)?.object?.keys.map { $0 } ?? [])
            if section.text == "cameras" {
                shown.formUnion(example.at(["cameras", "front-door"])?.object?.keys.map { $0 } ?? [])
            }
            #expect(shown == Set(known), "section \(section.path)")
        }
    }

    @Test("faces are kept for ever and strangers in memory alone, unless the owner says otherwise")
    func faces() throws {
        let usual = try #require(accepted(minimal)).faces
        #expect(usual.maxDays == nil && usual.rememberStrangers && !usual.keepStrangers && !usual.thumbnails)
        #expect(accepted(minimal.setting(["faces"], to: ["maxDays": 30]))?.faces.maxDays == 30)
        let useless: JSONValue = ["rememberStrangers": false, "keepStrangers": true]
        let problem = try #require(problems(in: minimal.setting(["faces"], to: useless)).only)
        #expect(problem.path.description.contains("keepStrangers"))
    }

    @Test("null or no mqtt section means the broker on this box; with TLS the port is TLS's own")
    func mqttDefaults() throws {
        #expect(accepted(minimal.setting(["mqtt"], to: nil))?.mqtt == MQTTSettings(host: "localhost", port: 1883))
        let secured = accepted(minimal.setting(["mqtt"], to: ["tls": [:]]))?.mqtt
        #expect(secured?.port == 8883)
        #expect(secured?.tls?.caFile == "/etc/ssl/certs/ca-certificates.crt")
    }

    @Test("a null socket means none", arguments: [nil, "/run/x.sock"] as [String?])
    func socket(path: String?) throws {
        let value: JSONValue = path.map { .string($0) } ?? .null
        let settings = try #require(accepted(minimal.setting(["api", "socket"], to: value)))
        #expect(settings.api.socket == path)
    }

    @Test("a value inside its rule is taken", arguments: Rule.all)
    func inside(rule: Rule) {
        for value in rule.good {
            #expect(problems(in: minimal.setting(rule.path, to: value)) == [], "\(rule): \(value)")
        }
    }

    @Test("a value outside its rule is named by its path, once, and nothing else is blamed", arguments: Rule.all)
    func outside(rule: Rule) {
        for value in rule.bad {
            let problems = problems(in: minimal.setting(rule.path, to: value))
            #expect(problems.map { "\($0.path)" } == [rule.path.joined(separator: ".")], "\(rule): \(value)")
            #expect(problems.first?.message.contains("must be") == true, "\(value): says what to do")
        }
    }

    @Test("a source that names a URL or a program is refused, and told so")
    func noURLs() throws {
        for source in ["http://cam/stream", "https://x", "rtsp://cam", "exec:sh", "pipe:cat", "file://cam/x", "|sh"] {
            let problems = problems(in: minimal.setting(["cameras", "door", "source"], to: .string(source)))
            let problem = try #require(problems.only)
            #expect("\(problem)".hasPrefix("cameras.door.source: is \"\(source)\"; "))
            #expect(problem.message.contains("URLs and programs are not taken"))
        }
    }

    @Test("all problems are told at once, each with its path")
    func allAtOnce() {
        let json: JSONValue = [
            "deviceID": "x", "cameras": ["front-door": ["source": "v4l2:/dev/video0", "fps": 0, "rotate": 45]],
            "mqtt": ["port": "1883", "pasword": "secret"], "api": ["listen": "0.0.0.0"], "storage": [],
        ]
        let problems = problems(in: json)
        #expect(
            problems.map { "\($0.path)" } == [
                "deviceID", "cameras.front-door.fps", "cameras.front-door.rotate", "mqtt.pasword", "mqtt.port",
                "api.listen", "storage",
            ])
        #expect("\(problems[0])" == "deviceID: is not a setting; did you mean deviceId?")
        #expect("\(problems[1])" == "cameras.front-door.fps: is 0; must be a whole number from 1 to 60")
        #expect("\(problems[4])" == "mqtt.port: is \"1883\"; must be a whole number from 1 to 65535")
    }

    @Test("a password in the file is refused without being repeated")
    func secretsStayUnseen() throws {
        let problem = try #require(problems(in: minimal.setting(["mqtt", "password"], to: "hunter2")).only)
        #expect(!"\(problem)".contains("hunter2"))
        #expect("\(problem)".contains("passwordFile"))
    }

    @Test(
        "beyond loopback there is TLS, the box's own if need be, unless somebody says in so many words that there is none",
        arguments: ["0.0.0.0:8710", "192.168.1.4:80", "[::]:8710"])
    func openListen(address: String) throws {
        let open = minimal.setting(["api", "listen"], to: .string(address))
        #expect(accepted(open)?.api.tls == .own)
        #expect(accepted(open.setting(["api", "plaintext"], to: false))?.api.tls == .own)
        #expect(accepted(open.setting(["api", "tls"], to: [:]))?.api.tls == .own)
        let plain = try #require(accepted(open.setting(["api", "plaintext"], to: true)))
        #expect(plain.api.plaintext && plain.api.tls == nil)
        let tls: JSONValue = ["certFile": "/etc/a.crt", "keyFile": "/etc/a.key"]
        let files = APISettings.TLS(certificateFile: "/etc/a.crt", keyFile: "/etc/a.key")
        #expect(accepted(open.setting(["api", "tls"], to: tls))?.api.tls == .files(files))
    }

    @Test(
        "loopback needs neither", arguments: ["127.0.0.1:1", "127.9.9.9:65535", "[::1]:8710", "[::ffff:127.0.0.1]:80"])
    func loopbackListen(address: String) throws {
        let settings = try #require(accepted(minimal.setting(["api", "listen"], to: .string(address))))
        #expect(address.hasSuffix(":\(settings.api.port)") && settings.api.tls == nil)
        #expect(address.contains(settings.api.address))
    }

    @Test("halves of a pair are missed")
    func pairs() {
        #expect(paths(["api", "tls"], ["certFile": "/a"]) == ["api.tls.keyFile"])
        #expect(paths(["mqtt", "tls"], ["certFile": "/a"]) == ["mqtt.tls.keyFile"])
        #expect(paths(["mqtt", "tls"], ["keyFile": "/a"]) == ["mqtt.tls.certFile"])
        #expect(paths(["mqtt", "passwordFile"], "/a") == ["mqtt.passwordFile"])
    }

    @Test("a config needs a camera, and two cameras cannot share a device")
    func cameras() {
        #expect(problems(in: [:]).map { "\($0.path)" } == ["cameras"])
        #expect(paths(["cameras"], [:]) == ["cameras"])
        #expect(paths(["cameras"], ["a"]) == ["cameras"])
        #expect(paths(["cameras", "twin"], ["source": "v4l2:/dev/video0"]) == ["cameras.twin.source"])
        #expect(paths(["cameras", "a b"], ["source": "v4l2:/dev/video1"]) == ["cameras.\"a b\""])
        let many = (0..<17).map { ("c\($0)", ["source": .string("v4l2:/dev/video\($0)")] as JSONValue) }
        #expect(paths(["cameras"], .object(Dictionary(uniqueKeysWithValues: many))) == ["cameras"])
    }

    @Test("a text that is no object at all is one problem for the file", arguments: [nil, 3, "x", []] as [JSONValue])
    func notAnObject(json: JSONValue) {
        #expect(problems(in: json).map { "\($0.path)" } == ["config", "cameras"])
    }

    @Test("messages stay short and on one line, whatever came in")
    func hostileText() throws {
        let nasty = String(repeating: "x\n\u{1B}[31m", count: 10_000)
        for path in [["api", "listen"], ["cameras", nasty], [nasty], ["cameras", "door", "source"]] {
            for problem in problems(in: minimal.setting(path, to: .string(nasty))) {
                #expect("\(problem)".utf8.count < 700)
                #expect(!"\(problem)".unicodeScalars.contains { $0.value < 0x20 })
            }
        }
    }

    private func paths(_ path: [String], _ value: JSONValue) -> [String] {
        problems(in: minimal.setting(path, to: value)).map { "\($0.path)" }
    }
}
