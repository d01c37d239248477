import Base
import Foundation
import Serve
import Testing

@Suite("A certificate that nobody has to make")
struct OwnCertificateTests {
    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    private func mode(_ path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test("It is made once; its keys are for their owner only")
    func once() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.files(for: ["box.local", "192.168.1.7"])
            let before = (text(own.authorityFile), text(files.certificateFile))
            #expect(before.0.contains("BEGIN CERTIFICATE") && before.1.contains("BEGIN CERTIFICATE"))
            #expect(try mode(files.keyFile) == 0o600 && mode(folder + "/tls/ca-key.pem") == 0o600)
            _ = try OwnCertificate(storage: folder).files(for: ["192.168.1.7"])
            #expect(before == (text(own.authorityFile), text(files.certificateFile)))
        }
    }

    @Test("With another address the certificate is another one, and what callers trust stays the same")
    func renewed() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.files(for: ["192.168.1.7"])
            let (authority, certificate) = (text(own.authorityFile), text(files.certificateFile))
            _ = try own.files(for: ["192.168.1.8"])
            #expect(text(own.authorityFile) == authority && text(files.certificateFile) != certificate)
        }
    }

    @Test("Half a pair of files after a power cut is made whole; a damaged authority is one clear error")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let own = OwnCertificate(storage: folder)
            let files = try own.files(for: ["a"])
            try Data("x".utf8).write(to: URL(filePath: files.keyFile))
            _ = try own.files(for: ["a"])
            #expect(text(files.keyFile).contains("PRIVATE KEY"))
            try FileManager.default.removeItem(atPath: own.authorityFile)
            _ = try own.files(for: ["a"])
            try Data("-----BEGIN".utf8).write(to: URL(filePath: own.authorityFile))
            do throws(ServeError) {
                _ = try own.files(for: ["a"])
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
            let files = try own.files(for: LocalNames.all(listeningAt: "127.0.0.1"))
            try await TestServer.serving(tls: files) { server in
                let reply = try await server.listOverTLS(trusting: own.authorityFile)
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
