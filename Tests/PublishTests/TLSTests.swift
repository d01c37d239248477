import Base
import Foundation
import Publish
import Settings
import Testing

/// Certificates of a CA that lives in a folder, made by openssl.
private final class HomeMadeCA: Sendable {
    let folder: String
    var file: String { "\(folder)/ca.pem" }

    init() throws {
        folder = NSTemporaryDirectory() + "porchlight-ca-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let config = """
            [ca]
            default_ca = home
            [home]
            database = \(folder)/index
            new_certs_dir = \(folder)
            certificate = \(folder)/ca.pem
            private_key = \(folder)/ca.key
            default_md = sha256
            policy = any
            rand_serial = yes
            unique_subject = no
            [any]
            commonName = supplied
            """
        try config.write(toFile: folder + "/config", atomically: true, encoding: .utf8)
        try Data().write(to: URL(fileURLWithPath: folder + "/index"))
        try Self.openssl(
            Self.newKey + [
                "-x509", "-days", "3650", "-subj", "/CN=home", "-keyout", "\(folder)/ca.key", "-out", file,
            ])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// `<folder>/<name>.pem` and `.key`, valid between two days in the form `YYYYMMDD`.
    func issue(_ name: String, for host: String, from: String = "20200101", to: String = "20400101") throws {
        try Self.openssl(
            Self.newKey + ["-subj", "/CN=\(host)", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).csr"])
        try Self.openssl([
            "ca", "-batch", "-notext", "-config", "\(folder)/config", "-in", "\(folder)/\(name).csr", "-out",
            "\(folder)/\(name).pem", "-startdate", "\(from)000000Z", "-enddate", "\(to)000000Z",
        ])
    }

    private static let newKey = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private static func openssl(_ arguments: [String]) throws {
        try Child("/usr/bin/openssl", arguments).waitForEnd()
    }
}

/// Against a real mosquitto with self-made certificates.
@Suite("TLS with a real broker", .enabled(if: RealBroker.isInstalled), .timeLimit(.minutes(2)), .serialized)
struct TLSTests {
    private let home: HomeMadeCA

    init() throws { home = try HomeMadeCA() }

    private func broker(_ certificate: String, _ extra: [String] = []) throws -> RealBroker {
        let files = ["certfile \(home.folder)/\(certificate).pem", "keyfile \(home.folder)/\(certificate).key"]
        return try RealBroker(extra: files + extra)
    }

    /// What the box says about the broker; nil when it is connected.
    private func complaint(_ broker: RealBroker, _ tls: MQTTSettings.TLS? = nil) async throws -> String? {
        // Nobody else may hold it, and its end is the broker's.
        defer { withExtendedLifetime(broker) {} }
        let usual = MQTTSettings.TLS(caFile: home.file, certificateFile: nil, keyFile: nil)
        let settings = MQTTSettings(host: "localhost", port: broker.port, tls: tls ?? usual)
        let publisher = try Publisher(
            settings: settings, deviceID: "box", bootID: "boot", outbox: MemoryOutbox(), commands: MemoryCommands(),
            pace: .quick, registerFile: nil, logger: quiet)
        try publisher.start()
        _ = await eventually {
            publisher.linkStatus.lastError != nil || (publisher.linkStatus.isConnected && publisher.isWhole)
        }
        let status = publisher.linkStatus
        await publisher.stop()
        return status.isConnected ? nil : status.lastError ?? "nothing"
    }

    @Test("a home-made CA is enough")
    func homeMade() async throws {
        try home.issue("server", for: "localhost")
        #expect(try await complaint(try broker("server")) == nil)
    }

    @Test("a certificate that has expired is called expired")
    func expired() async throws {
        try home.issue("server", for: "localhost", from: "20200101", to: "20210101")
        let text = try #require(try await complaint(try broker("server")))
        #expect(text.contains("has expired"), "\(text)")
        #expect(text.contains("this box's clock says 20"), "\(text)")
    }

    @Test("a certificate of tomorrow is called not valid yet, with the clock of this box beside it")
    func notYetValid() async throws {
        try home.issue("server", for: "localhost", from: "20390101", to: "20400101")
        let text = try #require(try await complaint(try broker("server")))
        #expect(text.contains("not valid yet") && text.contains("this box's clock says 20"), "\(text)")
    }

    @Test("a certificate of a stranger is called one, and the file is named in which its CA is missing")
    func unknownCA() async throws {
        try home.issue("server", for: "localhost")
        let stranger = try HomeMadeCA()
        let tls = MQTTSettings.TLS(caFile: stranger.file, certificateFile: nil, keyFile: nil)
        let text = try #require(try await complaint(try broker("server"), tls))
        #expect(text.contains("unknown CA") && text.contains(stranger.file), "\(text)")
    }

    @Test("a certificate for another host is called that, with the name that was asked for")
    func otherHost() async throws {
        try home.issue("server", for: "broker.example")
        let text = try #require(try await complaint(try broker("server")))
        #expect(text.contains(#"not for "localhost""#) && text.contains("mqtt.host"), "\(text)")
    }

    @Test("a broker that wants a client certificate gets it; without one, or with a stranger's, the reason is named")
    func clientCertificate() async throws {
        try home.issue("server", for: "localhost")
        try home.issue("client", for: "box")
        let broker = try broker("server", ["cafile \(home.file)", "require_certificate true"])
        let good = MQTTSettings.TLS(
            caFile: home.file, certificateFile: "\(home.folder)/client.pem", keyFile: "\(home.folder)/client.key")
        #expect(try await complaint(broker, good) == nil)
        let none = try #require(try await complaint(broker))
        #expect(none.contains("wants a client certificate") && none.contains("mqtt.tls.certFile"), "\(none)")
        let stranger = try HomeMadeCA()
        try stranger.issue("client", for: "box")
        let foreign = MQTTSettings.TLS(
            caFile: home.file, certificateFile: "\(stranger.folder)/client.pem",
            keyFile: "\(stranger.folder)/client.key")
        let refused = try #require(try await complaint(broker, foreign))
        #expect(refused.contains("refuses our client certificate"), "\(refused)")
        let mixed = MQTTSettings.TLS(
            caFile: home.file, certificateFile: "\(home.folder)/client.pem", keyFile: "\(stranger.folder)/client.key")
        let unfit = try #require(try await complaint(broker, mixed))
        #expect(unfit.contains("do not belong together"), "\(unfit)")
    }

    @Test("a port without TLS is called that")
    func noTLS() async throws {
        let text = try #require(try await complaint(try RealBroker()))
        #expect(text.contains("does not speak TLS"), "\(text)")
    }
}

@Suite struct TLSTroubleTests {
    private let broker = MQTTSettings(
        host: "b", port: 1, tls: MQTTSettings.TLS(caFile: "/ca", certificateFile: nil, keyFile: nil))

    @Test("on a retained whose clock was never set the clock is to blame, not the broker", arguments: [9, 10])
    func clockNotSet(verdict: Int) throws {
        var trouble = TLSTrouble()
        #expect(trouble.words(for: broker, at: .now()) == nil)
        trouble.note("certificate verify failed", verdict: verdict)
        let text = try #require(trouble.words(for: broker, at: WallTime(milliseconds: 12_000)))
        #expect(text.hasPrefix("this box's clock says 1970-01-01T00:00:12.000Z, which is wrong"))
    }

    @Test("a broker that dies without TLS's goodbye is no trouble with TLS")
    func unexpectedEnd() {
        var trouble = TLSTrouble()
        trouble.note("OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading", verdict: 0)
        #expect(trouble.words(for: broker, at: .now()) == nil)
    }

    @Test("what OpenSSL says and nobody foresaw is passed on")
    func other() {
        var trouble = TLSTrouble()
        trouble.note("something new", verdict: 0)
        #expect(trouble.words(for: broker, at: .now()) == "something new")
        trouble.note("certificate verify failed", verdict: 23)
        #expect(trouble.words(for: broker, at: .now()) == "the broker's certificate is refused: certificate revoked")
    }
}
