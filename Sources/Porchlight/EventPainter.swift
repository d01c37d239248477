import Base
import Decode

/// The pictures that go with an event: the frame and the object alone, as JPEG. Used by the analysis thread.
struct EventPainter {
    private let encoder: JPEGEncoder
    /// Longer side of a frame's picture: enough to know a face at the door, small enough for MQTT.
    private static let mostSide = 1280

    /// - Throws: `DecodeError` when libavcodec has no JPEG encoder.
    init() throws { encoder = try JPEGEncoder() }

    /// Nil for the end of a visit: its best picture is known already. A picture that cannot be made is left out;
    /// the event matters more.
    func pictures(of event: Event, on frame: Frame) -> EventPictures? {
        guard event.phase != .ended,
            let whole = try? encoder.encode(frame, mostSide: Self.mostSide),
            let crop = try? encoder.encode(frame, crop: event.box, mostSide: Self.mostSide)
        else { return nil }
        return EventPictures(frame: whole, crop: crop)
    }
}
