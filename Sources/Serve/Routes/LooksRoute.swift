import Base
import Rekognition
import Synchronization

extension Routes {
    /// `GET /cameras/<name>/looks`: what each look at the camera's picture has seen, as server-sent events. Nothing is made or
    /// kept for a camera that nobody watches; whoever is slow gets the newest.
    @Sendable static func looks(_ call: Route.Call, _ sources: RouteSources) async throws(APIError) -> Answer {
        let place = try ViewerPlace(of: sources.watchers, for: call, sources)
        guard let looks = sources.looks, let watch = looks.watch(call.wildcard) else {
            throw APIError(
                .resourceNotFound, "There is no camera '\(call.wildcard.prefix(64))', or it is away.")
        }
        var answer = Answer(
            status: 200, contentType: "text/event-stream",
            pieces: SeenLooks(
                watch: watch, showsPictures: looks.showsPictures, missed: sources.missedLooks, place: place))
        answer.headers = [("Cache-Control", "no-store")]
        return answer
    }
}

/// Counts looks that nobody got because newer ones came first.
final class MissedLooks: Sendable {
    private let total = Atomic(0)

    var count: Int { total.load(ordering: .relaxed) }

    func add(_ count: Int) { _ = total.wrappingAdd(count, ordering: .relaxed) }
}

/// One camera's looks as events, at most ten a second: `begin` first, then `look`s, and a comment after each five seconds
/// without one. They end when the camera is away and when the session on the page is over.
private struct SeenLooks: AsyncSequence, Sendable {
    private static let pause = Duration.milliseconds(100)
    private static let pausesUntilComment = 50

    let watch: any LookWatching
    let showsPictures: Bool
    let missed: MissedLooks
    let place: ViewerPlace

    func makeAsyncIterator() -> Iterator { Iterator(looks: self) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = Never

        fileprivate let looks: SeenLooks
        private var hasBegun = false

        fileprivate init(looks: SeenLooks) { self.looks = looks }

        mutating func next() async -> [UInt8]? {
            guard hasBegun else {
                hasBegun = true
                return Self.event("begin", ["pictures": .bool(looks.showsPictures)])
            }
            for _ in 0..<SeenLooks.pausesUntilComment {
                // Cancelled: nobody looks any more.
                guard (try? await Task.sleep(for: SeenLooks.pause)) != nil, looks.place.isHeld else { return nil }
                switch looks.watch.next() {
                case .look(let look, let count):
                    looks.missed.add(count)
                    return Self.event("look", look.json(missed: count))
                case .nothingNew: continue
                case .gone: return nil
                }
            }
            return Array(": nothing new\n\n".utf8)
        }

        private static func event(_ name: String, _ data: JSONValue) -> [UInt8] {
            Array("event: \(name)\ndata: ".utf8) + data.jsonBytes + Array("\n\n".utf8)
        }
    }
}
