import Base
import Foundation
import Porchlight
import Runtime
import Synchronization
import Testing

@Suite("Pictures of visits on the disk")
struct VisitImagesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "images-\(UUID().uuidString)")

    private func event(_ phase: Event.Phase, _ visit: String = "v") throws -> Event {
        Event(
            id: visit, camera: try #require(CameraName("front")), processor: try #require(ProcessorName("door")),
            label: .person, phase: phase, reason: phase == .ended ? .gone : nil, at: .now(), since: .now(),
            confidence: .half, box: .full, regionOverlap: 1, settingsRevision: 1, openCount: 1, looksSeen: 1,
            looksTaken: 1)
    }

    /// Names and contents below the folder.
    private var files: [String: [UInt8]] {
        let below = folder.appending(path: "door")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: below.path())) ?? []
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, (try? [UInt8](Data(contentsOf: below.appending(path: $0)))) ?? []) })
    }

    @Test("an SD card sees one picture of a visit, the best one, when it ends; it can be asked for before")
    func once() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let asked = Mutex<[Int]>([])
        let images = VisitImages(folder: folder.path()) { bytes in
            asked.withLock { $0.append(bytes) }
            return true
        }
        #expect(await images.keep(try event(.started), [1]) == nil)
        for picture in UInt8(2)...60 { #expect(await images.keep(try event(.updated), [picture]) == nil) }
        #expect(files.isEmpty)
        #expect(await images.picture(ofVisit: "v") == [60])
        let path = await images.keep(try event(.ended), nil)
        #expect(path?.hasSuffix("door/v.jpg") == true)
        #expect(files == ["v.jpg": [60]])
        #expect(asked.withLock { $0 } == [1])
        #expect(await images.picture(ofVisit: "v") == [60])
    }

    @Test("of a visit that goes on for hours a power cut takes only what came since the last ten minutes")
    func long() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = VisitImages(folder: folder.path()) { _ in true }
        _ = await images.keep(try event(.started), [1])
        await images.writeOpen()
        #expect(files == ["v.jpg": [1]])
        _ = await images.keep(try event(.updated), [2])
        await images.writeOpen()
        #expect(files == ["v.jpg": [2]])
        #expect(await images.keep(try event(.ended), nil) != nil)
    }

    @Test("many open visits take bounded memory: the oldest pictures go to the disk")
    func crowd() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = VisitImages(folder: folder.path()) { _ in true }
        for visit in 0..<40 { _ = await images.keep(try event(.started, "v\(visit)"), [UInt8(visit)]) }
        #expect(files.count == 8 && files["v0.jpg"] == [0])
        #expect(await images.keep(try event(.ended, "v0"), nil) != nil)
    }

    @Test("when no more may be written today the picture is left out, and no event names it")
    func spared() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = VisitImages(folder: folder.path()) { _ in false }
        _ = await images.keep(try event(.started), [1])
        #expect(await images.keep(try event(.ended), nil) == nil)
        #expect(files.isEmpty && images.failureCount == 0)
    }

    @Test("a picture that is only in memory is erased with its visit")
    func erased() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = VisitImages(folder: folder.path()) { _ in true }
        _ = await images.keep(try event(.started), [1])
        let erased = await images.erase(visits: ["v"])
        #expect(erased.count == 1 && erased.isComplete)
        #expect(await images.keep(try event(.ended), nil) == nil)
        #expect(files.isEmpty)
    }
}
