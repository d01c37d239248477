import Base
import Glibc
package import Runtime

/// The queue and the settled visits on the disk: one file that is replaced as a whole, and a file for each picture. A power
/// cut leaves the old file or the new one; a picture that it took is missed by its length or its hash.
package struct BookFile: Sendable {
    package static let fileName = "queue.json"
    private static let picturePrefix = "picture-"
    private static let mostBytes = 4 << 20
    private static let mostPictureBytes = 4 << 20

    /// What came back from the disk.
    package struct Contents: Sendable, Equatable {
        package var clientID: String?
        package var notices: [Notice] = []
        package var settled: [NoticeBook.Settled] = []
        package var lastNumber: UInt64 = 0
        /// Visits whose picture and name were still awaited.
        package var gathered: [Visit] = []

        package init() {}
    }

    private let folder: String

    package init(folder: String) { self.folder = folder }

    private var file: StorageFile {
        StorageFile(path: "\(folder)/\(Self.fileName)", mode: 0o600, mostBytes: Self.mostBytes)
    }

    private func pictureFile(_ number: UInt64) -> StorageFile {
        StorageFile(
            path: "\(folder)/\(Self.picturePrefix)\(number).jpg", mode: 0o600, mostBytes: Self.mostPictureBytes)
    }

    // MARK: - Reading

    /// What was written last; empty at the first start.
    /// - Throws: `Damaged` when the file is there and cannot be used: nothing may be written over it unseen.
    package func read() throws(Damaged) -> Contents {
        guard file.exists else { return Contents() }
        do {
            return try Self.contents(try JSONParser.parse(try file.read()))
        } catch { throw Damaged(reason: "\(error)") }
    }

    package struct Damaged: Error, Sendable, CustomStringConvertible {
        package var reason: String
        package var description: String { "\(BookFile.fileName) cannot be used: \(reason)" }
    }

    private struct Malformed: Error, CustomStringConvertible {
        var description: String { "its members are not what was written" }
    }

    private static func contents(_ json: JSONValue) throws -> Contents {
        guard json["version"]?.int == 1, let notices = json["notices"]?.array, let settled = json["settled"]?.array
        else {
            throw Malformed()
        }
        var contents = Contents()
        contents.clientID = json["clientId"]?.string
        contents.notices = try notices.map { json in
            guard let notice = Notice(stored: json) else { throw Malformed() }
            return notice
        }
        contents.settled = try settled.map { json in
            guard let id = json["id"]?.string, let names = json["targets"]?.array?.compactMap(\.string) else {
                throw Malformed()
            }
            return NoticeBook.Settled(id: id, targets: Set(names))
        }
        contents.gathered = (json["gathered"]?.array ?? []).compactMap(Visit.init(stored:))
        contents.lastNumber = max(
            json["lastNumber"]?.int.flatMap(UInt64.init(exactly:)) ?? 0, contents.notices.map(\.number).max() ?? 0)
        return contents
    }

    /// Moves a file that cannot be used out of the way: its owner may want to look at it.
    package func setAside() throws(SystemError) {
        let bytes = try OwnedFileDescriptor.opening(file.path, O_RDONLY | O_NOFOLLOW).read(atMost: Self.mostBytes)
        try StorageFile(path: "\(file.path).damaged", mode: 0o600, mostBytes: Self.mostBytes, .eventual).write(bytes)
    }

    /// The bytes of a picture, or nil when they are not those that were written.
    package func picture(of notice: Notice) -> [UInt8]? {
        switch notice.picture {
        case .none: return nil
        case .memory(let bytes): return bytes
        case .file(let count, let hash):
            guard let bytes = try? pictureFile(notice.number).read(), bytes.count == count, FNV1a.hash(bytes) == hash
            else { return nil }
            return bytes
        }
    }

    // MARK: - Writing

    /// Writes pictures first, so that what names them comes last.
    package func write(_ work: DiskWork) throws(SystemError) {
        for (number, bytes) in work.pictures { try pictureFile(number).write(bytes) }
        try file.write(Self.json(work.contents).jsonBytes)
        remove(work.removals)
    }

    private func remove(_ numbers: [UInt64]) {
        // What cannot be removed now goes at the next start.
        for number in numbers { _ = unsafe unlink(pictureFile(number).path) }
    }

    /// Removes pictures that no notice names: a power cut came between the two files.
    package func removeStrangers(but notices: [Notice]) throws(SystemError) {
        let known = Set(notices.map { "\(Self.picturePrefix)\($0.number).jpg" })
        for name in try FolderListing.names(in: folder)
        where name.hasPrefix(Self.picturePrefix) && !known.contains(name) {
            _ = unsafe unlink("\(folder)/\(name)")
        }
    }

    private static func json(_ contents: Contents) -> JSONValue {
        [
            "version": 1, "lastNumber": .integer(Int64(clamping: contents.lastNumber)),
            "clientId": contents.clientID.map(JSONValue.string) ?? .null,
            "notices": .array(contents.notices.map(\.stored)), "gathered": .array(contents.gathered.map(\.stored)),
            "settled": .array(
                contents.settled.map { settled in
                    ["id": .string(settled.id), "targets": .array(settled.targets.sorted().map(JSONValue.string))]
                }),
        ]
    }
}

/// What the disk is to do next.
package struct DiskWork: Sendable {
    package var contents: BookFile.Contents
    package var pictures: [(number: UInt64, bytes: [UInt8])]
    package var removals: [UInt64]
}

extension NoticeBook {
    /// Takes over what the last run left; targets that are not there any more are dropped and counted.
    package mutating func restore(_ contents: BookFile.Contents, at now: Moment) {
        let names = Set(targets.map(\.name))
        settled = Array(contents.settled.suffix(Self.mostSettled))
        lastNumber = contents.lastNumber
        for var notice in contents.notices {
            counters.orphaned += notice.waiting.subtracting(names).count
            notice.waiting.formIntersection(names)
            if !notice.waiting.isEmpty { notices.append(notice) }
        }
        // Their pictures came, if at all, while nobody listened.
        for visit in contents.gathered.suffix(Self.mostGatherings) {
            gatherings[visit.id] = Gathering(
                visit: visit, began: now.monotonic, deadline: now.monotonic, picture: nil, needsPicture: false)
        }
        isDirty = true
    }

    /// What has changed since the last call; nil when nothing has.
    package mutating func takeDiskWork(clientID: String) -> DiskWork? {
        guard isDirty else { return nil }
        isDirty = false
        var contents = BookFile.Contents()
        (contents.clientID, contents.settled, contents.lastNumber) = (clientID, settled, lastNumber)
        contents.gathered = gatherings.values.sorted { $0.began < $1.began }.map(\.visit)
        var pictures: [(number: UInt64, bytes: [UInt8])] = []
        contents.notices = notices.map { notice in
            guard case .memory(let bytes) = notice.picture else { return notice }
            pictures.append((notice.number, bytes))
            var stored = notice
            stored.picture = .file(bytes: bytes.count, hash: FNV1a.hash(bytes))
            return stored
        }
        defer { removals = [] }
        return DiskWork(contents: contents, pictures: pictures, removals: removals)
    }

    /// The disk has it all, and memory need not.
    package mutating func stored(_ work: DiskWork) {
        diskProblem = nil
        for stored in work.contents.notices {
            guard work.pictures.contains(where: { $0.number == stored.number }) else { continue }
            if let index = notices.firstIndex(where: { $0.number == stored.number }), notices[index].picture != .none {
                notices[index].picture = stored.picture
            } else {
                removals.append(stored.number)
                isDirty = true
            }
        }
    }

    /// The disk took nothing: everything is told from memory, and written when it can be.
    package mutating func notStored(_ work: DiskWork, _ problem: String) {
        diskProblem = problem
        removals += work.removals
        isDirty = true
    }
}

extension Notice {
    /// As it lies on the disk; a picture in memory is not part of it.
    fileprivate var stored: JSONValue {
        var members: [String: JSONValue] = [
            "number": .integer(Int64(clamping: number)), "time": time.map { .integer($0.milliseconds) } ?? .null,
            "waiting": .array(waiting.sorted().map(JSONValue.string)),
            "withoutPicture": .array(withoutPicture.sorted().map(JSONValue.string)),
        ]
        if case .file(let bytes, let hash) = picture {
            members["picture"] = ["bytes": .integer(Int64(bytes)), "hash": .integer(Int64(hash))]
        }
        switch subject {
        case .visit(let visit): members["visit"] = visit.stored
        case .trouble(let id, let words): members["trouble"] = ["id": .string(id), "words": .string(words)]
        case .test: break
        }
        return .object(members)
    }

    fileprivate init?(stored json: JSONValue) {
        guard let number = json["number"]?.int.flatMap(UInt64.init(exactly:)),
            let waiting = json["waiting"]?.array?.compactMap(\.string), let subject = Self.subject(json)
        else { return nil }
        var picture = Picture.none
        if let bytes = json["picture"]?["bytes"]?.int, let hash = json["picture"]?["hash"]?.int {
            guard let hash = UInt32(exactly: hash), bytes > 0 else { return nil }
            picture = .file(bytes: bytes, hash: hash)
        }
        self.init(
            number: number, subject: subject, time: json["time"]?.int.map { WallTime(milliseconds: Int64($0)) },
            picture: picture, waiting: Set(waiting))
        withoutPicture = Set(json["withoutPicture"]?.array?.compactMap(\.string) ?? [])
    }

    private static func subject(_ json: JSONValue) -> Subject? {
        if let visit = json["visit"] { return Visit(stored: visit).map { .visit($0) } }
        guard let id = Visit.word(json["trouble"]?["id"]), let words = json["trouble"]?["words"]?.string else {
            return nil
        }
        return .trouble(id: id, words)
    }
}

extension Visit {
    fileprivate var stored: JSONValue {
        [
            "id": .string(id), "processor": .string(processor), "camera": .string(camera), "event_type": .string(label),
            "confidence": .number(confidence),
            "face": isFaceSearched ? ["name": name.map(JSONValue.string) ?? .null] : .null, "phase": "started",
            "replayed": .bool(isReplayed), "since": began.map { .string($0.rfc3339) } ?? .null,
        ]
    }

    fileprivate init?(stored json: JSONValue) { self.init(event: json) }
}
