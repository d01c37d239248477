package import Base
package import Rekognition

/// AWS Signature Version 4 as it stands in an `Authorization` header, and what it must equal.
/// Steps and names follow AWS's "Create a signed AWS API request".
package struct Signature: Sendable {
    static let algorithm = "AWS4-HMAC-SHA256"
    package static let service = "rekognition"
    /// The clocks of caller and box may differ by this much.
    static let allowedSkew: Int64 = 300

    package let accessKeyID: String
    /// `20261121/eu-west-1/rekognition/aws4_request`
    let scope: String
    let scopeDate: String
    let region: String
    let service: String
    let signedHeaders: [String]
    let signature: [UInt8]

    /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
    /// - Throws: `IncompleteSignatureException`; `InvalidSignatureException` when it was made for another service.
    package init(authorization: String, service: String = service) throws(APIError) {
        func incomplete(_ what: String) -> APIError {
            APIError(.incompleteSignature, "Authorization header: \(what).")
        }
        guard let list = authorization.removing(prefix: Self.algorithm + " ") else {
            throw incomplete("must begin with '\(Self.algorithm) ' or 'Bearer '")
        }
        var parts: [Substring: Substring] = [:]
        for part in list.split(separator: ",") {
            let pair = part.trimmingSpaces().split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, parts.updateValue(pair[1], forKey: pair[0]) == nil else {
                throw incomplete("must hold Credential, SignedHeaders and Signature once each")
            }
        }
        guard let credential = parts["Credential"], let headers = parts["SignedHeaders"], let text = parts["Signature"]
        else { throw incomplete("must hold Credential, SignedHeaders and Signature") }
        let words = credential.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 5, words[4] == "aws4_request", !words[2].isEmpty,
            words[2].utf8.allSatisfy(Characters.isRegionCharacter)
        else { throw incomplete("Credential must be <key id>/<yyyymmdd>/<region>/\(service)/aws4_request") }
        guard words[3] == service else {
            throw APIError(
                .invalidSignature,
                "Credential should be scoped to correct service: '\(service)', not '\(words[3].prefix(40))'.")
        }
        guard let signature = Hex.bytes(String(text)), signature.count == 32 else {
            throw incomplete("Signature must be 64 hexadecimal digits")
        }
        accessKeyID = String(words[0])
        scopeDate = String(words[1])
        region = String(words[2])
        self.service = service
        scope = words.dropFirst().joined(separator: "/")
        signedHeaders = headers.split(separator: ";").map { $0.lowercased() }
        self.signature = signature
    }

    /// What can be judged before the body is there: the clock, and that nothing that matters is unsigned.
    package func checkHead(of request: RequestHead, now: WallTime) throws(APIError) {
        guard let stamp = request["x-amz-date"], let time = SignatureDate.seconds(stamp) else {
            throw APIError(.incompleteSignature, "X-Amz-Date must be given as yyyymmddThhmmssZ.")
        }
        guard stamp.hasPrefix(scopeDate), scopeDate.utf8.count == 8 else {
            throw APIError(
                .invalidSignature, "Date in Credential scope does not match YYYYMMDD from X-Amz-Date '\(stamp)'.")
        }
        let here = now.milliseconds / 1000
        guard abs(here - time) <= Self.allowedSkew else {
            let word = time < here ? "Signature expired" : "Signature not yet current"
            throw APIError(
                .invalidSignature,
                "\(word): \(stamp) is more than \(Self.allowedSkew / 60) minutes from this box's clock "
                    + "(\(SignatureDate.text(here))): set the clock of one of the two (timedatectl).")
        }
        // Ours say how long an update lasts: who may not write the body must not be able to add or drop them.
        let mustBeSigned =
            ["host"]
            + request.headers.map(\.name).filter { $0.hasPrefix("x-amz-") || $0.hasPrefix("x-porchlight-") }
        for name in mustBeSigned where !signedHeaders.contains(name) {
            throw APIError(.invalidSignature, "'\(name)' must be among the SignedHeaders.")
        }
    }

    /// Compares in constant time with the signature that `secret` makes.
    /// - Throws: `InvalidSignatureException`
    package func check(_ request: RequestHead, body: [UInt8], secret: String) throws(APIError) {
        let payloadHash: String
        let expected: [UInt8]
        do throws(OpenSSLError) {
            payloadHash = Hex.text(try Digest.sha256(body))
            let text = try stringToSign(request, payloadHash: payloadHash)
            expected = try Digest.authenticationCode(of: Array(text.utf8), key: try signingKey(secret))
        } catch { throw APIError(error) }
        if let stated = request["x-amz-content-sha256"], stated != payloadHash {
            throw APIError(.invalidSignature, "X-Amz-Content-Sha256 is not the SHA-256 of the body.")
        }
        guard Digest.isSame(signature, expected) else {
            throw APIError(
                .invalidSignature,
                "The request signature we calculated does not match the signature you provided. "
                    + "Check your AWS Secret Access Key ('porchlight credentials' prints it) and signing method.")
        }
    }

    func stringToSign(_ request: RequestHead, payloadHash: String) throws(OpenSSLError) -> String {
        let canonical = canonicalRequest(request, payloadHash: payloadHash)
        let hash = Hex.text(try Digest.sha256(Array(canonical.utf8)))
        return [Self.algorithm, request["x-amz-date"] ?? "", scope, hash].joined(separator: "\n")
    }

    func canonicalRequest(_ request: RequestHead, payloadHash: String) -> String {
        let headers = signedHeaders.map { "\($0):\(request.canonicalValue(of: $0))\n" }.joined()
        return [
            request.method, CanonicalURI.path(request.path), CanonicalURI.query(request.query), headers,
            signedHeaders.joined(separator: ";"), payloadHash,
        ].joined(separator: "\n")
    }

    private func signingKey(_ secret: String) throws(OpenSSLError) -> [UInt8] {
        var key = Array("AWS4\(secret)".utf8)
        for word in [scopeDate, region, service, "aws4_request"] {
            key = try Digest.authenticationCode(of: Array(word.utf8), key: key)
        }
        return key
    }
}
