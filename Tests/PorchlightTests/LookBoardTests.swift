import Base
import Porchlight
import Testing

@Suite("Looks for whoever watches a camera")
struct LookBoardTests {
    private let door: CameraName
    private let statuses: CameraStatusStore
    private let board: LookBoard

    init() throws {
        door = try #require(CameraName("door"))
        statuses = CameraStatusStore([door], block: AnalysisBlock {}) {}
        statuses.update(door) { $0.phase = .online }
        board = LookBoard(statuses, showsPictures: true)
    }

    private func look(_ number: Int) throws -> SeenLook {
        SeenLook(
            camera: door, at: MonotonicTime(nanoseconds: Int64(number)),
            size: try #require(PixelSize(width: 640, height: 360)), detections: [], motion: .init(), processors: []
        ) { _ in [] }
    }

    @Test("nothing is kept while nobody watches, nor after the last one has gone")
    func nobody() throws {
        try board.show(look(1))
        #expect(!board.isWatched(door))
        var first = board.watch("door"), second = board.watch("door")
        #expect(first?.next() == .nothingNew && board.isWatched(door))
        try board.show(look(2))
        first = nil
        #expect(first == nil && board.isWatched(door))
        #expect(second?.next() == .look(try look(2), missed: 0))
        second = nil
        #expect(second == nil && !board.isWatched(door))
        #expect(board.watch("door")?.next() == .nothingNew, "of a look before one came nothing is told")
    }

    @Test("who is slow gets the newest look, once, and hears how many it has missed")
    func slow() throws {
        let (quick, slow) = (try #require(board.watch("door")), try #require(board.watch("door")))
        for number in 1...4 {
            try board.show(look(number))
            #expect(quick.next() == .look(try look(number), missed: 0))
        }
        #expect(slow.next() == .look(try look(4), missed: 3))
        #expect(slow.next() == .nothingNew)
        let late = try #require(board.watch("door"))
        try board.show(look(5))
        #expect(late.next() == .look(try look(5), missed: 0), "what was before it came it has not missed")
    }

    @Test("it ends when the camera goes, and an unknown camera or one that is away cannot be watched")
    func away() throws {
        let watch = try #require(board.watch("door"))
        statuses.update(door) { $0.phase = .offline(reason: "unplugged") }
        #expect(watch.next() == .gone)
        #expect(board.watch("door") == nil && board.watch("garden") == nil && board.watch("../x") == nil)
    }
}
