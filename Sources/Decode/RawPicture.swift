import Base

/// A raw picture in a camera's buffer: planes one after the other, strides derived from the first, as V4L2 lays them.
/// Valid only while the buffer is kept.
struct RawPicture {
    let layout: RawLayout
    let size: PixelSize
    let isFullRange: Bool
    /// In the order of `RawLayout.planes`.
    let planes: [PictureView.Plane]

    /// - Throws: `.corrupt` when the bytes end too early.
    init(_ picture: borrowing CapturedPicture, _ layout: RawLayout) throws(DecodeError) {
        let sent = layout.planes(of: picture.size)
        let first = sent.first?.rowBytes ?? 0
        let count = unsafe picture.bytes.count
        var planes: [PictureView.Plane] = []
        var offset = 0
        for (rowBytes, rows) in sent {
            let stride = V4L2Stride.ofPlane(rowBytes, first: first, stride: picture.stride)
            let (most, overflow) = stride.multipliedReportingOverflow(by: rows - 1)
            guard !overflow, let base = unsafe picture.bytes.baseAddress,
                offset <= count, most <= count - offset, rowBytes <= count - offset - most
            else { throw .corrupt("\(count) bytes are too few for \(picture.format) \(picture.size)") }
            planes.append(unsafe PictureView.Plane(base: base + offset, stride: stride))
            offset += stride * rows
        }
        (self.layout, size, isFullRange) = (layout, picture.size, picture.isFullRange)
        self.planes = planes
    }

    func row(_ y: Int, of index: Int, bytes: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: planes[index].base + y * planes[index].stride, count: bytes)
    }
}

/// Puts the samples of raw pictures into an order that frames have. Used by one thread.
final class RawConverter {
    /// The converted picture; grows to one picture and stays.
    private var scratch: [UInt8] = []

    /// The picture in a layout that frames have, for as long as `body` runs: in place where that is possible.
    func withView<R>(of picture: RawPicture, _ body: (PictureView) -> R) -> R {
        func view(_ planes: [PictureView.Plane]) -> PictureView {
            PictureView(
                format: picture.layout.format, size: picture.size, isFullRange: picture.isFullRange, planes: planes)
        }
        guard picture.layout.change != .none else { return body(view(picture.planes)) }
        let layout = picture.layout.format.planeLayout(of: picture.size)
        let needed = layout.reduce(0) { $0 + $1.rowBytes * $1.rows }
        if scratch.count < needed { scratch = [UInt8](repeating: 0, count: needed) }
        return unsafe scratch.withUnsafeMutableBytes { bytes in
            var targets = unsafe [UnsafeMutableRawBufferPointer]()
            var offset = 0
            for (rowBytes, rows) in layout {
                let plane = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + rowBytes * rows])
                unsafe targets.append(plane)
                offset += rowBytes * rows
            }
            unsafe Self.convert(picture, to: targets)
            var planes: [PictureView.Plane] = []
            for index in layout.indices {
                guard let base = unsafe UnsafeRawPointer(targets[index].baseAddress) else { continue }
                planes.append(unsafe PictureView.Plane(base: base, stride: layout[index].rowBytes))
            }
            return body(view(planes))
        }
    }

    private static func convert(_ picture: RawPicture, to targets: [UnsafeMutableRawBufferPointer]) {
        switch picture.layout.change {
        case .none: break
        case .swappedPairs: unsafe swapPairs(picture, targets)
        case .splitPairs(let isSwapped): unsafe splitPairs(picture, targets, isSwapped)
        case .reordered(let order): unsafe reorder(picture, targets[0], order)
        case .deepLuma(let bits): unsafe cutLuma(picture, targets[0], bits)
        }
    }

    private static func copyLuma(_ picture: RawPicture, _ target: UnsafeMutableRawBufferPointer) {
        let width = picture.size.width
        for y in 0..<picture.size.height {
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[y * width..<(y + 1) * width])
                .copyMemory(from: picture.row(y, of: 0, bytes: width))
        }
    }

    private static func swapPairs(_ picture: RawPicture, _ targets: [UnsafeMutableRawBufferPointer]) {
        unsafe copyLuma(picture, targets[0])
        let (rowBytes, rows) = picture.layout.planes(of: picture.size)[1]
        let target = unsafe targets[1]
        for y in 0..<rows {
            let source = unsafe picture.row(y, of: 1, bytes: rowBytes)
            for x in stride(from: 0, to: rowBytes - 1, by: 2) {
                unsafe target[y * rowBytes + x] = source[x + 1]
                unsafe target[y * rowBytes + x + 1] = source[x]
            }
        }
    }

    private static func splitPairs(
        _ picture: RawPicture, _ targets: [UnsafeMutableRawBufferPointer], _ isSwapped: Bool
    ) {
        unsafe copyLuma(picture, targets[0])
        let width = picture.size.width
        let (first, second) = unsafe isSwapped ? (targets[2], targets[1]) : (targets[1], targets[2])
        for y in 0..<picture.size.height {
            let source = unsafe picture.row(y, of: 1, bytes: width * 2)
            for x in 0..<width {
                unsafe first[y * width + x] = source[2 * x]
                unsafe second[y * width + x] = source[2 * x + 1]
            }
        }
    }

    /// Makes Y0 U Y1 V of each four bytes, taken as a number whose lowest byte comes first.
    private static func reorder(
        _ picture: RawPicture, _ target: UnsafeMutableRawBufferPointer, _ order: RawLayout.PackedOrder
    ) {
        switch order {
        case .uyvy: unsafe eachPair(picture, target) { ($0 & 0x00FF_00FF) << 8 | ($0 >> 8) & 0x00FF_00FF }
        case .yvyu: unsafe eachPair(picture, target) { $0 & 0x00FF_00FF | ($0 & 0xFF00) << 16 | ($0 >> 16) & 0xFF00 }
        case .vyuy: unsafe eachPair(picture, target) { $0 >> 8 | $0 << 24 }
        }
    }

    @inline(__always)
    private static func eachPair(
        _ picture: RawPicture, _ target: UnsafeMutableRawBufferPointer, _ change: (UInt32) -> UInt32
    ) {
        let (rowBytes, rows) = picture.layout.planes(of: picture.size)[0]
        for y in 0..<rows {
            let source = unsafe picture.row(y, of: 0, bytes: rowBytes)
            for x in stride(from: 0, to: rowBytes, by: 4) {
                let pair = unsafe UInt32(littleEndian: source.loadUnaligned(fromByteOffset: x, as: UInt32.self))
                unsafe target.storeBytes(
                    of: change(pair).littleEndian, toByteOffset: y * rowBytes + x, as: UInt32.self)
            }
        }
    }

    /// What a driver sends beyond the bits that it named is white.
    private static func cutLuma(_ picture: RawPicture, _ target: UnsafeMutableRawBufferPointer, _ bits: Int) {
        let width = picture.size.width
        for y in 0..<picture.size.height {
            let source = unsafe picture.row(y, of: 0, bytes: width * 2)
            for x in 0..<width {
                let sample = unsafe UInt16(source[2 * x]) | UInt16(source[2 * x + 1]) << 8
                unsafe target[y * width + x] = UInt8(clamping: sample >> UInt16(bits - 8))
            }
        }
    }
}
