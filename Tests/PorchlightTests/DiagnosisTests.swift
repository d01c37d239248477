import Base
import Logging
import Porchlight
import Runtime
import Settings
import Testing

@Suite("The diagnosis that may be shown to others")
struct DiagnosisTests {
    private static let settings: JSONValue = [
        "deviceId": "porch-box",
        "cameras": [
            "porch": ["source": "v4l2:/dev/video0"],
            "clip": ["source": "file:/srv//anna:S3cretClip@nas/clip.mp4", "loop": true, "pace": "realtime"],
        ],
        "model": ["path": "/srv/anna/S3cretModel"],
        "mqtt": [
            "host": "broker.lan", "username": "S3cretUser", "passwordFile": "/etc/S3cretFile",
            "tls": ["caFile": "/S3cretCA", "certFile": "/S3cretCert", "keyFile": "/S3cretKey"],
        ],
        "api": [
            "listen": "127.0.0.1:8710", "socket": "/S3cretSocket",
            "tls": ["certFile": "/S3cretAPI.crt", "keyFile": "/S3cretAPI.key"],
        ],
        "faces": ["embedder": "/S3cretEmbedder"], "storage": ["directory": "/var/lib/porchlight"],
    ]

    private static let debug: JSONValue = [
        "version": "1.2.3", "problems": ["camera clip: no file at //anna:S3cretClip@nas/clip.mp4"],
        "restarts": [["reason": "crashed"]],
        "processors": [
            [
                "name": "porch", "camera": "porch", "status": "RUNNING", "revision": 3,
                "message": "The collection id: S3cretFamily does not exist any more",
            ]
        ],
        "faceCollections": [["collection": "S3cretFamily", "faces": 7, "users": 2, "model": "embedder"]],
        "whatever comes later": "S3cretLater", "broker": ["problem": "refused: S3cretPassword"],
    ]

    private func diagnosis() throws -> JSONValue {
        var problems: [SettingProblem] = []
        let settings = try #require(Settings(checking: Self.settings, defaultDeviceID: "box", &problems))
        #expect(problems.isEmpty)
        let log = LogMemory()
        log.mask.hide("S3cretPassword", as: "MQTT password")
        let logger = Logger(label: "test") { Log(label: $0, isJournal: false, level: LogSwitch(), memory: log) }
        logger.error("broker away", metadata: ["reason": "S3cretPassword and rtsp://u:S3cret@camera/"])
        return Diagnosis(settings: settings, log: log).json(debug: Self.debug)
    }

    @Test("no password, key, token, user, or name of a family is in it, whichever way it would come there")
    func secrets() throws {
        let text = String(decoding: try diagnosis().jsonBytes, as: UTF8.self)
        #expect(!text.contains("S3cret"), "\(text)")
        #expect(!text.contains("anna"))
    }

    @Test("whoever helps finds what is the matter in it")
    func facts() throws {
        let told = try diagnosis()
        #expect(told["version"] == "1.2.3" && told["restarts"]?.array?.first?["reason"] == "crashed")
        #expect(told["problems"]?.array == ["camera clip: no file at //***@nas/clip.mp4"])
        #expect(
            told["processors"]?.array?.first == [
                "name": "porch", "camera": "porch", "status": "RUNNING", "revision": 3,
            ])
        #expect(told["faceCollections"]?.array?.first == ["faces": 7, "users": 2, "model": "embedder"])
        #expect(told["log"]?["lines"]?.array?.first?["text"]?.string?.hasPrefix("broker away") == true)
        let settings = told["settings"]
        #expect(settings?["mqtt"]?["host"] == "broker.lan" && settings?["mqtt"]?["hasPasswordFile"] == true)
        #expect(settings?["cameras"]?["porch"]?["source"] == "v4l2:/dev/video0")
        #expect(settings?["model"]?["isDefault"] == false && settings?["api"]?["certificate"] == "files")
    }
}
