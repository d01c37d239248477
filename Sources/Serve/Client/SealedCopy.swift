import CCrypto

/// Why a sealed copy could not be made or opened.
package enum SealedCopyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Some other file.
    case notACopy
    /// Made by a program that is newer than this one.
    case newer(version: Int)
    /// Or the file was damaged or changed: what is sealed does not say which.
    case wrongPassphrase
    case tooLarge(bytes: Int, most: Int)
    /// OpenSSL refused, in its own words.
    case failed(String)

    package var description: String {
        switch self {
        case .notACopy: "it is no copy that porchlight has made"
        case .newer(let version): "it has version \(version), which this program does not know: use a newer porchlight"
        case .wrongPassphrase: "the passphrase is wrong, or the file was damaged or changed"
        case .tooLarge(let bytes, let most): "it has \(bytes) bytes, at most \(most) are taken"
        case .failed(let text): text
        }
    }
}

/// Bytes that only a passphrase opens: AES-256-GCM (NIST SP 800-38D) with a key that scrypt (RFC 7914) makes of the
/// passphrase, so that guessing takes 32 MB of memory and a tenth of a second for each try.
///
/// The file: `PLFACES`, a byte with the version (1), a byte each for scrypt's log2 N, r and p, 16 bytes of salt, 12 of nonce,
/// what is sealed, 16 bytes that tell whether all of it, the head too, is as it was made.
package enum SealedCopy {
    /// What a file may have at most.
    package static let mostBytes = 64 << 20

    private static let mark = Array("PLFACES".utf8)
    private static let version: UInt8 = 1
    private static let saltBytes = 16
    private static let nonceBytes = 12
    private static let tagBytes = 16
    private static let keyBytes = 32
    private static var headBytes: Int { mark.count + 4 + saltBytes + nonceBytes }

    /// What scrypt is to spend.
    private struct Cost: Equatable {
        var log2N: UInt8
        var r: UInt8
        var p: UInt8

        static let usual = Cost(log2N: 15, r: 8, p: 1)
        /// A file from elsewhere must not take a small board's memory: at most 128 MB.
        var isBearable: Bool { (10...17).contains(log2N) && r == 8 && (1...4).contains(p) }
    }

    /// - Returns: the bytes of a file; never the same twice.
    package static func sealed(_ plain: [UInt8], passphrase: String) throws(SealedCopyError) -> [UInt8] {
        let size = headBytes + plain.count + tagBytes
        guard size <= mostBytes else { throw .tooLarge(bytes: size, most: mostBytes) }
        let cost = Cost.usual, salt = random(saltBytes), nonce = random(nonceBytes)
        let head = mark + [version, cost.log2N, cost.r, cost.p] + salt + nonce
        return try checked { () throws(OpenSSLError) in
            var key = try key(passphrase, salt, cost)
            defer { unsafe OPENSSL_cleanse(&key, key.count) }
            let cipher = try Cipher(key: key, nonce: nonce, seals: true)
            try cipher.heed(head)
            let hidden = try cipher.changed(plain)
            try cipher.finish()
            return head + hidden + (try cipher.tag())
        }
    }

    /// - Returns: what was sealed, exactly; nothing of a file that was changed.
    package static func opened(_ file: [UInt8], passphrase: String) throws(SealedCopyError) -> [UInt8] {
        guard file.count <= mostBytes else { throw .tooLarge(bytes: file.count, most: mostBytes) }
        guard file.starts(with: mark), file.count >= headBytes + tagBytes else { throw .notACopy }
        let facts = file[mark.count..<mark.count + 4].map { $0 }
        guard facts[0] == version else { throw .newer(version: Int(facts[0])) }
        let cost = Cost(log2N: facts[1], r: facts[2], p: facts[3])
        guard cost.isBearable else { throw .notACopy }
        let head = Array(file.prefix(headBytes))
        let salt = Array(head[mark.count + 4..<mark.count + 4 + saltBytes])
        let hidden = Array(file[headBytes..<file.count - tagBytes])
        return try checked { () throws(OpenSSLError) in
            var key = try key(passphrase, salt, cost)
            defer { unsafe OPENSSL_cleanse(&key, key.count) }
            let cipher = try Cipher(key: key, nonce: Array(head.suffix(nonceBytes)), seals: false)
            try cipher.heed(head)
            let plain = try cipher.changed(hidden)
            try cipher.expect(tag: Array(file.suffix(tagBytes)))
            return cipher.isAsItWasMade() ? plain : nil
        } orElse: {
            .wrongPassphrase
        }
    }

    private static func checked<R>(
        _ body: () throws(OpenSSLError) -> R?, orElse refusal: () -> SealedCopyError = { .failed("nothing came of it") }
    ) throws(SealedCopyError) -> R {
        let result: R?
        do throws(OpenSSLError) { result = try body() } catch { throw .failed("\(error)") }
        guard let result else { throw refusal() }
        return result
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private static func key(_ passphrase: String, _ salt: [UInt8], _ cost: Cost) throws(OpenSSLError) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: keyBytes)
        let text = passphrase.utf8.map { CChar(bitPattern: $0) }
        // SAFETY: lengths are those of the arrays.
        let result = unsafe EVP_PBE_scrypt(
            text, text.count, salt, salt.count, 1 << UInt64(cost.log2N), UInt64(cost.r), UInt64(cost.p), 256 << 20,
            &key, key.count)
        try OpenSSLError.check("EVP_PBE_scrypt", result)
        return key
    }
}

/// AES-256-GCM over one message, one way.
@safe private final class Cipher {
    /// An `EVP_CIPHER_CTX *` of this object alone.
    private let raw: OpaquePointer

    init(key: [UInt8], nonce: [UInt8], seals: Bool) throws(OpenSSLError) {
        unsafe raw = try unsafe OpenSSLError.object("EVP_CIPHER_CTX_new", EVP_CIPHER_CTX_new())
        // SAFETY: the key has the 32 bytes of AES-256, the nonce the 12 that GCM takes unless told otherwise.
        let result = unsafe EVP_CipherInit_ex(raw, EVP_aes_256_gcm(), nil, key, nonce, seals ? 1 : 0)
        try OpenSSLError.check("EVP_CipherInit_ex", result)
    }

    deinit { unsafe EVP_CIPHER_CTX_free(raw) }

    /// Bytes that are not hidden, but must not be changed.
    func heed(_ bytes: [UInt8]) throws(OpenSSLError) {
        var count: CInt = 0
        try unsafe OpenSSLError.check(
            "EVP_CipherUpdate", EVP_CipherUpdate(raw, nil, &count, bytes, CInt(clamping: bytes.count)))
    }

    /// Hides bytes, or shows hidden ones.
    func changed(_ bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: bytes.count)
        guard !bytes.isEmpty else { return result }
        var count: CInt = 0
        // SAFETY: GCM writes as many bytes as it reads.
        let status = unsafe EVP_CipherUpdate(raw, &result, &count, bytes, CInt(clamping: bytes.count))
        try OpenSSLError.check("EVP_CipherUpdate", status)
        return result
    }

    func finish() throws(OpenSSLError) {
        guard isAsItWasMade() else { throw OpenSSLError("EVP_CipherFinal_ex") }
    }

    /// Whether the tag fits to everything before.
    func isAsItWasMade() -> Bool {
        var rest = [UInt8](repeating: 0, count: 16), count: CInt = 0
        // SAFETY: GCM has nothing left to write; there is room for a block all the same.
        let isRight = unsafe EVP_CipherFinal_ex(raw, &rest, &count) > 0
        ERR_clear_error()
        return isRight
    }

    func tag() throws(OpenSSLError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: 16)
        // SAFETY: as many bytes are written as are asked for.
        let result = unsafe EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_GET_TAG, CInt(tag.count), &tag)
        try OpenSSLError.check("the tag of AES-GCM", result)
        return tag
    }

    func expect(tag: [UInt8]) throws(OpenSSLError) {
        var tag = tag
        // SAFETY: as many bytes are read as there are.
        let result = unsafe EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_TAG, CInt(clamping: tag.count), &tag)
        try OpenSSLError.check("the tag of AES-GCM", result)
    }
}
