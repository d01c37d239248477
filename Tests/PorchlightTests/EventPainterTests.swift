import Base
import Porchlight
import Settings
import TestSupport
import Testing

@Suite struct EventPainterTests {
    /// Grey, or noise that no JPEG makes small.
    private func frame(noisy: Bool) throws -> Frame {
        var random = SplitMix(seed: 3)
        let size = try #require(PixelSize(width: 640, height: 480))
        let frame = unsafe FramePool(capacity: 1).frame(
            .gray8, size, isFullRange: true, capturedAt: .now(), sequence: 0
        ) { _, bytes, _ in
            for index in 0..<bytes.count {
                unsafe bytes[index] = noisy ? UInt8.random(in: 0...255, using: &random) : 128
            }
        }
        return try #require(frame)
    }

    private func event(_ phase: Event.Phase = .started) throws -> Event {
        Event(
            id: "v", camera: try #require(CameraName("door")), processor: try #require(ProcessorName("door")),
            label: .person, phase: phase, reason: nil, at: .now(), since: .now(), confidence: .half,
            box: try #require(NormalizedBox(left: 0.25, top: 0.25, width: 0.5, height: 0.5)), regionOverlap: 1,
            settingsRevision: 1, openCount: 1, looksSeen: 3, looksTaken: 3)
    }

    @Test("the box is drawn into what people see, or not, as the settings say; results stay as the camera gave them")
    func boxes() throws {
        let frame = try frame(noisy: false)
        let drawn = try #require(try EventPainter(PictureSettings()).pictures(of: event(), on: frame))
        let clean = try #require(try EventPainter(PictureSettings(boxes: false)).pictures(of: event(), on: frame))
        #expect(drawn.shown != drawn.frame && drawn.shown.count > clean.shown.count)
        #expect(clean.shown == clean.frame && drawn.frame == clean.frame)
    }

    @Test("a picture that is too large gets smaller instead of lost", arguments: [16, 64, 256])
    func limit(kilobytes: Int) throws {
        let settings = PictureSettings(maxBytes: kilobytes << 10)
        let pictures = try #require(try EventPainter(settings).pictures(of: event(), on: frame(noisy: true)))
        #expect(pictures.shown.count <= kilobytes << 10)
        #expect(pictures.shown.starts(with: [0xff, 0xd8]) && pictures.shown.count > 1000)
    }

    @Test("in privacy mode there is no picture of anything")
    func privacy() throws {
        #expect(
            try EventPainter(PictureSettings(isPrivate: true)).pictures(of: event(), on: frame(noisy: false)) == nil)
    }
}
