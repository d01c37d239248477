package import Base
import Synchronization

/// What the pictures of one camera may take: so many at a time, so many bytes as they were sent, and one whole frame and
/// one preview for each. What has no room is counted.
package final class PicturePool: Sendable {
    private struct Used {
        var pictures = 0
        var bytes = 0
        var refused: UInt64 = 0
    }

    /// Pictures that may be alive at one time.
    package let capacity: Int
    /// Bytes of all of them together, as they were sent.
    package let mostBytes: Int
    /// How the camera hangs.
    let rotation: Rotation
    let frames: FramePool
    let previews: FramePool
    private let used = Mutex(Used())

    /// - Parameter mostBytes: several JPEGs of 8 megapixels by default.
    package init(capacity: Int, rotation: Rotation, mostBytes: Int = 32 << 20) {
        self.capacity = max(1, capacity)
        self.mostBytes = mostBytes
        self.rotation = rotation
        frames = FramePool(capacity: capacity)
        previews = FramePool(capacity: capacity)
    }

    /// Pictures that had no room.
    package var refused: UInt64 { used.withLock(\.refused) }

    /// A picture's place in the pool, given back when the picture goes.
    final class Place: Sendable {
        private let pool: PicturePool
        private let bytes: Int

        fileprivate init(_ pool: PicturePool, bytes: Int) {
            self.pool = pool
            self.bytes = bytes
        }

        deinit {
            pool.used.withLock { used in
                used.pictures -= 1
                used.bytes -= bytes
            }
        }
    }

    /// - Parameter bytes: of the picture as it was sent; 0 for one that is a frame at once.
    /// - Returns: nil and counted when there is no room.
    func place(forBytes bytes: Int) -> Place? {
        let isGranted = used.withLock { used -> Bool in
            guard used.pictures < capacity, bytes <= mostBytes - used.bytes else {
                used.refused += 1
                return false
            }
            used.pictures += 1
            used.bytes += bytes
            return true
        }
        return isGranted ? Place(self, bytes: bytes) : nil
    }

    /// A picture that had a place had no room for its frame.
    func noteRefused() { used.withLock { $0.refused += 1 } }
}
