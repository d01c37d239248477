import Base
package import Settings

/// Telegram's bot API (https://core.telegram.org/bots/api).
package struct TelegramTarget: NoticeTarget {
    package static let kind = "telegram"
    package static let keys = ["tokenFile", "chatId", "url", "plaintext"]

    /// Characters of a caption.
    private static let longestCaption = 1024

    private let url: HTTPAddress
    private let tokenFile: String
    private let chat: String

    package init?(_ entry: SettingObject, _ problems: inout [SettingProblem]) {
        let tokenFile = entry.requiredText("tokenFile", .absolutePath, &problems)
        let chat = Self.chat(entry, &problems)
        let advice = "must be the address of a bot API server; leave it out for https://api.telegram.org"
        let url = HTTPAddress(entry, advice, default: "https://api.telegram.org", sendsSecret: true, &problems)
        guard let tokenFile, let chat, let url else { return nil }
        (self.tokenFile, self.chat, self.url) = (tokenFile, chat, url)
    }

    private static func chat(_ entry: SettingObject, _ problems: inout [SettingProblem]) -> String? {
        if let number = entry["chatId"]?.int { return "\(number)" }
        if let text = entry["chatId"]?.string, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isNameCharacter || $0 == UInt8(ascii: "@") })
        {
            return text
        }
        problems.append(
            SettingProblem(entry.path["chatId"], entry["chatId"], "must be a chat's number, or @name of a channel"))
        return nil
    }

    package var server: String { url.host }

    package func request(
        for message: NoticeMessage, picture: [UInt8]?, secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest {
        let text = String("\(message.title)\n\(message.text)".prefix(Self.longestCaption))
        if let picture {
            let photo = OutgoingRequest.Part(name: "photo", content: picture, fileName: message.fileName)
            return try call("sendPhoto", .form([.init("chat_id", chat), .init("caption", text), photo]), secrets)
        }
        let json: JSONValue = ["chat_id": .string(chat), "text": .string(text)]
        return try call("sendMessage", .post(json.jsonBytes, contentType: "application/json"), secrets)
    }

    /// Is this a bot's token?
    package func probe(_ secrets: SecretReader) throws(SecretTrouble) -> OutgoingRequest {
        try call("getMe", .get, secrets)
    }

    /// The token is a part of the address: `bot<token>/<method>`.
    private func call(
        _ method: String, _ body: OutgoingRequest.Body, _ secrets: SecretReader
    ) throws(SecretTrouble) -> OutgoingRequest {
        let token = try secrets(tokenFile)
        guard token.utf8.allSatisfy({ $0.isNameCharacter || $0 == UInt8(ascii: ":") }) else {
            throw SecretTrouble("\(tokenFile) does not hold a bot's token")
        }
        return OutgoingRequest(url: "\(url.text)/bot\(token)/\(method)", body: body, secrets: [token])
    }

    /// Its 429 says in the body how long to wait; of its 400s some are about the chat, not about the notice.
    package func verdict(on answer: Answer) -> Verdict {
        let json = JSONValue(parsing: answer.body)
        var answer = answer
        if answer.retryAfter == nil, answer.status == 429 {
            answer.retryAfter = json?["parameters"]?["retry_after"]?.int
        }
        let words = json?["description"]?.string ?? ""
        if answer.status == 400, words.contains("chat not found") {
            return .later(
                reason: "Telegram knows no such chat; is chatId right, and has somebody written to the bot?", after: nil
            )
        }
        return Verdict(ofHTTP: answer)
    }
}
