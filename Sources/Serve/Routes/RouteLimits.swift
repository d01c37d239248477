import Rekognition

/// What one request to a route may use up. A listener may allow less (`HTTPListener.Limits`).
package struct RouteLimits: Sendable {
    /// Bytes of its body.
    package var body: Int
    /// From its head to the end of its body.
    package var bodyWithin: Duration
    /// From its head to the last byte of its answer.
    package var answerWithin: Duration
    /// What a larger body is answered with.
    var tooLarge: APIError

    init(body: Int, bodyWithin: Duration, answerWithin: Duration, tooLarge: APIError? = nil) {
        self.body = body
        self.bodyWithin = bodyWithin
        self.answerWithin = answerWithin
        self.tooLarge = tooLarge ?? APIError(.requestTooLarge, "The body is larger than \(body) bytes.")
    }

    /// For requests that need no body; a signature covers one all the same.
    static func small(answerWithin: Duration) -> RouteLimits {
        RouteLimits(body: 64 << 10, bodyWithin: .seconds(10), answerWithin: answerWithin)
    }
}
