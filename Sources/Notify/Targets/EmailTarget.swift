import Base
package import Settings

/// A mail server that takes mail to be sent on (SMTP submission, RFC 6409).
package struct EmailTarget: NoticeTarget {
    package static let kind = "email"
    package static let keys = ["host", "port", "security", "username", "passwordFile", "from", "to", "plaintext"]

    /// How the connection becomes secure.
    private enum Security: String, CaseIterable { case starttls, tls, none }

    private let host: String
    private let port: Int
    private let security: Security
    private let login: (user: String, passwordFile: String)?
    private let from: String
    private let to: [String]

    package init?(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        let before = problems.count
        let host = entry.requiredText("host", .host, &problems)
        security = entry.choice("security", default: .starttls, &problems)
        port = entry.whole("port", in: 1...65535, default: security == .tls ? 465 : 587, &problems)
        let user = entry.optionalText("username", .userName, &problems)
        let file = entry.optionalText("passwordFile", .absolutePath, &problems)
        if (user == nil) != (file == nil) {
            problems.append(SettingProblem(entry.path, "needs both username and passwordFile, or none of them"))
        }
        login = user.flatMap { user in file.map { (user, $0) } }
        let from = entry.requiredText("from", .mailAddress, &problems)
        to = Self.receivers(entry, &problems)
        let mayBePlain = entry.flag("plaintext", default: false, &problems)
        if security == .none, !mayBePlain, let host, !HTTPAddress.isLoopback(host) {
            let text = "\"none\" sends everything readable; say \"plaintext\": true when that is meant"
            problems.append(SettingProblem(entry.path["security"], text))
        }
        guard problems.count == before, let host, let from else { return nil }
        (self.host, self.from) = (host, from)
    }

    private static func receivers(_ entry: SettingObject, _ problems: inout [SettingProblem]) -> [String] {
        let texts = entry["to"]?.string.map { [$0] } ?? entry["to"]?.array?.compactMap(\.string) ?? []
        let isWhole = entry["to"]?.array.map { $0.count == texts.count } ?? true
        guard isWhole, (1...16).contains(texts.count), texts.allSatisfy(TextRule.mailAddress.admits) else {
            problems.append(
                SettingProblem(entry.path["to"], entry["to"], "must be one mail address or a list of up to 16"))
            return []
        }
        return texts
    }

    package var server: String { "\(host):\(port)" }

    package func request(
        for message: NoticeMessage, picture: [UInt8]?, secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest {
        let headers = [
            "From: Porchlight <\(from)>", "To: \(to.joined(separator: ", "))",
            "Subject: \(EncodedWord.text(message.title))", "Date: \(message.mailDate)",
            // The same for the same notice: mail servers know it again.
            "Message-ID: <\(message.idForMail)@porchlight.invalid>", "Auto-Submitted: auto-generated",
        ]
        let mail = OutgoingRequest.Mail(
            from: from, to: to, headers: headers, text: message.text + "\r\n", picture: picture,
            fileName: message.fileName)
        return try opened(.mail(mail), secrets)
    }

    package func probe(_ secrets: SecretReader) throws(SecretTrouble) -> OutgoingRequest {
        try opened(.onlyConnect, secrets)
    }

    private func opened(
        _ body: OutgoingRequest.Body, _ secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest {
        let name = host.contains(":") ? "[\(host)]" : host
        var request = OutgoingRequest(
            url: "\(security == .tls ? "smtps" : "smtp")://\(name):\(port)", body: body,
            needsStartTLS: security == .starttls)
        if let login { request.login = .init(user: login.user, password: try secrets(login.passwordFile)) }
        return request
    }

    /// 552 and 554 after the message: too large, or not wanted as it is. All else may pass (RFC 5321 §4.2.1).
    package func verdict(on answer: Answer) -> Verdict {
        guard let failure = answer.failure else { return .taken }
        let code = answer.status >= 400 ? " (SMTP \(answer.status))" : ""
        if answer.status == 552 || answer.status == 554 { return .refused(reason: "\(failure)\(code)") }
        return .later(reason: "\(failure)\(code)", after: nil)
    }
}

extension TextRule {
    /// Of RFC 5321, the plain form that people have: no quotes, no comments.
    fileprivate static let mailAddress = TextRule("must be a mail address such as box@example.org") { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let plain = Set("!#$%&'*+-/=?^_`{|}~.".utf8)
        return (3...254).contains(text.utf8.count) && parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isNameCharacter || plain.contains($0) }
            }
    }
}
