import Base
package import Settings

/// Any server that takes JSON by POST; docs/notify.md has the members.
package struct WebhookTarget: NoticeTarget {
    package static let kind = "webhook"
    package static let keys = ["url", "urlFile", "tokenFile", "username", "passwordFile", "plaintext"]

    private enum Place: Sendable {
        case address(HTTPAddress)
        /// Many services write the secret into the address.
        case file(String, isPlaintextAllowed: Bool)
    }

    private let place: Place
    private let access: HTTPAccess

    package init?(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        access = HTTPAccess(entry, &problems)
        if let path = entry.optionalText("urlFile", .absolutePath, &problems) {
            if entry["url"] != nil {
                problems.append(
                    SettingProblem(entry.path["url"], "says what urlFile says already; leave one of them out"))
            }
            place = .file(path, isPlaintextAllowed: entry.flag("plaintext", default: false, &problems))
        } else {
            let advice =
                "must be an address such as https://house.lan/hook; where it holds a secret, put it into urlFile"
            guard let url = HTTPAddress(entry, advice, sendsSecret: access.hasSecret, &problems) else { return nil }
            place = .address(url)
        }
    }

    package var server: String {
        switch place {
        case .address(let url): url.host
        case .file(let path, _): "the server in \(path)"
        }
    }

    package func request(
        for message: NoticeMessage, picture: [UInt8]?, secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest {
        var json = message.json
        json["picture"] = picture.map { .string(Base64.text($0)) } ?? .null
        var request = try opened(secrets)
        request.body = .post(JSONValue.object(json).jsonBytes, contentType: "application/json")
        return request
    }

    package func probe(_ secrets: SecretReader) throws(SecretTrouble) -> OutgoingRequest { try opened(secrets) }

    private func opened(_ secrets: SecretReader) throws(SecretTrouble) -> OutgoingRequest {
        var request: OutgoingRequest
        switch place {
        case .address(let url): request = OutgoingRequest(url: url.text, body: .onlyConnect)
        case .file(let path, let isPlaintextAllowed):
            let text = try secrets(path)
            guard let url = HTTPAddress(text), url.isSafe || isPlaintextAllowed else {
                throw SecretTrouble("\(path) holds no https:// address")
            }
            request = OutgoingRequest(url: url.text, body: .onlyConnect, secrets: [text, url.path])
        }
        try access.apply(to: &request, secrets)
        return request
    }
}
