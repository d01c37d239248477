package import Base
import CLibAV

/// A turn clockwise by a number of right angles.
typealias Turn = Rotation

extension Rotation {
    /// One turn after the other.
    func then(_ next: Turn) -> Turn { Turn(rawValue: (rawValue + next.rawValue) % 360) ?? .none }

    var swapsSides: Bool { self == .right || self == .left }

    /// The size of a turned picture.
    package func turned(_ size: PixelSize) -> PixelSize {
        swapsSides ? PixelSize(width: size.height, height: size.width) ?? size : size
    }

    /// From the nine numbers that MP4 and EXIF become in libav. Mirrored and slanted pictures are left as they are.
    /// - Precondition: `matrix` points to 36 bytes.
    init(displayMatrix matrix: UnsafeRawPointer) {
        var numbers = [Int32](repeating: 0, count: 9)
        unsafe numbers.withUnsafeMutableBytes {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: matrix, count: 36))
        }
        let counterclockwise = unsafe av_display_rotation_get(numbers)
        guard counterclockwise.isFinite else {
            self = .none
            return
        }
        let clockwise = (Int((-counterclockwise).rounded()) % 360 + 360) % 360
        self = Turn(rawValue: clockwise) ?? .none
    }
}
