import Base
import Rekognition

extension Routes {
    /// `GET /cameras/<name>/live.mjpg`: the camera's pictures as they come, one JPEG after the other, for players and pages.
    /// Nothing is made that nobody takes.
    @Sendable static func live(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let place = try ViewerPlace(of: sources.viewers, for: call, sources)
        let first = try await latest(call, sources)
        var answer = Answer(
            status: 200, contentType: LivePictures.contentType,
            pieces: LivePictures(camera: call.wildcard, first: first, health: sources.health, place: place))
        answer.headers = [("Cache-Control", "no-store")]
        return answer
    }
}

/// One camera's pictures as parts of a `multipart/x-mixed-replace` body, at most five a second. They end with
/// the session on the page, and when the camera has sent none for half a minute, or viewers whose power has gone would keep
/// their places.
private struct LivePictures: AsyncSequence, Sendable {
    private static let boundary = "porchlight-picture"
    static let contentType = "multipart/x-mixed-replace; boundary=\(boundary)"
    private static let pause = Duration.milliseconds(200)
    private static let mostPauses = 150

    let camera: String
    let first: Snapshot
    let health: any HealthSource
    let place: ViewerPlace

    func makeAsyncIterator() -> Iterator { Iterator(pictures: self) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = Never

        fileprivate let pictures: LivePictures
        private var last: MonotonicTime?

        fileprivate init(pictures: LivePictures) { self.pictures = pictures }

        mutating func next() async -> [UInt8]? {
            guard let last else { return part(pictures.first) }
            for _ in 0..<LivePictures.mostPauses {
                // Cancelled: nobody looks any more.
                guard (try? await Task.sleep(for: LivePictures.pause)) != nil, pictures.place.isHeld else { return nil }
                if let picture = await pictures.health.snapshot(of: pictures.camera, otherThan: last) {
                    return part(picture)
                }
            }
            return nil
        }

        private mutating func part(_ picture: Snapshot) -> [UInt8] {
            last = picture.capturedAt
            let head =
                "--\(LivePictures.boundary)\r\nContent-Type: image/jpeg\r\nContent-Length: \(picture.jpeg.count)\r\n\r\n"
            return Array(head.utf8) + picture.jpeg + Array("\r\n".utf8)
        }
    }
}
