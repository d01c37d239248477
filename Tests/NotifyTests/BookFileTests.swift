import Base
import Foundation
import Notify
import Runtime
import Testing

@Suite("the queue on the disk") final class BookFileTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/notify-\(UInt64.random(in: 0 ... .max))"
    private var path: String { "\(folder)/\(BookFile.fileName)" }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A visit with a picture, a trouble, and what was told before.
    private func book(_ house: TargetSettings) -> Book {
        let book = Book(house)
        book.heard(event: event("Tür 1", ["face": ["name": "Anna"]]), at: moment(0))
        book.heard(picture: jpeg, processor: "door", label: "person", at: moment(0))
        book.heard(state: "status", "offline", at: moment(0))
        book.tick(at: moment(61))
        book.heard(event: event("v2", at: moment(61).wall), at: moment(61))
        return book
    }

    @Test("what was written comes back, pictures too, and memory need not hold them")
    func roundTrip() throws {
        let house = try hook(troubles: true, pictures: true)
        let book = book(house)
        let file = BookFile(folder: folder)
        let work = try book.takeDiskWork(clientID: "client")
        try file.write(work)
        book.stored(work)
        let contents = try file.read()
        #expect(contents == work.contents)
        #expect(contents.clientID == "client")
        #expect(contents.gathered.map(\.id) == ["v2"])
        #expect(contents.notices.map(\.id) == book.notices.map(\.id))
        let visit = try #require(book.notices.first)
        #expect(visit.picture == .file(bytes: jpeg.count, hash: FNV1a.hash(jpeg)))
        #expect(file.picture(of: visit) == jpeg)
    }

    @Test("nothing is there at the first start")
    func firstStart() throws {
        #expect(try BookFile(folder: folder).read() == BookFile.Contents())
    }

    @Test("a file that a power cut or a hand cut off anywhere is told, never half believed, and laid aside")
    func cutOff() throws {
        let book = book(try hook(troubles: true, pictures: true))
        let file = BookFile(folder: folder)
        try file.write(try book.takeDiskWork(clientID: "client"))
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: BookFile.Damaged.self) { try file.read() }
        }
        try file.setAside()
        #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
    }

    @Test("a picture that a power cut took or changed is left out, and the notice is told")
    func lostPicture() throws {
        let house = try hook(troubles: true, pictures: true)
        let book = book(house)
        let file = BookFile(folder: folder)
        let work = try book.takeDiskWork(clientID: "c")
        try file.write(work)
        book.stored(work)
        let visit = try #require(book.notices.first)
        try Data(jpeg.reversed()).write(to: URL(fileURLWithPath: "\(folder)/picture-\(visit.number).jpg"))
        #expect(file.picture(of: visit) == nil)
        book.pictureIsLost(visit.number)
        #expect(book.nextDelivery(to: house, at: moment(62))?.withPicture == false)
        #expect(book.counters.picturesLost == 1)
    }

    @Test("pictures of what was told go, and those that nobody knows after a power cut")
    func removal() throws {
        let house = try hook(pictures: true)
        let book = book(house)
        let file = BookFile(folder: folder)
        let first = try book.takeDiskWork(clientID: "c")
        try file.write(first)
        book.stored(first)
        _ = book.deliver(to: house, at: moment(62))
        let second = try book.takeDiskWork(clientID: "c")
        try file.write(second)
        book.stored(second)
        #expect(try FolderListing.names(in: folder) == [BookFile.fileName])
        try Data(jpeg).write(to: URL(fileURLWithPath: "\(folder)/picture-77.jpg"))
        try file.removeStrangers(but: book.notices)
        #expect(try FolderListing.names(in: folder) == [BookFile.fileName])
    }

    @Test("a disk that takes nothing stops no notice: the trouble is told, and all is written when it can be")
    func fullDisk() throws {
        let house = try hook()
        let book = Book(house)
        book.heard(event: event("v"), at: moment(0))
        let work = try book.takeDiskWork(clientID: "c")
        #expect(throws: SystemError.self) { try BookFile(folder: folder + "/missing").write(work) }
        book.notStored(work, "no space")
        #expect(book.status["disk"]?.string == "no space")
        #expect(book.deliver(to: house, at: moment(1)).count == 1)
        let next = try book.takeDiskWork(clientID: "c")
        try BookFile(folder: folder).write(next)
        book.stored(next)
        #expect(book.status["disk"] == .null)
    }
}
