package import Base
import Interpret
package import Logging
package import Runtime
import Store
import Synchronization

/// Who else wants to know what the owner calls nobody. Called on any thread; returns at once.
package protocol NobodyListening: Sendable {
    func callNobody(visit id: String)
    func takeBackNobody(visit id: String)
}

/// Why somebody was told and somebody was not: told by the analysis, asked by people, kept over restarts; and the places that
/// the owner has called nobody.
package final class WhyStore: WhyListening, WhySource, Sendable {
    package static let mostPlacesPerCamera = 64
    /// Looks of all places: where there are more, the oldest places have one each.
    package static let mostPlacedLooks = 768
    /// Processors of which something is known.
    package static let mostBooks = 256

    fileprivate struct State {
        var books: [ProcessorName: WhyBook] = [:]
        /// The newest last.
        var places: [NobodyPlace] = []
        var hasNews = false
        var hasNewPlaces = false
    }

    /// Where both lie on the disk.
    package struct Files: Sendable {
        var records: StorageFile
        var places: StorageFile

        package init(records: StorageFile, places: StorageFile) {
            self.records = records
            self.places = places
        }
    }

    private let state: Mutex<State>
    private let files: Files
    /// Not while no pictures are kept.
    package let keepsLooks: Bool
    private let admits: @Sendable (Int) -> Bool
    private let makeID: @Sendable () -> String
    private let listener: (any NobodyListening)?
    private let logger: Logger
    private let disk: DiskQueue

    /// - Parameters:
    ///   - files: what cannot be read is a warning, and nothing is known.
    ///   - keepsPictures: nothing is kept of how visits look unless it is true.
    ///   - admits: whether so many bytes may be written today.
    ///   - listener: told what the owner calls nobody.
    package init(
        _ files: Files, keepsPictures: Bool, admits: @escaping @Sendable (Int) -> Bool = { _ in true },
        makeID: @escaping @Sendable () -> String, listener: (any NobodyListening)? = nil,
        beats: Heartbeats? = nil, logger: Logger
    ) {
        self.files = files
        keepsLooks = keepsPictures
        self.admits = admits
        self.makeID = makeID
        self.listener = listener
        self.logger = logger
        disk = DiskQueue("why", beats: beats)
        state = Mutex(
            State(books: Self.books(in: files.records, logger), places: Self.places(in: files.places, logger)))
    }

    // MARK: - Told by the analysis

    package func note(_ records: [WhyRecord]) {
        guard !records.isEmpty else { return }
        state.withLock { state in
            for var record in records {
                if !keepsLooks { record.placedLooks = [] }
                guard state.books[record.processor] != nil || state.books.count < Self.mostBooks else { continue }
                let news = state.books[record.processor, default: WhyBook(began: .now())].note(record)
                if case .calledNobody(let place) = record.reason, news == .first { state.silenced(place) }
                state.learn(of: record)
                // What stands there all day is no reason to write.
                state.hasNews = state.hasNews || news == .first || !record.isOpen
            }
        }
    }

    package func nobody(of camera: CameraName) -> [NobodyPlace] {
        state.withLock { $0.places.filter { $0.camera == camera } }
    }

    // MARK: - Asked by people

    package func records(_ query: WhyQuery) -> [WhyRecord] {
        let found = state.withLock { state in state.books.values.flatMap { $0.records(query) } }
        let newest = found.sorted {
            ($0.since.milliseconds, $0.id) > ($1.since.milliseconds, $1.id)
        }
        return Array(newest.prefix(max(0, min(query.limit, WhyQuery.mostRecords))))
    }

    package func thresholds(of processor: ProcessorName, label: Label?, since: WallTime) -> ThresholdCounts {
        state.withLock { state in
            (state.books[processor] ?? WhyBook(began: .now())).thresholds(of: label, since: since)
        }
    }

    package func callNobody(visit id: String) async throws(NobodyError) -> NobodyPlace {
        let place = makeID()
        let result = state.withLock { $0.callNobody(visit: id, as: place) }
        let called = try result.get()
        logger.notice(
            "called nobody: the same picture there is not told again",
            metadata: ["camera": "\(called.camera)", "label": "\(called.label.rawValue)", "visit": "\(id)"])
        listener?.callNobody(visit: id)
        await saved()
        return called
    }

    package func nobodyPlaces() -> [NobodyPlace] { state.withLock { $0.places.reversed() } }

    package func forgetNobody(_ id: String) async -> Bool {
        let gone = state.withLock { state -> NobodyPlace? in
            guard let index = state.places.firstIndex(where: { $0.id == id }) else { return nil }
            state.hasNewPlaces = true
            return state.places.remove(at: index)
        }
        guard let gone else { return false }
        listener?.takeBackNobody(visit: gone.visit)
        await saved()
        return true
    }

    // MARK: - Erased

    /// The processor is no more.
    package func forget(_ processor: ProcessorName) {
        state.withLock { state in
            if state.books.removeValue(forKey: processor) != nil { state.hasNews = true }
        }
    }

    /// What is kept of a person: these visits, and those with the name, which may be a stranger's id.
    package func forget(visits: Set<String>, name: String) async {
        state.withLock { state in
            for processor in state.books.keys {
                let gone =
                    state.books[processor]?.forget {
                        visits.contains($0.id) || $0.name == name || $0.stranger == name
                    } ?? 0
                state.hasNews = state.hasNews || gone > 0
            }
            let places = state.places.count
            state.places.removeAll { visits.contains($0.visit) }
            state.hasNewPlaces = state.hasNewPlaces || state.places.count < places
        }
        await withCheckedContinuation { done in
            disk.async {
                self.write(isAsked: true)
                done.resume()
            }
        }
    }

    /// Nothing older than this is kept.
    package func forget(before time: WallTime) {
        state.withLock { state in
            for processor in state.books.keys {
                let gone =
                    state.books[processor]?
                    .forget { !$0.isOpen && $0.until.milliseconds < time.milliseconds } ?? 0
                state.hasNews = state.hasNews || gone > 0
            }
        }
    }

    // MARK: - On the disk

    /// Writes what has changed since the last time; what has not is not written.
    package func save() { disk.async { self.write() } }

    /// The program ends.
    package func finish() { disk.sync { write() } }

    /// Returns when the places are on the disk.
    private func saved() async {
        await withCheckedContinuation { done in
            disk.async {
                self.writePlaces()
                done.resume()
            }
        }
    }

    private func write(isAsked: Bool = false) {
        writePlaces()
        let books = state.withLock { state -> [ProcessorName: WhyBook]? in
            defer { state.hasNews = false }
            return state.hasNews ? state.books : nil
        }
        guard let books, let bytes = WhyFile.bytes(of: books, atMost: files.records.mostBytes),
            isAsked || admits(bytes.count)
        else { return }
        do throws(SystemError) { try files.records.write(bytes) } catch {
            state.withLock { $0.hasNews = true }
            logger.warning(
                "why somebody was told will not outlive a restart",
                metadata: ["file": "\(files.records.path)", "error": "\(error)"])
        }
    }

    private func writePlaces() {
        let places = state.withLock { state -> [NobodyPlace]? in
            defer { state.hasNewPlaces = false }
            return state.hasNewPlaces ? state.places : nil
        }
        guard let places else { return }
        let json = JSONValue.object(["places": .array(places.map(\.keptJSON))])
        do throws(SystemError) { try files.places.write(json.jsonBytes) } catch {
            state.withLock { $0.hasNewPlaces = true }
            logger.warning(
                "what was called nobody will not outlive a restart",
                metadata: ["file": "\(files.places.path)", "error": "\(error)"])
        }
    }

    private static func books(in file: StorageFile, _ logger: Logger) -> [ProcessorName: WhyBook] {
        guard file.exists else { return [:] }
        guard let bytes = try? file.read(), let books = WhyFile.books(in: bytes) else {
            logger.warning("unreadable, so nothing is known of earlier visits", metadata: ["file": "\(file.path)"])
            return [:]
        }
        return books
    }

    private static func places(in file: StorageFile, _ logger: Logger) -> [NobodyPlace] {
        guard file.exists else { return [] }
        guard let bytes = try? file.read(), let json = JSONValue(parsing: bytes), let items = json["places"]?.array
        else {
            logger.warning("unreadable, so nothing is called nobody", metadata: ["file": "\(file.path)"])
            return []
        }
        return items.compactMap { NobodyPlace($0) }
    }
}

extension WhyStore.State {
    fileprivate mutating func silenced(_ id: String) {
        guard let index = places.firstIndex(where: { $0.id == id }) else { return }
        places[index].silenced += 1
        places[index].lastSilenced = .now()
        hasNewPlaces = true
    }

    /// The visit that is called nobody goes on, and is seen where it was not before.
    fileprivate mutating func learn(of visit: WhyRecord) {
        guard visit.kind == .visit, let index = places.firstIndex(where: { $0.visit == visit.id }) else { return }
        places[index].learn(visit.placedLooks)
        places.boundLooks(to: WhyStore.mostPlacedLooks)
        hasNewPlaces = hasNewPlaces || !visit.isOpen
    }

    fileprivate mutating func callNobody(visit id: String, as newID: String) -> Result<NobodyPlace, NobodyError> {
        guard let visit = books.values.lazy.compactMap({ $0.visit(id) }).first else { return .failure(.unknownVisit) }
        if let known = places.first(where: { $0.visit == id }) { return .success(known) }
        guard let look = visit.placedLooks.first else { return .failure(.noPicture) }
        guard places.count(where: { $0.camera == visit.camera }) < WhyStore.mostPlacesPerCamera else {
            return .failure(.tooMany(most: WhyStore.mostPlacesPerCamera))
        }
        let place = NobodyPlace(
            id: newID, camera: visit.camera, label: visit.label, first: look,
            others: Array(visit.placedLooks.dropFirst()), calledAt: .now(), visit: id)
        places.append(place)
        places.boundLooks(to: WhyStore.mostPlacedLooks)
        hasNewPlaces = true
        return .success(place)
    }
}
