import Base
package import Settings

/// ntfy (https://docs.ntfy.sh/publish/): the picture is the body and the texts are headers; without one the text is the
/// body.
package struct NtfyTarget: NoticeTarget {
    package static let kind = "ntfy"
    package static let keys = ["url", "tokenFile", "username", "passwordFile", "priority", "plaintext"]

    private let url: HTTPAddress
    private let access: HTTPAccess
    private let priority: Int

    package init?(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        let advice = "must be server and topic, such as https://ntfy.sh/a-topic-that-nobody-guesses"
        access = HTTPAccess(entry, &problems)
        priority = entry.whole("priority", in: 1...5, default: 3, &problems)
        guard let url = HTTPAddress(entry, advice, sendsSecret: access.hasSecret, &problems) else { return nil }
        guard url.path.split(separator: "/").count >= 1 else {
            problems.append(SettingProblem(entry.path["url"], advice))
            return nil
        }
        self.url = url
    }

    package var server: String { url.host }

    package func request(
        for message: NoticeMessage, picture: [UInt8]?, secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest {
        var request = OutgoingRequest(url: url.text, body: .get)
        try access.apply(to: &request, secrets)
        request.headers.append("Title: \(EncodedWord.text(message.title))")
        if priority != 3 { request.headers.append("Priority: \(priority)") }
        if let picture {
            request.headers.append("Message: \(EncodedWord.text(message.text))")
            request.headers.append("Filename: \(message.fileName)")
            request.body = .post(picture, contentType: "image/jpeg")
        } else {
            request.body = .post(Array(message.text.utf8), contentType: "text/plain; charset=utf-8")
        }
        return request
    }

    /// May this token write to this topic?
    package func probe(_ secrets: SecretReader) throws(SecretTrouble) -> OutgoingRequest {
        var request = OutgoingRequest(url: "\(url.text)/auth", body: .get)
        try access.apply(to: &request, secrets)
        return request
    }
}
