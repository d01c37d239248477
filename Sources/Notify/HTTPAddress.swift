import Base
import Settings

/// An address of HTTP as its owner wrote it.
package struct HTTPAddress: Sendable, Equatable {
    /// Without a slash at the end.
    package let text: String
    /// With the port, as written.
    package let host: String
    package let path: String
    /// Nobody on the way can read or change what is sent.
    package let isSafe: Bool

    /// Nil for what is no `http://` or `https://` address, and for one with a user or a password in it.
    package init?(_ text: String) {
        let isEncrypted = text.hasPrefix("https://")
        guard isEncrypted || text.hasPrefix("http://"), (10...2048).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"\"<>\\^`{|}#".utf8.contains($0) })
        else { return nil }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        guard !host.isEmpty, !host.contains("@") else { return nil }
        self.host = String(host)
        path = String(rest.dropFirst(host.count))
        self.text = text.hasSuffix("/") ? String(text.dropLast()) : text
        isSafe = isEncrypted || Self.isLoopback(self.host)
    }

    /// The setting `url` of a target.
    /// - Parameter sendsSecret: a token or a password goes to this address.
    init?(
        _ entry: SettingObject, _ advice: String, default usual: String? = nil, sendsSecret: Bool,
        _ problems: inout [SettingProblem]
    ) {
        let rule = TextRule("\(advice); a user or password does not belong into it") { HTTPAddress($0) != nil }
        let mayBePlain = entry.flag("plaintext", default: false, &problems)
        let found =
            usual.map { entry.text("url", default: $0, rule, &problems) }
            ?? entry.requiredText("url", rule, &problems)
        guard let found, let address = HTTPAddress(found) else { return nil }
        if !address.isSafe, !mayBePlain {
            let what = sendsSecret ? "the secret and all pictures" : "all pictures"
            let text =
                "sends \(what) readable over http://; use https://, or say \"plaintext\": true when that is meant"
            problems.append(SettingProblem(entry.path["url"], text))
        }
        self = address
    }

    /// `host` with or without a port.
    package static func isLoopback(_ host: String) -> Bool {
        let name =
            host.hasPrefix("[") ? String(host.prefix { $0 != "]" }.dropFirst()) : String(host.prefix { $0 != ":" })
        return name == "localhost" || name.hasPrefix("127.") || name == "::1" || host == "::1"
    }
}

/// As whom a server of HTTP is spoken to: a token, a user with a password, or nobody.
package struct HTTPAccess: Sendable {
    private let tokenFile: String?
    private let login: (user: String, passwordFile: String)?

    init(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        tokenFile = entry.optionalText("tokenFile", .absolutePath, &problems)
        let user = entry.optionalText("username", .userName, &problems)
        let file = entry.optionalText("passwordFile", .absolutePath, &problems)
        login = user.flatMap { user in file.map { (user, $0) } }
        if (user == nil) != (file == nil) {
            problems.append(SettingProblem(entry.path, "needs both username and passwordFile, or none of them"))
        }
        if tokenFile != nil, user != nil {
            problems.append(SettingProblem(entry.path, "names a token and a user; leave one of them out"))
        }
    }

    var hasSecret: Bool { tokenFile != nil || login != nil }

    func apply(to request: inout OutgoingRequest, _ secrets: SecretReader) throws(SecretTrouble) {
        if let tokenFile {
            let token = try secrets(tokenFile)
            request.headers.append("Authorization: Bearer \(token)")
            request.secrets.append(token)
        }
        if let login { request.login = .init(user: login.user, password: try secrets(login.passwordFile)) }
    }
}
