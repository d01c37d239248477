package import Base
import Decode
import Interpret
package import Settings

/// The pictures that go with an event, as JPEG. Used by the analysis thread.
package struct EventPainter {
    private let settings: PictureSettings
    private let encoder: JPEGEncoder
    private let canvas = FramePool(capacity: 1)
    /// Longer side of a frame's picture: enough to know a face at the door, small enough for MQTT.
    private static let mostSide = 1280

    /// - Throws: `DecodeError` when libavcodec has no JPEG encoder.
    package init(_ settings: PictureSettings) throws {
        self.settings = settings
        encoder = try JPEGEncoder()
    }

    /// Nil for the end of a visit: its best picture is known already; and when nobody is to see any. A picture that
    /// cannot be made is left out; the event matters more.
    package func pictures(of event: Event, on frame: Frame) -> EventPictures? {
        guard !settings.isPrivate, event.phase != .ended,
            let shown = try? encoder.encode(
                drawn(event, on: frame), mostSide: Self.mostSide, mostBytes: settings.maxBytes),
            let whole = try? encoder.encode(frame, mostSide: Self.mostSide),
            let crop = try? encoder.encode(frame, crop: event.box, mostSide: Self.mostSide)
        else { return nil }
        return EventPictures(shown: shown, frame: whole, crop: crop)
    }

    /// A piece of the frame for the samples; nil when nobody is to see any picture, or it cannot be made.
    func cutout(of detection: Detection, on frame: Frame) -> Cutout? {
        settings.isPrivate ? nil : (try? encoder.cutout(of: frame, around: detection.box)) ?? nil
    }

    private func drawn(_ event: Event, on frame: Frame) -> Frame {
        guard settings.boxes else { return frame }
        return AnnotatedPicture.draw([AnnotatedPicture.Mark(event)], on: frame, from: canvas) ?? frame
    }
}
