import Base
import Notify
import Testing

@Suite("what each target is sent") struct TargetTests {
    private let secrets: SecretReader = { path throws(SecretTrouble) in
        guard path.hasPrefix("/s/") else { throw SecretTrouble("no \(path)") }
        return String(path.dropFirst(3))
    }

    private func message(_ changes: [String: JSONValue] = [:], at now: WallTime = evening) throws -> NoticeMessage {
        let visit = try #require(Visit(event: event("v", changes)))
        let notice = Notice(number: 1, subject: .visit(visit), time: visit.began, picture: .none, waiting: [])
        return NoticeMessage(notice, deviceID: "box", at: now) { _ in 3600 }
    }

    private func request(
        _ members: String, _ message: NoticeMessage, picture: [UInt8]? = nil
    ) throws -> OutgoingRequest {
        try #require(target(members)).target.request(for: message, picture: picture, secrets: secrets)
    }

    @Test("ntfy: the picture is the body, the texts are headers; without one the text is the body")
    func ntfy() throws {
        let phone = #""kind": "ntfy", "url": "https://ntfy.sh/door", "tokenFile": "/s/tk_1", "priority": 5"#
        let name: [String: JSONValue] = ["processor": "Tür"]
        let withPicture = try request(phone, try message(name), picture: jpeg)
        #expect(withPicture.url == "https://ntfy.sh/door")
        #expect(
            withPicture.headers == [
                "Authorization: Bearer tk_1", "Title: =?UTF-8?B?UGVyc29uIGF0IFTDvHI=?=", "Priority: 5",
                "Message: 22:00, 80 %", "Filename: person.jpg",
            ])
        #expect(withPicture.body == .post(jpeg, contentType: "image/jpeg"))
        let plain = try request(phone, try message())
        #expect(plain.body == .post(Array("22:00, 80 %".utf8), contentType: "text/plain; charset=utf-8"))
    }

    @Test("webhook: JSON with the picture in it; an address that is a secret comes from a file")
    func webhook() throws {
        let open = try request(
            #""kind": "webhook", "url": "https://h.lan/a/", "username": "me", "passwordFile": "/s/pw""#,
            try message(["face": ["name": "Anna"]]), picture: jpeg)
        #expect(open.url == "https://h.lan/a")
        #expect(open.login == .init(user: "me", password: "pw"))
        guard case .post(let bytes, "application/json") = open.body else { return #expect(Bool(false), "JSON") }
        let json = try #require(JSONValue(parsing: bytes))
        #expect(json["title"]?.string == "Anna at door")
        #expect(json["name"]?.string == "Anna" && json["picture"]?.string == "/9gBAgP/2Q==")
        #expect(json["time"]?.string == evening.rfc3339)
        let hidden = #""kind": "webhook", "urlFile": "/s/https://h.lan/secret""#
        let secret = try request(hidden, try message())
        #expect(secret.url == "https://h.lan/secret")
        #expect(secret.redacted("no route to https://h.lan/secret") == "no route to …")
        #expect(try #require(target(hidden)).target.server == "the server in /s/https://h.lan/secret")
        #expect(throws: SecretTrouble.self) {
            try request(#""kind": "webhook", "urlFile": "/s/http://h.lan/x""#, try message())
        }
    }

    @Test("telegram: a photo with a caption, or a message; the token is in the address and in no words")
    func telegram() throws {
        let chat = #""kind": "telegram", "tokenFile": "/s/1:abc", "chatId": -42"#
        let photo = try request(chat, try message(), picture: jpeg)
        #expect(photo.url == "https://api.telegram.org/bot1:abc/sendPhoto")
        #expect(
            photo.body
                == .form([
                    .init("chat_id", "-42"), .init("caption", "Person at door\n22:00, 80 %"),
                    .init(name: "photo", content: jpeg, fileName: "person.jpg"),
                ]))
        #expect(photo.redacted("bad bot1:abc") == "bad bot…")
        let text = try request(chat, try message())
        #expect(text.url.hasSuffix("/sendMessage"))
        #expect(throws: SecretTrouble.self) {
            try request(#""kind": "telegram", "tokenFile": "/s/a/../b?", "chatId": 1"#, try message())
        }
    }

    @Test("telegram says in its body how long to wait")
    func telegramBusy() throws {
        let chat = try #require(target(#""kind": "telegram", "tokenFile": "/s/1:abc", "chatId": "@door""#))
        let body = Array(#"{"ok": false, "parameters": {"retry_after": 17}}"#.utf8)
        guard case .later(_, .seconds(17)?) = chat.target.verdict(on: Answer(status: 429, body: body)) else {
            return #expect(Bool(false), "17 s")
        }
    }

    @Test("a wrong chat is its owner's to mend, and the notice waits for that")
    func wrongChat() throws {
        let chat = try #require(target(#""kind": "telegram", "tokenFile": "/s/1:abc", "chatId": 5"#))
        let body = Array(#"{"ok": false, "error_code": 400, "description": "Bad Request: chat not found"}"#.utf8)
        guard case .later(let reason, nil) = chat.target.verdict(on: Answer(status: 400, body: body)) else {
            return #expect(Bool(false), "later")
        }
        #expect(reason.contains("chatId"))
    }

    @Test("email: to whom, from whom, a subject in any script, always the same Message-ID, and no way without TLS")
    func mail() throws {
        let box = """
            "kind": "email", "host": "mail.example.org", "username": "u", "passwordFile": "/s/pw",
            "from": "box@example.org", "to": ["a@example.org", "b@example.org"]
            """
        let mail = try request(box, try message(["event_type": "pet"]), picture: jpeg)
        #expect(mail.url == "smtp://mail.example.org:587" && mail.needsStartTLS)
        #expect(mail.login == .init(user: "u", password: "pw"))
        guard case .mail(let content) = mail.body else { return #expect(Bool(false), "a mail") }
        #expect(content.from == "box@example.org" && content.to == ["a@example.org", "b@example.org"])
        #expect(content.headers.contains("Subject: Pet at door"))
        #expect(content.headers.contains("Message-ID: <v.box@porchlight.invalid>"))
        #expect(content.headers.contains("Date: 29 Nov 2026 21:00:00 +0000"))
        #expect(content.picture == jpeg && content.fileName == "pet.jpg")
        let tls = try request(
            box.replacing("\"from\"", with: #""security": "tls", "from""#), try message())
        #expect(tls.url == "smtps://mail.example.org:465" && !tls.needsStartTLS)
    }

    @Test("a name that tries to add a header adds none")
    func headerInjection() throws {
        let visit = Visit(event: event("v", ["face": ["name": "a\r\nBcc: x@example.org"]]))
        #expect(visit?.name == nil)
        #expect(!EncodedWord.text("a\r\nBcc: x").contains("\n"))
    }

    @Test("long texts in other scripts become words of at most 75 characters that no character is cut by")
    func encodedWords() {
        let words = EncodedWord.text(String(repeating: "ü", count: 60)).split(separator: " ")
        #expect(words.count == 3)
        #expect(words.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?UTF-8?B?") && $0.hasSuffix("?=") })
    }

    @Test("base64 as RFC 4648 gives it", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foob", "Zm9vYg==")])
    func base64(text: String, coded: String) {
        #expect(Base64.text(Array(text.utf8)) == coded)
    }

    @Test("a notice that is told late says so, and one of another day has its date")
    func late() throws {
        #expect(try message(at: moment(119).wall).text == "22:00, 80 %")
        #expect(try message(at: moment(2400).wall).text == "22:00, 80 %; told 40 min late")
        #expect(try message(at: moment(5 * 3600).wall).text == "2026-11-29 22:00, 80 %; told 5 h late")
        #expect(try message(["face": ["name": "unknown"]]).title == "Unknown person at door")
    }
}

@Suite("what an answer means") struct VerdictTests {
    @Test("taken, even when the answer itself is too long or cut off", arguments: [200, 201, 204])
    func taken(status: Int) {
        #expect(Verdict(ofHTTP: Answer(status: status, failure: "too long")) == .taken)
    }

    @Test("the notice itself is refused", arguments: [400, 413, 415, 422])
    func refused(status: Int) {
        guard case .refused = Verdict(ofHTTP: Answer(status: status)) else { return #expect(Bool(false)) }
    }

    @Test("all else is tried again, with the remedy in words", arguments: [0, 307, 401, 403, 404, 408, 429, 500, 503])
    func later(status: Int) {
        guard case .later(let reason, _) = Verdict(ofHTTP: Answer(status: status, retryAfter: 5)) else {
            return #expect(Bool(false))
        }
        #expect(!reason.isEmpty)
    }

    @Test("what a server says is one short line")
    func words() {
        let body = Array(String(repeating: "a\n", count: 500).utf8)
        guard case .later(let reason, _) = Verdict(ofHTTP: Answer(status: 500, body: body)) else { return }
        #expect(reason.utf8.count < 200 && !reason.contains("\n"))
    }
}
