import Base

/// The local access key and the bearer token: what a caller over TCP must prove to hold.
package struct Credentials: Sendable, Equatable {
    package var accessKeyID: String
    package var secretAccessKey: String
    package var bearerToken: String

    package init(accessKeyID: String, secretAccessKey: String, bearerToken: String) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.bearerToken = bearerToken
    }

    /// Fresh ones from the system's randomness: 240 bits of secret, 252 bits of token.
    package static func random() -> Credentials {
        Credentials(
            accessKeyID: "AKPL" + randomText(16, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            secretAccessKey: randomText(40, of: urlSafe), bearerToken: randomText(42, of: urlSafe))
    }

    /// 64 characters that need no quoting in a shell.
    private static let urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    private static func randomText(_ count: Int, of alphabet: String) -> String {
        let letters = Array(alphabet.utf8)
        var source = SystemRandomNumberGenerator()
        let text = (0..<count).map { _ in letters[Int.random(in: letters.indices, using: &source)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil when a member is missing or too short to be safe.
    init?(json: JSONValue) {
        guard let id = json["accessKeyId"]?.string, let secret = json["secretAccessKey"]?.string,
            let token = json["bearerToken"]?.string, id.utf8.count >= 16, secret.utf8.count >= 32,
            token.utf8.count >= 32
        else { return nil }
        self.init(accessKeyID: id, secretAccessKey: secret, bearerToken: token)
    }

    var json: JSONValue {
        [
            "accessKeyId": .string(accessKeyID), "secretAccessKey": .string(secretAccessKey),
            "bearerToken": .string(bearerToken),
        ]
    }
}
