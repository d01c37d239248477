package import Base
package import Settings

/// What really runs, beside what was asked for.
package struct CaptureFormat: Sendable, Equatable, CustomStringConvertible {
    package let fourCC: FourCC
    package let size: PixelSize
    /// Bytes from row to row of the first plane; 0 for compressed formats.
    package let stride: Int
    /// Samples span 0...255.
    package let isFullRange: Bool
    /// Nil when the driver does not say.
    package let fps: Double?
    /// Mapped buffers that the driver gave.
    package let buffers: Int
    package let capability: DeviceCapability
    package let asked: Asked
    /// What the bus had no room for, the best first: `MJPG 1280x720`.
    package var noRoomFor: [String] = []

    package struct Asked: Sendable, Equatable {
        package let format: CameraSettings.Format
        package let size: PixelSize
        package let fps: Int
    }

    /// `MJPG 1280x720 at 30 fps`
    package var description: String { "\(fourCC) \(size)" + (fps.map { " at \(Self.rounded($0)) fps" } ?? "") }

    /// What the mapped buffers and a number of decoded pictures take at most, in bytes. A compressed picture has about half a
    /// byte a pixel, a decoded one 1.5 (4:2:0), a raw one what its rows say.
    package func memory(pictures: Int) -> Int {
        let pixels = size.width * size.height
        if stride == 0 { return pixels * 3 / 2 * pictures + pixels / 2 * buffers }
        return max(stride * size.height, pixels * 3 / 2) * (pictures + buffers)
    }

    /// What differs from the settings, for people: `asked for 1280x720, runs 640x480`. Empty when nothing does.
    package var differences: [String] {
        var list: [String] = []
        if size != asked.size { list.append("asked for \(asked.size), runs \(size)") }
        if asked.format != .auto, asked.format.rawValue != fourCC.description {
            list.append("asked for \(asked.format.rawValue), runs \(fourCC)")
        }
        if let fps, abs(fps - Double(asked.fps)) > 0.5 {
            list.append("asked for \(asked.fps) fps, runs \(Self.rounded(fps)) fps")
        }
        return list
    }

    /// Why the pictures have not the size that they should have, with a remedy; nil when they have.
    func wrongSize(isSizeSet: Bool) -> String? {
        guard size != asked.size else { return nil }
        if let best = noRoomFor.first {
            return
                "wrong size: the USB bus has no room for \(best), so the camera sends \(size): plug it into another USB "
                + "port, or take another camera off the bus"
        }
        guard isSizeSet else { return nil }
        return
            "wrong size: \(asked.size) is set and the camera has \(size): `porchlight cameras` lists the sizes that it "
            + "has; set one of them as width and height"
    }

    /// `30`, `7.5`
    static func rounded(_ fps: Double) -> String {
        let tenths = (fps * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
}

/// Pictures that did not become frames, and why; grows for the life of one `Camera`.
package struct CaptureCounts: Sendable, Equatable {
    /// Handed on.
    package var captured: UInt64 = 0
    /// Valid, but a newer one was there already.
    package var skipped: UInt64 = 0
    /// Damaged by the bus or the sensor, and dropped.
    package var corrupt: UInt64 = 0
    /// Damaged, and handed on as far as they decode: among those captured.
    package var partial: UInt64 = 0
    /// Never arrived: gaps in the driver's sequence numbers.
    package var lost: UInt64 = 0
    /// The first ones after a start, still dark or green while exposure settles.
    package var warmUp: UInt64 = 0

    package init() {}
}
