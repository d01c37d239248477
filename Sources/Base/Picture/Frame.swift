import Synchronization

/// A decoded picture: planes of samples, immutable once made. ARC counts its readers;
/// when the last one lets go the buffer returns to its `FramePool`.
@safe package final class Frame: @unchecked Sendable {
    package let format: PixelFormat
    package let size: PixelSize
    /// Samples span 0...255 (JPEG) instead of 16...235 (TV).
    package let isFullRange: Bool
    /// When the sensor (or the clip) showed this picture.
    package let capturedAt: MonotonicTime
    /// Counts frames of one source; gaps are frames the source lost.
    package let sequence: UInt64
    /// Byte offset, bytes per row (`stride`) and rows of each plane, in the order of `PixelFormat.planeLayout`.
    package let planes: [Plane]

    /// Bytes of its samples, padding included.
    package var byteCount: Int { planes.reduce(0) { $0 + $1.stride * $1.rows } }

    private let lease: FrameLease

    package struct Plane: Sendable, Equatable {
        package let offset: Int
        package let stride: Int
        package let rowBytes: Int
        package let rows: Int
    }

    init(
        lease: FrameLease, format: PixelFormat, size: PixelSize, planes: [Plane], isFullRange: Bool,
        capturedAt: MonotonicTime, sequence: UInt64
    ) {
        self.lease = lease
        self.format = format
        self.size = size
        self.planes = planes
        self.isFullRange = isFullRange
        self.capturedAt = capturedAt
        self.sequence = sequence
    }

    /// The bytes of plane `index`: `rows` rows, each `stride` bytes apart, of which the first `rowBytes` are samples.
    package func withPlane<R, E: Error>(_ index: Int, _ body: (UnsafeRawBufferPointer, Plane) throws(E) -> R) throws(E)
        -> R
    {
        let plane = planes[index]
        // SAFETY: the pool made the buffer large enough for every plane of `planes`, and `self` keeps it alive.
        let bytes = unsafe UnsafeRawBufferPointer(
            start: lease.buffer.base + plane.offset, count: (plane.rows - 1) * plane.stride + plane.rowBytes)
        return try unsafe body(bytes, plane)
    }

    /// A part of the picture over the same samples. It has to lie inside of it, and `left` and `top` are even.
    func view(of size: PixelSize, left: Int, top: Int) -> Frame {
        let components = format.components(of: self.size)
        var parts: [Plane] = []
        for (index, layout) in format.planeLayout(of: size).enumerated() {
            guard let part = components.first(where: { $0.plane == index }) else { continue }
            let plane = planes[index]
            parts.append(
                Plane(
                    offset: plane.offset + top / part.pixelsDown * plane.stride + left / part.pixelsAcross * part.step,
                    stride: plane.stride, rowBytes: layout.rowBytes, rows: layout.rows))
        }
        return Frame(
            lease: lease, format: format, size: size, planes: parts, isFullRange: isFullRange, capturedAt: capturedAt,
            sequence: sequence)
    }

    /// The same picture with another capture time: a clip's own times become those of its replay.
    package func shown(at time: MonotonicTime) -> Frame {
        Frame(
            lease: lease, format: format, size: size, planes: planes, isFullRange: isFullRange, capturedAt: time,
            sequence: sequence)
    }
}

/// Gives a buffer back when its last reader lets go.
final class FrameLease: Sendable {
    fileprivate let buffer: FrameBuffer

    fileprivate init(_ buffer: FrameBuffer) { self.buffer = buffer }

    deinit { buffer.giveBack() }
}

/// A bounded set of equal buffers for frames of one source. When every buffer is in use, the caller drops its frame.
package final class FramePool: Sendable {
    private struct Shelf {
        var free: [FrameBuffer] = []
        var inUse = 0
    }

    /// Buffers that may be in use at one time.
    package let capacity: Int
    private let shelf = Mutex(Shelf())

    package init(capacity: Int) { self.capacity = max(1, capacity) }

    /// A new frame whose samples `fill` writes, one call per plane: plane index, bytes, layout.
    /// Returns nil when all buffers are in use. Rows are padded to 64 bytes, and 64 bytes follow the last plane,
    /// so that vector loads may run past the end.
    /// - Throws: what `fill` throws; the buffer then goes back.
    package func frame<E: Error>(
        _ format: PixelFormat, _ size: PixelSize, isFullRange: Bool, capturedAt: MonotonicTime, sequence: UInt64,
        fill: (Int, UnsafeMutableRawBufferPointer, Frame.Plane) throws(E) -> Void
    ) throws(E) -> Frame? {
        let (planes, bytes) = Self.layout(format, size)
        guard let buffer = take(bytes: bytes) else { return nil }
        do throws(E) {
            for (index, plane) in planes.enumerated() {
                // SAFETY: `layout` placed every plane inside `bytes`.
                let target = unsafe UnsafeMutableRawBufferPointer(
                    start: buffer.base + plane.offset, count: plane.rows * plane.stride)
                try unsafe fill(index, target, plane)
            }
        } catch {
            buffer.giveBack()
            throw error
        }
        return Frame(
            lease: FrameLease(buffer), format: format, size: size, planes: planes, isFullRange: isFullRange,
            capturedAt: capturedAt, sequence: sequence)
    }

    private static func layout(_ format: PixelFormat, _ size: PixelSize) -> (planes: [Frame.Plane], bytes: Int) {
        var offset = 0
        var planes: [Frame.Plane] = []
        for (rowBytes, rows) in format.planeLayout(of: size) {
            let stride = (rowBytes + 63) & ~63
            planes.append(Frame.Plane(offset: offset, stride: stride, rowBytes: rowBytes, rows: rows))
            offset += stride * rows
        }
        return (planes, offset + 64)
    }

    private func take(bytes: Int) -> FrameBuffer? {
        shelf.withLock { shelf in
            guard shelf.inUse < capacity else { return nil }
            shelf.inUse += 1
            if let index = shelf.free.firstIndex(where: { $0.byteCount >= bytes }) {
                return shelf.free.remove(at: index)
            }
            shelf.free.removeAll()  // the geometry changed: old buffers are of no use
            return FrameBuffer(byteCount: bytes, pool: self)
        }
    }

    fileprivate func giveBack(_ buffer: FrameBuffer) {
        shelf.withLock { shelf in
            shelf.inUse -= 1
            if shelf.free.count < capacity { shelf.free.append(buffer) }
        }
    }
}

/// The memory behind one frame.
@safe final class FrameBuffer: @unchecked Sendable {
    fileprivate let base: UnsafeMutableRawPointer
    fileprivate let byteCount: Int
    private weak var pool: FramePool?

    init(byteCount: Int, pool: FramePool) {
        self.byteCount = byteCount
        self.pool = pool
        unsafe base = .allocate(byteCount: byteCount, alignment: 64)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    fileprivate func giveBack() { pool?.giveBack(self) }

    deinit { unsafe base.deallocate() }
}
