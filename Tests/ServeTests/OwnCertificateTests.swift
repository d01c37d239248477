import Base
import Foundation
import Serve
import Settings
import Testing

@Suite("A certificate that nobody has to make")
struct OwnCertificateTests {
    private static let day: Int64 = 86_400_000
    private static let now = WallTime(milliseconds: WallTime.earliestPlausible.milliseconds + 400 * day)

    private static func later(_ days: Int64) -> WallTime { WallTime(milliseconds: now.milliseconds + days * day) }

    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    private func mode(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    /// What the program `openssl` says, and whether it was content.
    private func openssl(_ arguments: String...) throws -> (text: String, isContent: Bool) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (text, process.terminationStatus == 0)
    }

    /// Whether a strict caller who trusts the authority accepts the certificate for this name, at that time.
    private func accepts(_ own: OwnCertificate, _ certificate: String, _ name: String, at time: WallTime = now) throws
        -> (text: String, isContent: Bool)
    {
        try openssl(
            "verify", "-x509_strict", "-purpose", "sslserver", "-attime", String(time.milliseconds / 1000),
            NumericAddress(name) == nil ? "-verify_hostname" : "-verify_ip", name, "-CAfile", own.authorityFile,
            certificate)
    }

    @Test("It is made once; its keys are for their owner only")
    func once() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let state = try own.state(for: ["box.local", "192.168.1.7"], at: Self.now)
            let before = (text(own.authorityFile), text(state.files.certificateFile))
            #expect(before.0.contains("BEGIN CERTIFICATE") && before.1.contains("BEGIN CERTIFICATE"))
            #expect(state.isNew && !state.isUnlimited && state.leftOut.isEmpty)
            #expect(try mode(state.files.keyFile) == 0o600 && mode(folder + "/tls/ca-key.pem") == 0o600)
            let again = try OwnCertificate(storage: folder).state(for: ["192.168.1.7"], at: Self.later(100))
            #expect(!again.isNew && again.endsAt == state.endsAt)
            #expect(before == (text(own.authorityFile), text(state.files.certificateFile)))
        }
    }

    @Test("openssl accepts it for the box's names and addresses, within its time, and for nothing else")
    func verified() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let names = ["box", "box.local", "192.168.1.7", "::1", "203.0.113.9", "2001:db8::5"]
            let file = try own.state(for: names, at: Self.now).files.certificateFile
            for name in names {
                let verdict = try accepts(own, file, name)
                #expect(verdict.isContent, "\(name): \(verdict.text)")
            }
            for name in ["www.example.com", "192.168.1.8"] {
                #expect(try !accepts(own, file, name).isContent, "\(name)")
            }
            let early = WallTime(milliseconds: WallTime.earliestPlausible.milliseconds)
            #expect(try !accepts(own, file, "box", at: early).isContent)
            #expect(try !accepts(own, file, "box", at: Self.later(500)).isContent)
        }
    }

    @Test("Whoever steals the authority's key can pass for nothing on the internet")
    func constrained() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            _ = try own.state(for: ["box.local", "192.168.1.7", "203.0.113.9"], at: Self.now)
            let said = try openssl("x509", "-in", own.authorityFile, "-noout", "-text").text
            #expect(said.contains("X509v3 Name Constraints: critical"), "\(said)")
            #expect(said.contains("Permitted:") && said.contains("DNS:box.local"))
            func forged(_ name: String) throws -> (text: String, isContent: Bool) {
                let (key, request, certificate) = (folder + "/k.pem", folder + "/r.pem", folder + "/c.pem")
                _ = try openssl(
                    "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                    "-addext", "subjectAltName=\(NumericAddress(name) == nil ? "DNS" : "IP"):\(name)", "-addext",
                    "keyUsage=digitalSignature", "-keyout", key, "-out", request)
                let made = try openssl(
                    "x509", "-req", "-in", request, "-CA", own.authorityFile, "-CAkey", folder + "/tls/ca-key.pem",
                    "-copy_extensions", "copy", "-days", "30", "-out", certificate)
                #expect(made.isContent, "\(made.text)")
                return try openssl("verify", "-purpose", "sslserver", "-CAfile", own.authorityFile, certificate)
            }
            #expect(try forged("box.local").isContent, "so that the refusals below mean something")
            for name in ["www.example.com", "other.local", "203.0.113.10", "2001:db8::1", "8.8.8.8"] {
                let verdict = try forged(name)
                #expect(!verdict.isContent && verdict.text.contains("permitted subtree violation"), "\(verdict.text)")
            }
        }
    }

    @Test("With another address (DHCP) the certificate is another one, and what callers trust stays the same")
    func addressChanged() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.state(for: ["box", "192.168.1.7"], at: Self.now).files
            let (authority, certificate) = (text(own.authorityFile), text(files.certificateFile))
            for address in ["192.168.1.8", "10.0.0.3", "fd00::7", "100.64.3.2"] {
                let state = try own.state(for: ["box", address], at: Self.now)
                #expect(state.isNew && state.leftOut.isEmpty)
                #expect(try accepts(own, files.certificateFile, address).isContent, "\(address)")
            }
            #expect(text(own.authorityFile) == authority && text(files.certificateFile) != certificate)
        }
    }

    @Test("A name that the authority was not made for is left out and told, and the others go on")
    func nameChanged() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            _ = try own.state(for: ["box", "127.0.0.1"], at: Self.now)
            let state = try own.state(for: ["other", "127.0.0.1", "203.0.113.9"], at: Self.now)
            #expect(state.leftOut == ["DNS:other", "IP:203.0.113.9"])
            #expect(try accepts(own, state.files.certificateFile, "127.0.0.1").isContent)
        }
    }

    @Test("It lives for 397 days at most, and before its end there is another one")
    func renewed() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let first = try own.state(for: ["box"], at: Self.now)
            #expect(try openssl("x509", "-in", first.files.certificateFile, "-noout", "-checkend", "0").isContent)
            #expect(first.endsAt <= Self.later(397).rfc3339)
            #expect(try !own.state(for: ["box"], at: Self.later(300)).isNew)
            let second = try own.state(for: ["box"], at: Self.later(340))
            #expect(second.isNew && second.endsAt > first.endsAt)
            #expect(try accepts(own, second.files.certificateFile, "box", at: Self.later(600)).isContent)
            #expect(try !own.state(for: ["box"], at: Self.later(340)).isNew)
        }
    }

    @Test("A clock that jumps ahead and back leaves a certificate that counts today")
    func clockJumped() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            _ = try own.state(for: ["box"], at: Self.later(3_000))
            let state = try own.state(for: ["box"], at: Self.now)
            #expect(state.isNew)
            #expect(try accepts(own, state.files.certificateFile, "box").isContent)
        }
    }

    @Test("A clock that is not set makes no new certificate of a good one, and a first one that counts from 2026 on")
    func clockNotSet() async throws {
        let unset = WallTime(milliseconds: 5_000)
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            _ = try own.state(for: ["box"], at: Self.now)
            #expect(try !own.state(for: ["box"], at: unset).isNew)
            let other = try own.state(for: ["box", "192.168.1.8"], at: unset)
            #expect(try accepts(own, other.files.certificateFile, "192.168.1.8").isContent, "not older")
        }
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let first = try own.state(for: ["box"], at: unset)
            let early = WallTime(milliseconds: WallTime.earliestPlausible.milliseconds + Self.day)
            #expect(try accepts(own, first.files.certificateFile, "box", at: early).isContent)
            let second = try own.state(for: ["box"], at: Self.now)
            #expect(second.isNew, "once the clock is set")
            #expect(try accepts(own, second.files.certificateFile, "box").isContent)
        }
    }

    @Test("An authority that has come to its end is one clear error, and is not replaced behind its callers' backs")
    func authorityEnded() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.state(for: ["box"], at: Self.now).files
            let authority = text(own.authorityFile)
            let last = try own.state(for: ["box"], at: Self.later(20 * 365 - 10))
            #expect(try !own.state(for: ["box"], at: Self.later(20 * 365 - 5)).isNew, "a new one would not last longer")
            #expect(try accepts(own, files.certificateFile, "box", at: Self.later(20 * 365 - 5)).isContent, "\(last)")
            do throws(ServeError) {
                _ = try own.state(for: ["box"], at: Self.later(20 * 365 + 1))
                Issue.record("an authority that has ended was used")
            } catch {
                #expect("\(error)".contains("has ended") && "\(error)".contains("remove the folder"), "\(error)")
            }
            #expect(text(own.authorityFile) == authority)
        }
    }

    @Test("The authority of an earlier version stays, and its certificate of thirty years is replaced")
    func earlierVersion() async throws {
        try await withTemporaryFolder { folder in
            let tls = folder + "/tls"
            try FileManager.default.createDirectory(atPath: tls, withIntermediateDirectories: true)
            let made = try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=old",
                "-days", "9000", "-addext", "keyUsage=critical,keyCertSign", "-keyout", tls + "/ca-key.pem", "-out",
                tls + "/ca.pem")
            #expect(made.isContent, "\(made.text)")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: tls + "/ca-key.pem")
            let own = OwnCertificate(storage: folder)
            let authority = text(own.authorityFile)
            let state = try own.state(for: ["box"], at: .now())
            #expect(state.isUnlimited && state.isNew && state.wasKeyExposed)
            #expect(try mode(tls + "/ca-key.pem") == 0o600)
            #expect(text(own.authorityFile) == authority)
            #expect(try accepts(own, state.files.certificateFile, "box", at: .now()).isContent)
        }
    }

    @Test("Half a pair of files after a power cut is made whole; a damaged authority is one clear error")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.state(for: ["a"], at: Self.now).files
            try Data("x".utf8).write(to: URL(filePath: files.keyFile))
            _ = try own.state(for: ["a"], at: Self.now)
            #expect(text(files.keyFile).contains("PRIVATE KEY"))
            try FileManager.default.removeItem(atPath: own.authorityFile)
            _ = try own.state(for: ["a"], at: Self.now)
            try Data("-----BEGIN".utf8).write(to: URL(filePath: own.authorityFile))
            do throws(ServeError) {
                _ = try own.state(for: ["a"], at: Self.now)
                Issue.record("a damaged authority was used")
            } catch {
                #expect("\(error)".contains("\(folder)/tls") && "\(error)".contains("remove the folder"))
            }
        }
    }

    @Test("Callers that trust the authority reach the box, and check its name")
    func called() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.state(for: LocalNames.all(listeningAt: "127.0.0.1"), at: .now()).files
            try await TestServer.serving(tls: files) { server in
                let reply = try await server.listOverTLS(trusting: own.authorityFile)
                #expect(reply?.status == 200)
            }
        }
    }

    @Test("A new certificate counts for the next caller, without a restart; files that are being replaced hurt nobody")
    func replaced() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder), other = OwnCertificate(storage: folder + "/other")
            try FileManager.default.createDirectory(atPath: folder + "/other", withIntermediateDirectories: true)
            let files = try own.state(for: ["127.0.0.1"], at: .now()).files
            let others = try other.state(for: ["127.0.0.1"], at: .now()).files
            try await TestServer.serving(tls: files, certificatePause: .milliseconds(20)) { server in
                #expect(try await server.listOverTLS(trusting: other.authorityFile) == nil)
                try Data("half".utf8).write(to: URL(filePath: files.certificateFile), options: .atomic)
                try await Task.sleep(for: .milliseconds(200))
                #expect(try await server.listOverTLS(trusting: own.authorityFile)?.status == 200)
                for (from, to) in [(others.keyFile, files.keyFile), (others.certificateFile, files.certificateFile)] {
                    try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to), options: .atomic)
                }
                var reply: TestServer.Reply?
                for _ in 0..<500 where reply == nil {
                    reply = try await server.listOverTLS(trusting: other.authorityFile)
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(reply?.status == 200)
            }
        }
    }

    @Test("The box is called by its loopback, its interfaces and the address it listens at")
    func names() {
        let names = LocalNames.all(listeningAt: "10.9.8.7")
        #expect(Set(["localhost", "127.0.0.1", "::1", "10.9.8.7"]).isSubset(of: names))
        #expect(!LocalNames.all(listeningAt: "0.0.0.0").contains("0.0.0.0"))
        #expect(names.allSatisfy { !$0.contains("%") && !$0.isEmpty })
    }
}
