import Base

/// What one target is to be sent, as a value: how libcurl is asked for it stands in `Transfer`.
package struct OutgoingRequest: Sendable, Equatable {
    package enum Body: Sendable, Equatable {
        /// Connects, agrees on TLS, logs in where that is part of connecting (SMTP), and sends nothing.
        case onlyConnect
        case get
        case post([UInt8], contentType: String)
        /// multipart/form-data
        case form([Part])
        case mail(Mail)
    }

    package struct Part: Sendable, Equatable {
        package var name: String
        package var content: [UInt8]
        /// Of a file; nil for a plain field.
        package var fileName: String?

        package init(_ name: String, _ text: String) {
            self.init(name: name, content: Array(text.utf8), fileName: nil)
        }

        package init(name: String, content: [UInt8], fileName: String?) {
            self.name = name
            self.content = content
            self.fileName = fileName
        }
    }

    package struct Mail: Sendable, Equatable {
        package var from: String
        package var to: [String]
        /// Whole lines without line ends, in ASCII.
        package var headers: [String]
        package var text: String
        package var picture: [UInt8]?
        package var fileName: String
    }

    /// May hold a secret: never logged, never shown.
    package var url: String
    /// Whole lines without line ends, in ASCII; may hold secrets.
    package var headers: [String]
    package var body: Body
    package var login: Login?
    /// STARTTLS, without which nothing is said.
    package var needsStartTLS: Bool
    /// What must not appear in words about this request.
    package var secrets: [String]

    package init(
        url: String, headers: [String] = [], body: Body, login: Login? = nil, needsStartTLS: Bool = false,
        secrets: [String] = []
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.login = login
        self.needsStartTLS = needsStartTLS
        self.secrets = secrets
    }

    package struct Login: Sendable, Equatable {
        package var user: String
        package var password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// `words` without the secrets of this request.
    package func redacted(_ words: String) -> String {
        (secrets + [login?.password ?? ""]).filter { !$0.isEmpty }.reduce(words) { words, secret in
            words.replacing(secret, with: "…")
        }
    }
}

/// What came back.
package struct Answer: Sendable, Equatable {
    /// Of HTTP or SMTP; 0 when there was none.
    package var status: Int
    /// At most `Transfer.mostAnswerBytes`.
    package var body: [UInt8]
    /// Seconds after which the server wants to hear of us again.
    package var retryAfter: Int?
    /// What went wrong on the way, in words; nil when the transfer was whole.
    package var failure: String?
    /// Host of the address that the server redirects to.
    package var location: String?

    package init(
        status: Int, body: [UInt8] = [], retryAfter: Int? = nil, failure: String? = nil, location: String? = nil
    ) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.failure = failure
        self.location = location
    }
}

/// What an answer means for the notice.
package enum Verdict: Sendable, Equatable {
    case taken
    /// Not now: `after` is what the server asks for.
    case later(reason: String, after: Duration?)
    /// Never, as it is: without its picture it may be taken.
    case refused(reason: String)
}

extension Verdict {
    /// Of HTTP (RFC 9110, and 429 of RFC 6585).
    package init(ofHTTP answer: Answer) {
        let words = Self.words(answer)
        let after = answer.retryAfter.map { Duration.seconds(min(max(0, $0), 86_400)) }
        switch answer.status {
        // An answer that is too long, or cut off, comes from a server that has taken the request.
        case 200..<300: self = .taken
        case ..<200: self = .later(reason: answer.failure ?? "the server gave no answer", after: nil)
        case 300..<400:
            let place = answer.location.map { " to \($0)" } ?? ""
            self = .later(
                reason: "the server redirects\(place), which is not followed; write that address", after: after)
        // What is wrong with this one notice; all else is wrong with the way or the account, which somebody may mend.
        case 400, 411, 413, 414, 415, 422, 431: self = .refused(reason: words)
        case 401, 403: self = .later(reason: "\(words); is the token or password right?", after: after)
        case 404, 405, 410: self = .later(reason: "\(words); is the address right?", after: after)
        default: self = .later(reason: words, after: after)
        }
    }

    private static func words(_ answer: Answer) -> String {
        let text = String(decoding: answer.body.prefix(160), as: UTF8.self).unicodeScalars
            .map { $0.isControl ? " " : String($0) }.joined()
        return "HTTP \(answer.status)\(text.isEmpty ? "" : ": \(text)")"
    }
}
