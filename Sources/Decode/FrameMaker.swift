import Base

/// Copies pictures that somebody else owns into frames of a pool, mirrored and turned if wished. Used by one thread.
final class FrameMaker {
    /// Chroma of a 4:2:2 picture on its way to 4:2:0; grows to one picture and stays.
    private var scratch: [UInt8] = []

    /// Nil when every buffer of the pool is in use. Turned 4:2:2 pictures become 4:2:0: their chroma would be halved the
    /// wrong way round, which no format here can say.
    func frame(
        from view: PictureView, upright: Upright, capturedAt: MonotonicTime, sequence: UInt64, in pool: FramePool
    ) -> Frame? {
        guard upright != Upright() else {
            return copy(of: view, capturedAt: capturedAt, sequence: sequence, in: pool)
        }
        switch view.format {
        case .yuv422p, .yuyv422:
            return withHalvedChroma(of: view) {
                turned($0, upright, capturedAt: capturedAt, sequence: sequence, in: pool)
            }
        default:
            return turned(view, upright, capturedAt: capturedAt, sequence: sequence, in: pool)
        }
    }

    private func copy(
        of view: PictureView, capturedAt: MonotonicTime, sequence: UInt64, in pool: FramePool
    ) -> Frame? {
        unsafe pool.frame(
            view.format, view.size, isFullRange: view.isFullRange, capturedAt: capturedAt, sequence: sequence
        ) { index, target, plane in
            for y in 0..<plane.rows {
                let row = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: target[y * plane.stride..<y * plane.stride + plane.rowBytes])
                unsafe row.copyMemory(from: view.row(y, of: index, bytes: plane.rowBytes))
            }
        }
    }

    private func turned(
        _ view: PictureView, _ upright: Upright, capturedAt: MonotonicTime, sequence: UInt64, in pool: FramePool
    ) -> Frame? {
        let layout = view.format.planeLayout(of: view.size)
        return unsafe pool.frame(
            view.format, upright.turn.turned(view.size), isFullRange: view.isFullRange, capturedAt: capturedAt,
            sequence: sequence
        ) { index, target, plane in
            let sampleBytes = Self.sampleBytes(view.format, plane: index)
            let source = TurnedPlane(
                view: view, index: index, columns: layout[index].rowBytes / sampleBytes, rows: layout[index].rows,
                sampleBytes: sampleBytes)
            unsafe source.write(upright, to: target, stride: plane.stride)
        }
    }

    private static func sampleBytes(_ format: PixelFormat, plane: Int) -> Int {
        switch format {
        case .rgb24: 3
        case .nv12: plane == 0 ? 1 : 2
        case .yuv420p, .yuv422p, .yuv444p, .gray8, .yuyv422: 1
        }
    }

    /// Calls `body` with a 4:2:0 version of a 4:2:2 picture: each chroma sample is the mean of two below each other.
    private func withHalvedChroma<R>(of view: PictureView, _ body: (PictureView) -> R) -> R {
        let layout = PixelFormat.yuv420p.planeLayout(of: view.size)
        let lumaBytes = layout[0].rowBytes * layout[0].rows
        let chromaBytes = layout[1].rowBytes * layout[1].rows
        let needed = lumaBytes + 2 * chromaBytes
        if scratch.count < needed { scratch = [UInt8](repeating: 0, count: needed) }
        return unsafe scratch.withUnsafeMutableBytes { bytes in
            unsafe HalvedChroma(view: view, width: layout[0].rowBytes, half: layout[1].rowBytes).write(to: bytes)
            let offsets = [0, lumaBytes, lumaBytes + chromaBytes]
            var planes: [PictureView.Plane] = []
            if let base = UnsafeRawPointer(bytes.baseAddress) {
                planes = offsets.enumerated().map { index, offset in
                    unsafe PictureView.Plane(base: base + offset, stride: layout[index].rowBytes)
                }
            }
            return body(
                PictureView(format: .yuv420p, size: view.size, isFullRange: view.isFullRange, planes: planes))
        }
    }
}

/// Makes planar 4:2:0 of packed or planar 4:2:2.
private struct HalvedChroma {
    let view: PictureView
    /// Luma and chroma samples per row.
    let width: Int
    let half: Int

    /// `target` takes Y, then U, then V without padding.
    func write(to target: UnsafeMutableRawBufferPointer) {
        let height = view.size.height
        let chroma = width * height
        let chromaBytes = half * ((height + 1) / 2)
        for y in 0..<height { unsafe writeLuma(row: y, to: target) }
        for y in 0..<(height + 1) / 2 {
            let below = min(2 * y + 1, height - 1)
            for plane in 0..<2 {
                let row = chroma + plane * chromaBytes + y * half
                unsafe writeMean(of: 2 * y, and: below, plane: plane, to: target, at: row)
            }
        }
    }

    private func writeLuma(row y: Int, to target: UnsafeMutableRawBufferPointer) {
        let isPacked = view.format == .yuyv422
        let source = unsafe view.row(y, of: 0, bytes: isPacked ? half * 4 : width)
        let step = isPacked ? 2 : 1
        for x in 0..<width { unsafe target[y * width + x] = source[x * step] }
    }

    private func writeMean(
        of y: Int, and below: Int, plane: Int, to target: UnsafeMutableRawBufferPointer, at start: Int
    ) {
        let isPacked = view.format == .yuyv422
        let (index, first, step) = isPacked ? (0, 1 + 2 * plane, 4) : (1 + plane, 0, 1)
        let bytes = isPacked ? half * 4 : half
        let upper = unsafe view.row(y, of: index, bytes: bytes)
        let lower = unsafe view.row(below, of: index, bytes: bytes)
        for x in 0..<half {
            let place = first + x * step
            unsafe target[start + x] = UInt8((UInt16(upper[place]) + UInt16(lower[place]) + 1) / 2)
        }
    }
}

/// One plane and how to write it turned.
private struct TurnedPlane {
    let view: PictureView
    let index: Int
    let columns: Int
    let rows: Int
    let sampleBytes: Int

    /// Reading and writing both stay inside a few cache lines within a tile.
    private static let tile = 16

    func write(_ upright: Upright, to target: UnsafeMutableRawBufferPointer, stride: Int) {
        for top in Swift.stride(from: 0, to: rows, by: Self.tile) {
            for left in Swift.stride(from: 0, to: columns, by: Self.tile) {
                for y in top..<min(rows, top + Self.tile) {
                    let source = unsafe view.row(y, of: index, bytes: columns * sampleBytes)
                    for x in left..<min(columns, left + Self.tile) {
                        let place = place(of: upright.isMirrored ? columns - 1 - x : x, y, upright.turn, stride)
                        for byte in 0..<sampleBytes {
                            unsafe target[place + byte] = source[x * sampleBytes + byte]
                        }
                    }
                }
            }
        }
    }

    /// Where the sample at (x, y) goes.
    private func place(of x: Int, _ y: Int, _ turn: Turn, _ stride: Int) -> Int {
        switch turn {
        case .none: y * stride + x * sampleBytes
        case .right: x * stride + (rows - 1 - y) * sampleBytes
        case .half: (rows - 1 - y) * stride + (columns - 1 - x) * sampleBytes
        case .left: (columns - 1 - x) * stride + y * sampleBytes
        }
    }
}
