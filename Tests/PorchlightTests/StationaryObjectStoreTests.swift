import Base
import Foundation
import Logging
import Porchlight
import Runtime
import Testing

private final class Folder {
    let path = NSTemporaryDirectory() + "porchlight-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("What is background outlives a restart and can be forgotten")
struct StationaryObjectStoreTests {
    private let folder: Folder
    private let door: CameraName
    private let yard: CameraName
    private let coat: BackgroundObject

    init() throws {
        folder = try Folder()
        door = try #require(CameraName("door"))
        yard = try #require(CameraName("yard"))
        coat = BackgroundObject(
            label: .person, box: try #require(NormalizedBox(left: 0.1, top: 0.2, width: 0.3, height: 0.4)),
            confidence: .half, since: WallTime(milliseconds: 1_790_000_000_000))
    }

    private func objects() -> StationaryObjectStore {
        StationaryObjectStore(
            StorageFile(path: file.path(), mostBytes: 1 << 18, .eventual), cameras: [door, yard],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private var file: URL { URL(filePath: "\(folder.path)/background.json") }

    @Test("a coat that was learned is known after a restart, by its own camera")
    func restart() {
        let before = objects()
        before.note(KnownObjects(background: [coat]), of: door)
        before.finish()
        let after = objects()
        #expect(after.objects(of: door) == [coat])
        #expect(after.objects(of: yard).isEmpty)
    }

    @Test("a parcel that lies there is a visitor after a restart, too, and no background")
    func parcel() {
        var parcel = coat
        parcel.label = .package
        let before = objects()
        before.note(KnownObjects(present: [parcel]), of: door)
        before.finish()
        let after = objects()
        #expect(after.known(of: door) == KnownObjects(present: [parcel]))
        #expect(after.objects(of: door).isEmpty && after.known(of: yard).isEmpty)
    }

    @Test("nothing new is nothing to write, whatever the confidence")
    func idle() throws {
        let objects = objects()
        objects.finish()
        #expect(!FileManager.default.fileExists(atPath: file.path))
        objects.note(KnownObjects(background: [coat]), of: door)
        objects.finish()
        try FileManager.default.removeItem(at: file)
        var surer = coat
        surer.confidence = Confidence(clamping: 0.9)
        objects.note(KnownObjects(background: [surer]), of: door)
        objects.finish()
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("what is to be forgotten is asked for once, and does not come back from a look that was on its way")
    func forget() throws {
        let objects = objects()
        objects.note(KnownObjects(background: [coat]), of: door)
        #expect(!objects.takeWish(of: door))
        #expect(objects.forget(door) == 1)
        objects.note(KnownObjects(background: [coat]), of: door)
        #expect(objects.objects(of: door).isEmpty)
        #expect(objects.takeWish(of: door) && !objects.takeWish(of: door))
        objects.finish()
        #expect(self.objects().objects(of: door).isEmpty)
        #expect(objects.forget(try #require(CameraName("attic"))) == nil)
    }

    @Test(
        "a damaged file is nothing known, and no crash",
        arguments: [
            "", "{", "[]", #"{"cameras":[]}"#, #"{"cameras":{"door":[{}]}}"#,
            #"{"cameras":{"door":[{"label":"PERSON","confidence":50,"box":[0,0,-1,1],"since":0}]}}"#,
            #"{"cameras":{"door":[{"label":"CAR","confidence":50,"box":[0,0,1,1],"since":0}]}}"#,
            #"{"cameras":{"door":[{"label":"PERSON","confidence":500,"box":[0,0,1,1],"since":0}]}}"#,
        ])
    func damaged(text: String) throws {
        try Data(text.utf8).write(to: file)
        #expect(objects().objects(of: door).isEmpty)
    }
}
