package import Base
import Glibc
import Runtime
package import Settings

/// TLS without anybody's help: an authority of this box alone and a certificate that it has signed, in a folder of
/// the storage directory.
/// Callers trust `ca.pem`; it stays the same when the box gets another address, or the certificate comes to its end.
package struct OwnCertificate: Sendable {
    /// What there is now, and what its owner should know.
    package struct State: Sendable, Equatable {
        package var files: APISettings.TLS
        /// A certificate was made just now.
        package var isNew: Bool
        /// The certificate's last day, RFC 3339.
        package var endsAt: String
        /// Names of the box that the authority was not made for, so that the certificate cannot hold them.
        package var leftOut: [String]
        /// The authority may sign any name: an earlier version of this program made it.
        package var isUnlimited: Bool
        /// Others could read the authority's key; they cannot any more.
        package var wasKeyExposed: Bool
    }

    private let folder: String

    /// - Parameter folder: made when it is missing; the folder above it must exist.
    package init(folder: String) { self.folder = folder }

    /// What callers are to trust; public.
    package var authorityFile: String { folder + "/ca.pem" }
    private var authorityKeyFile: String { folder + "/ca-key.pem" }

    /// The files for the listener, made anew if they are missing, lack one of the names or come to their end.
    /// - Parameters:
    ///   - names: DNS names and numeric addresses under which the box is called.
    ///   - now: by the box's clock, which may not be set yet.
    /// - Throws: `ServeError.certificate`
    package func state(for names: [String], at now: WallTime) throws(ServeError) -> State {
        let files = APISettings.TLS(certificateFile: folder + "/cert.pem", keyFile: folder + "/key.pem")
        let names = names.compactMap(SubjectName.init)
        do {
            try makeFolder()
            let (authority, wasKeyExposed) = try loadAuthority() ?? (makeAuthority(for: names, at: now), false)
            var permitted: [SubjectName] = []
            var leftOut: [String] = []
            for name in names {
                if try authority.certificate.permits(name) { permitted.append(name) } else { leftOut.append(name.text) }
            }
            let held = pair(files, signedBy: authority.certificate)
            let wanted = try CertificatePlan(now: now, held: held?.validity, authority: authority.certificate)
            let isGood = held.map { held in wanted.keeps(held) && permitted.allSatisfy(held.holds) } ?? false
            let ends = isGood ? held?.validity?.to : wanted.validity.to
            if !isGood { try issue(files, by: authority, for: permitted, wanted.validity) }
            return State(
                files: files, isNew: !isGood, endsAt: WallTime(milliseconds: (ends ?? 0) * 1000).rfc3339,
                leftOut: leftOut, isUnlimited: !authority.certificate.isConstrained, wasKeyExposed: wasKeyExposed)
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
        var key: PrivateKey
    }

    /// Nil before the first start has made it.
    private func loadAuthority() throws -> (Authority, wasKeyExposed: Bool)? {
        guard unsafe access(authorityFile, F_OK) == 0 else { return nil }
        let authority = Authority(
            certificate: try Certificate(pem: bytes(of: authorityFile)),
            key: try PrivateKey(pem: bytes(of: authorityKeyFile)))
        guard authority.certificate.belongs(to: authority.key) else { throw UnusableAuthority.otherKey }
        var status = stat()
        let isExposed = unsafe stat(authorityKeyFile, &status) == 0 && status.st_mode & 0o077 != 0
        if isExposed { try SystemError.check("chmod \(authorityKeyFile)") { unsafe chmod(authorityKeyFile, 0o600) } }
        return (authority, isExposed)
    }

    private func makeAuthority(for names: [SubjectName], at now: WallTime) throws -> Authority {
        let key = try PrivateKey.random()
        let draft = try CertificateDraft()
        try draft.setSubject("Porchlight \(UInt32.random(in: 0 ... .max))")
        try draft.setKey(key)
        try draft.setValidity(CertificatePlan.validityOfAuthority(at: now))
        try draft.add(.basicConstraints, "critical,CA:TRUE,pathlen:0")
        try draft.add(.keyUsage, "critical,keyCertSign")
        try draft.add(.extendedKeyUsage, "serverAuth")
        try draft.add(.nameConstraints, "critical," + PermittedNames.text(for: names))
        try draft.add(.subjectKeyIdentifier, "hash")
        let certificate = try draft.signed(by: nil, key)
        // The key first: an authority without one is never seen.
        try file(authorityKeyFile, mode: 0o600).write(key.pem())
        try file(authorityFile, mode: 0o644).write(certificate.pem())
        return Authority(certificate: certificate, key: key)
    }

    // MARK: - The certificate

    /// Nil unless certificate and key are there, belong together and are this authority's.
    private func pair(_ files: APISettings.TLS, signedBy authority: Certificate) -> Certificate? {
        guard let certificate = try? Certificate(pem: bytes(of: files.certificateFile)),
            let key = try? PrivateKey(pem: bytes(of: files.keyFile)),
            certificate.belongs(to: key), certificate.isSigned(by: authority)
        else { return nil }
        return certificate
    }

    private func issue(
        _ files: APISettings.TLS, by authority: Authority, for names: [SubjectName], _ validity: Validity
    ) throws {
        let key = try PrivateKey.random()
        let issuer = authority.certificate
        let draft = try CertificateDraft()
        try draft.setSubject("porchlight")
        try draft.setKey(key)
        try draft.setValidity(validity)
        try draft.add(.basicConstraints, "critical,CA:FALSE")
        try draft.add(.keyUsage, "critical,digitalSignature")
        try draft.add(.extendedKeyUsage, "serverAuth")
        try draft.add(.subjectAlternativeName, names.map(\.text).joined(separator: ","))
        try draft.add(.subjectKeyIdentifier, "hash", by: issuer)
        try draft.add(.authorityKeyIdentifier, "keyid:always", by: issuer)
        let certificate = try draft.signed(by: issuer, authority.key)
        try file(files.keyFile, mode: 0o600).write(key.pem())
        try file(files.certificateFile, mode: 0o644).write(certificate.pem())
    }

    // MARK: - Files

    private func makeFolder() throws(SystemError) {
        do throws(SystemError) { try SystemError.check("mkdir \(folder)") { unsafe mkdir(folder, 0o750) } } catch {
            if error.errno != EEXIST { throw error }
        }
    }

    /// A quarter of what the folder may hold, which has four of them.
    private func file(_ path: String, mode: mode_t) -> StorageFile {
        StorageFile(path: path, mode: mode, mostBytes: 64 << 10)
    }

    private func bytes(of path: String) throws(SystemError) -> [UInt8] {
        try file(path, mode: 0o600).read()
    }
}
