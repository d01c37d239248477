import Rekognition

/// What one request to a route may use up. A listener may allow less (`HTTPListener.Limits`).
package struct RouteLimits: Sendable {
    /// Bytes of its body.
    package var body: Int
    /// From its head to the end of its body.
    package var bodyWithin: Duration
    /// From its head to the last byte of its answer, or to the head of one that comes in pieces.
    package var answerWithin: Duration
    /// For answers that come in pieces and may go on for ever: how long a caller may take for one.
    package var pieceWithin: Duration?
    /// What a larger body is answered with.
    var tooLarge: APIError

    init(
        body: Int, bodyWithin: Duration, answerWithin: Duration, pieceWithin: Duration? = nil,
        tooLarge: APIError? = nil
    ) {
        self.body = body
        self.bodyWithin = bodyWithin
        self.answerWithin = answerWithin
        self.pieceWithin = pieceWithin
        self.tooLarge = tooLarge ?? APIError(.requestTooLarge, "The body is larger than \(body) bytes.")
    }

    /// For requests that need no body; a signature covers one all the same.
    static func small(answerWithin: Duration, pieceWithin: Duration? = nil) -> RouteLimits {
        RouteLimits(
            body: 64 << 10, bodyWithin: .seconds(10), answerWithin: answerWithin, pieceWithin: pieceWithin)
    }
}
