package import Base
import Crypto
import FoundationEssentials
import Glibc
import SwiftASN1
import X509

/// TLS without anybody's help: an authority of this box alone and a certificate that it has signed, in `<storage>/tls/`.
/// Callers trust `ca.pem`; it stays the same when the box gets another address and so another certificate.
package struct OwnCertificate: Sendable {
    /// 2026-01-01 to 2056-01-01 (RFC 5280 §4.1.2.5), whatever the clock says: boards without a battery start in the past.
    private static let validity = (
        from: Date(timeIntervalSince1970: 1_767_225_600), to: Date(timeIntervalSince1970: 2_713_910_400)
    )
    private static let mostBytes = 64 << 10

    private let folder: String

    /// - Parameter storage: the storage directory; it must exist.
    package init(storage: String) { folder = storage + "/tls" }

    /// What callers are to trust; public.
    package var authorityFile: String { folder + "/ca.pem" }

    /// The files for the listener, made or renewed if they are missing or lack one of the names.
    /// - Parameter names: DNS names and numeric addresses under which the box is called.
    /// - Throws: `ServeError.certificate`
    package func files(for names: [String]) throws(ServeError) -> APISettings.TLS {
        let files = APISettings.TLS(certificateFile: folder + "/cert.pem", keyFile: folder + "/key.pem")
        do {
            try makeFolder()
            let authority = try loadAuthority() ?? makeAuthority()
            let wanted = Self.generalNames(names)
            if !isGood(files, by: authority.certificate, for: wanted) {
                try issue(files, by: authority, for: wanted)
            }
            return files
        } catch {
            throw .certificate(
                path: folder,
                reason: "\(error); if the files there are damaged, remove the folder, restart, "
                    + "and let callers trust the new ca.pem")
        }
    }

    // MARK: - The authority

    private struct Authority {
        var certificate: Certificate
        var key: Certificate.PrivateKey
    }

    /// Nil before the first start has made it.
    private func loadAuthority() throws -> Authority? {
        guard unsafe access(authorityFile, F_OK) == 0 else { return nil }
        return Authority(
            certificate: try Certificate(pemEncoded: text(of: authorityFile)),
            key: try Certificate.PrivateKey(pemEncoded: text(of: folder + "/ca-key.pem")))
    }

    private func makeAuthority() throws -> Authority {
        let key = P256.Signing.PrivateKey()
        let name = try Self.name("Porchlight \(UInt32.random(in: 0 ... .max))")
        let certificate = try Self.certificate(of: key.publicKey, name, by: name, Certificate.PrivateKey(key)) {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
        }
        // The key first: an authority without one is never seen.
        try write(key.pemRepresentation, to: folder + "/ca-key.pem", mode: 0o600)
        try write(certificate.serializeAsPEM().pemString, to: authorityFile, mode: 0o644)
        return Authority(certificate: certificate, key: Certificate.PrivateKey(key))
    }

    // MARK: - The certificate

    private func isGood(_ files: APISettings.TLS, by authority: Certificate, for names: Set<GeneralName>) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: text(of: files.certificateFile)),
            let key = try? Certificate.PrivateKey(pemEncoded: text(of: files.keyFile)),
            let held = try? certificate.extensions.subjectAlternativeNames
        else { return false }
        return key.publicKey == certificate.publicKey && names.isSubset(of: held)
            && authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    private func issue(_ files: APISettings.TLS, by authority: Authority, for names: Set<GeneralName>) throws {
        let key = P256.Signing.PrivateKey()
        let sorted = names.sorted { "\($0)" < "\($1)" }
        let certificate = try Self.certificate(
            of: key.publicKey, Self.name("porchlight"), by: authority.certificate.subject, authority.key
        ) {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectAlternativeNames(sorted)
            SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            AuthorityKeyIdentifier(
                keyIdentifier: SubjectKeyIdentifier(hash: authority.certificate.publicKey).keyIdentifier)
        }
        try write(key.pemRepresentation, to: files.keyFile, mode: 0o600)
        try write(certificate.serializeAsPEM().pemString, to: files.certificateFile, mode: 0o644)
    }

    private static func certificate(
        of key: P256.Signing.PublicKey, _ subject: DistinguishedName, by issuer: DistinguishedName,
        _ issuerKey: Certificate.PrivateKey,
        @ExtensionsBuilder _ extensions: () throws -> Result<Certificate.Extensions, any Error>
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key),
            notValidBefore: validity.from, notValidAfter: validity.to, issuer: issuer, subject: subject,
            extensions: try Certificate.Extensions(builder: extensions), issuerPrivateKey: issuerKey)
    }

    private static func name(_ text: String) throws -> DistinguishedName {
        try DistinguishedName { CommonName(text) }
    }

    private static func generalNames(_ names: [String]) -> Set<GeneralName> {
        Set(
            names.map { name in
                NumericAddress(name).map { .ipAddress(ASN1OctetString(contentBytes: $0.bytes[...])) } ?? .dnsName(name)
            })
    }

    // MARK: - Files

    private func makeFolder() throws(SystemError) {
        do throws(SystemError) { try SystemError.check("mkdir \(folder)") { unsafe mkdir(folder, 0o750) } } catch {
            if error.errno != EEXIST { throw error }
        }
    }

    private func text(of path: String) throws(SystemError) -> String {
        String(
            decoding: try OwnedFileDescriptor.opening(path, O_RDONLY | O_NOFOLLOW).read(atMost: Self.mostBytes),
            as: UTF8.self)
    }

    /// Whole or not at all, and never readable for longer than it is meant to be.
    private func write(_ text: String, to path: String, mode: mode_t) throws(SystemError) {
        let draft = path + ".new"
        let bytes = Array(text.utf8)
        _ = unsafe unlink(draft)
        do {
            let file = try OwnedFileDescriptor.opening(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            let count = try SystemError.check("write \(draft)") { unsafe Glibc.write(file.raw, bytes, bytes.count) }
            guard count == bytes.count else { throw SystemError(call: "write \(draft)", errno: ENOSPC) }
            try SystemError.check("fsync \(draft)") { fsync(file.raw) }
        }
        try SystemError.check("rename to \(path)") { unsafe rename(draft, path) }
    }
}
