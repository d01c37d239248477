import Base
import Decode
import Gate

/// A look at a camera for some seconds, as `check` takes it: whether pictures come, and whether anything shows in them.
struct CameraGlance {
    private static let (duration, most): (Duration, Int) = (.seconds(4), 60)
    /// The exposure settles.
    private static let settling = 5

    /// - Parameter source: not open; closed afterwards.
    /// - Returns: in words, what is wrong with the pictures; nil when nothing is.
    /// - Throws: what the source throws when no pictures come.
    static func trouble(of source: any FrameSource) throws -> String? {
        defer { source.close() }
        _ = try source.open()
        var (gate, pictures) = (MotionGate(), FirstPictures())
        let end = MonotonicTime.now() + duration
        var count = 0
        while MonotonicTime.now() < end, count < most {
            guard case .picture(let picture) = try source.next(within: .milliseconds(200), as: { _ in .preview }),
                let preview = picture.preview
            else { continue }
            count += 1
            guard count > settling else { continue }
            _ = gate.sawMotion(in: preview.frame, isEighth: preview.isEighth)
            pictures.add(gate.cells(of: preview.frame, isEighth: preview.isEighth))
        }
        return pictures.trouble?.words
    }
}
