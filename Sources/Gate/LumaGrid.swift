import Base
import Kernels

/// A frame's luma at 1/8 of its size: one cell per 8x8 pixels, the mean of all of them. That is what a JPEG says of its
/// blocks first (the DC coefficient of ITU-T T.81), so frames and previews of them can be compared. Of packed frames,
/// which have no previews, every other row counts: the time goes into reading them.
enum LumaGrid {
    static let cell = 8

    /// At least one cell each way; pixels beyond the last whole cell are left out.
    /// - Parameter isEighth: the frame's pixels are the cells.
    static func size(of frame: Frame, isEighth: Bool) -> (across: Int, down: Int) {
        let cell = isEighth ? 1 : cell
        return (max(1, frame.size.width / cell), max(1, frame.size.height / cell))
    }

    /// Fills one mean luma (0...255) per cell, row by row. `cells` must hold `size(of:)`.
    static func fill(_ cells: inout [Float], from frame: Frame, isEighth: Bool) {
        let (across, down) = size(of: frame, isEighth: isEighth)
        guard cells.count >= across * down else { return }
        let kernels = KernelTable.best.pictures
        unsafe cells.withUnsafeMutableBufferPointer { cells in
            unsafe frame.withPlane(0) { bytes, plane in
                guard let from = bytes.baseAddress, let cells = cells.baseAddress else { return }
                let base = unsafe from.assumingMemoryBound(to: UInt8.self)
                guard isEighth || (frame.size.width >= cell && frame.size.height >= cell) else {
                    return unsafe cells.update(repeating: Float(base.pointee), count: across * down)
                }
                for y in 0..<down {
                    let target = unsafe cells + y * across
                    // SAFETY: the rows of row y of cells and their columns below across * 8 lie inside the plane, and 64
                    // bytes follow it.
                    let rows = unsafe base + y * (isEighth ? 1 : cell) * plane.stride
                    if isEighth {
                        unsafe kernels.widen(rows, target, across)
                        continue
                    }
                    switch frame.format {
                    case .yuv420p, .yuv422p, .yuv444p, .nv12, .gray8:
                        unsafe kernels.meanCells(
                            CellRows(bytes: rows, stride: plane.stride, rows: cell, isPacked: false, cells: across),
                            target)
                    case .yuyv422:
                        unsafe kernels.meanCells(
                            CellRows(
                                bytes: rows, stride: 2 * plane.stride, rows: cell / 2, isPacked: true, cells: across),
                            target)
                    case .rgb24: unsafe fillGreen(target, rows + 1, plane.stride, across)
                    }
                }
            }
        }
    }

    /// Green stands for luma: RGB is what no camera sends.
    private static func fillGreen(
        _ target: UnsafeMutablePointer<Float>, _ rows: UnsafePointer<UInt8>, _ stride: Int, _ across: Int
    ) {
        for x in 0..<across {
            var sum = 0
            for row in 0..<cell {
                for column in 0..<cell { sum &+= Int(unsafe rows[row * stride + (x * cell + column) * 3]) }
            }
            unsafe target[x] = Float(sum) / 64
        }
    }
}
