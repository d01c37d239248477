import Rekognition

extension Routes {
    /// `GET /`, `GET /page/*`: the page's files. They hold nothing of the box: anybody may have them.
    @Sendable static func page(_ call: Route.Call, _ sources: RouteSources) async -> Answer {
        guard let file = sources.page.file(at: call.head.path) else { return noPage(sources.page.isEmpty) }
        let isKnown = call.head["if-none-match"]?.split(separator: ",").contains { $0.trimmingSpaces() == file.tag }
        var answer = Answer(
            status: isKnown == true ? 304 : 200, contentType: file.contentType, body: isKnown == true ? [] : file.bytes)
        // Asked again each time, so that an update is seen at once.
        answer.headers = [("ETag", file.tag), ("Cache-Control", "no-cache")] + pageHeaders
        return answer
    }

    /// The page takes everything from this box, talks to nobody else, and lies in nobody's frame.
    static let pageHeaders = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        ("Referrer-Policy", "no-referrer"),
    ]

    private static func noPage(_ isMissing: Bool) -> Answer {
        let text =
            isMissing
            ? "The page is not installed on this box; the log of porchlight says where it was looked for. The API answers "
                + "all the same: POST /, GET /healthz.\n"
            : "The page has no such file.\n"
        var answer = Answer(status: 404, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
        answer.headers = pageHeaders
        return answer
    }
}
