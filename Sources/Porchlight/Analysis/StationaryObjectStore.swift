package import Base
package import Logging
package import Runtime
import Synchronization

/// What each camera has learned to be a part of its scene, and which visitors rest in it: told by the analysis, read by
/// everybody, kept over restarts.
/// Whoever doubts it may have it forgotten.
package final class StationaryObjectStore: Sendable {
    private struct Page {
        var known: KnownObjects
        /// Somebody wants the camera to forget.
        var isForgetting = false
    }

    private struct State {
        var pages: [CameraName: Page]
        var isSaved = true
    }

    private let state: Mutex<State>
    private let file: StorageFile
    private let logger: Logger
    private let disk: DiskQueue

    /// - Parameter file: one that cannot be read is a warning, and nothing is known.
    package init(_ file: StorageFile, cameras: [CameraName], beats: Heartbeats? = nil, logger: Logger) {
        self.file = file
        self.logger = logger
        disk = DiskQueue("background", beats: beats)
        let known = Self.reading(file, logger)
        state = Mutex(
            State(
                pages: Dictionary(
                    uniqueKeysWithValues: cameras.map { ($0, Page(known: known[$0.text] ?? KnownObjects())) })))
    }

    /// What is background; for messages.
    package func objects(of camera: CameraName) -> [BackgroundObject] { known(of: camera).background }

    package func known(of camera: CameraName) -> KnownObjects {
        state.withLock { $0.pages[camera]?.known ?? KnownObjects() }
    }

    /// What the camera knows now. New background is logged: nothing is left out silently.
    package func note(_ known: KnownObjects, of camera: CameraName) {
        let learned = state.withLock { state -> [BackgroundObject] in
            guard let page = state.pages[camera], !page.isForgetting else { return [] }
            let before = Set(page.known.background.map(\.place))
            guard
                before != Set(known.background.map(\.place))
                    || Set(page.known.present.map(\.place)) != Set(known.present.map(\.place))
            else { return [] }
            state.pages[camera]?.known = known
            state.isSaved = false
            return known.background.filter { !before.contains($0.place) }
        }
        for object in learned {
            logger.notice(
                "stands still and is background from now on",
                metadata: [
                    "camera": "\(camera)", "label": "\(object.label.rawValue)", "since": "\(object.since.rfc3339)",
                ])
        }
    }

    /// Wishes that the camera forgets what it has learned.
    /// - Returns: how much that is; nil when there is no such camera.
    package func forget(_ camera: CameraName) -> Int? {
        state.withLock { state in
            guard let page = state.pages[camera] else { return nil }
            state.pages[camera] = Page(known: KnownObjects(), isForgetting: true)
            state.isSaved = state.isSaved && page.known.isEmpty
            return page.known.background.count
        }
    }

    /// Whether the camera is to forget; asked by the analysis, which then does.
    package func takeWish(of camera: CameraName) -> Bool {
        state.withLock { state in
            defer { state.pages[camera]?.isForgetting = false }
            return state.pages[camera]?.isForgetting ?? false
        }
    }

    /// Writes what has changed since the last time; an unchanged book is not written.
    package func save() {
        disk.async { self.write() }
    }

    /// The program ends.
    package func finish() {
        disk.sync { write() }
    }

    private func write() {
        let pages = state.withLock { state -> [CameraName: Page]? in
            defer { state.isSaved = true }
            return state.isSaved ? nil : state.pages
        }
        guard let pages else { return }
        var members = ["cameras": Self.json(pages.mapValues(\.known.background))]
        let present = pages.mapValues(\.known.present)
        if present.values.contains(where: { !$0.isEmpty }) { members["present"] = Self.json(present) }
        let json = JSONValue.object(members)
        do throws(SystemError) { try file.write(json.jsonBytes) } catch {
            state.withLock { $0.isSaved = false }
            logger.warning(
                "what is background will not outlive a restart",
                metadata: ["file": "\(file.path)", "error": "\(error)"])
        }
    }

    private static func json(_ objects: [CameraName: [BackgroundObject]]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: objects.filter { !$0.value.isEmpty }
                    .map { ($0.key.text, .array($0.value.map(\.json))) }))
    }

    private static func reading(_ file: StorageFile, _ logger: Logger) -> [String: KnownObjects] {
        guard file.exists else { return [:] }
        guard let bytes = try? file.read(), let json = JSONValue(parsing: bytes),
            let background = pages(in: json["cameras"]), let present = pages(in: json["present"] ?? .object([:]))
        else {
            logger.warning(
                "unreadable, so nothing is background until it is learned anew", metadata: ["file": "\(file.path)"])
            return [:]
        }
        var known = background.mapValues { KnownObjects(background: $0) }
        for (camera, objects) in present { known[camera, default: KnownObjects()].present = objects }
        return known
    }

    private static func pages(in json: JSONValue?) -> [String: [BackgroundObject]]? {
        guard let cameras = json?.object, case let pages = cameras.compactMapValues(Self.objects),
            pages.count == cameras.count
        else { return nil }
        return pages
    }

    /// Nil when one of them is not what this program writes.
    private static func objects(in json: JSONValue) -> [BackgroundObject]? {
        guard let items = json.array, case let objects = items.compactMap(BackgroundObject.init(json:)),
            objects.count == items.count
        else { return nil }
        return objects
    }
}

extension BackgroundObject {
    fileprivate var json: JSONValue {
        [
            "label": .string(label.rawValue), "confidence": .number(confidence.percent),
            "box": .array([box.left, box.top, box.width, box.height].map(JSONValue.number)),
            "since": .integer(since.milliseconds),
        ]
    }

    fileprivate init?(json: JSONValue) {
        let sides = json["box"]?.array?.compactMap(\.double) ?? []
        guard let label = json["label"]?.string.flatMap(Label.init(rawValue:)), sides.count == 4,
            let box = NormalizedBox(left: sides[0], top: sides[1], width: sides[2], height: sides[3]),
            let confidence = json["confidence"]?.double.flatMap(Confidence.init(percent:)),
            let since = json["since"]?.int
        else { return nil }
        self.init(
            label: label, box: box, confidence: confidence, since: WallTime(milliseconds: Int64(since)))
    }

    /// What makes it another object; its best confidence does not.
    fileprivate var place: BackgroundObject {
        BackgroundObject(label: label, box: box, confidence: .half, since: WallTime(milliseconds: 0))
    }
}
