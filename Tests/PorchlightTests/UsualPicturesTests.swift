import Base
import Porchlight
import Testing

@Suite("What a camera showed before it was moved")
struct UsualPicturesTests {
    private func seconds(_ count: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(count) * 1_000_000_000) }

    private func picture(_ second: Int) -> Snapshot {
        Snapshot(jpeg: [UInt8(second % 256)], capturedAt: seconds(second))
    }

    @Test("a picture from before is kept, though the move is told half a minute late and another one came meanwhile")
    func before() throws {
        let (pictures, door) = (UsualPictures(), try #require(CameraName("door")))
        #expect(pictures.isDue(for: door, at: seconds(0)))
        pictures.keep(picture(0), of: door)
        #expect(!pictures.isDue(for: door, at: seconds(100)) && pictures.isDue(for: door, at: seconds(120)))
        pictures.keep(picture(120), of: door)
        // Moved at 110, told at 145: the one of 120 shows the new scene.
        #expect(pictures.picture(of: door, beforeMoveToldAt: seconds(145))?.capturedAt == seconds(0))
        #expect(pictures.picture(of: door, beforeMoveToldAt: seconds(190))?.capturedAt == seconds(120))
        pictures.keep(picture(240), of: door)
        #expect(pictures.picture(of: door, beforeMoveToldAt: seconds(300))?.capturedAt == seconds(240))
        #expect(pictures.picture(of: door, beforeMoveToldAt: seconds(145)) == nil, "of each camera there are two")
    }

    @Test("of a camera that has not been seen for long nothing is claimed")
    func none() throws {
        let (pictures, door) = (UsualPictures(), try #require(CameraName("door")))
        #expect(pictures.picture(of: door, beforeMoveToldAt: seconds(100)) == nil)
        pictures.keep(picture(80), of: door)
        #expect(pictures.picture(of: door, beforeMoveToldAt: seconds(100)) == nil)
    }
}
