package import Base
import Kernels

/// Brings frames into a network's input: resize, colour and normalisation in one pass over the frame.
/// One of these per camera: it keeps the plan for the camera's geometry, so that later frames allocate nothing.
package struct Letterbox {
    package let spec: InputSpec
    private var plan: LetterboxPlan?

    package init(spec: InputSpec) { self.spec = spec }

    /// Fills `target`, the planes of `[3, height, width]`, and tells where the frame lies in it.
    /// - Parameter target: holds at least `spec.floatCount` floats.
    package mutating func apply(to frame: Frame, into target: UnsafeMutableBufferPointer<Float>) -> InputMapping {
        precondition(target.count >= spec.floatCount, "input tensor of \(target.count) floats")
        let geometry = LetterboxPlan.Geometry(frame)
        if plan?.geometry != geometry { plan = LetterboxPlan(geometry, spec) }
        guard let plan, let base = target.baseAddress else { return InputMapping(frame: frame.size, spec: spec) }
        // SAFETY: the target's size was checked above.
        unsafe plan.run(frame, into: base)
        return plan.mapping
    }
}

/// Everything about a resize that depends only on the geometry, and the scratch rows.
final class LetterboxPlan {
    struct Geometry: Equatable {
        let format: PixelFormat
        let size: PixelSize
        let isFullRange: Bool

        init(_ frame: Frame) {
            (format, size, isFullRange) = (frame.format, frame.size, frame.isFullRange)
        }
    }

    let geometry: Geometry
    let mapping: InputMapping
    private let spec: InputSpec
    private let color: ColorConversion
    private let components: [SampleComponent]
    private let across: [PinnedAxis<Float>]
    private let down: [PinnedAxis<UInt16>]
    private let scratch: LetterboxScratch
    private let kernels = KernelTable.best.pictures
    /// Output rows that are made at a time.
    private let lanes = KernelTable.best.lanes

    init(_ geometry: Geometry, _ spec: InputSpec) {
        self.geometry = geometry
        self.spec = spec
        mapping = InputMapping(frame: geometry.size, spec: spec)
        color = ColorConversion(format: geometry.format, isFullRange: geometry.isFullRange, spec: spec)
        components = geometry.format.components(of: geometry.size)
        let (size, picture, lanes) = (geometry.size, mapping.picture, lanes)
        across = components.map { part in
            PinnedAxis(
                ResampleAxis(
                    inputs: part.columns, extent: Double(size.width) / Double(part.pixelsAcross),
                    outputs: picture.width),
                unit: 1 / 256)
        }
        down = components.map { part in
            PinnedAxis(
                ResampleAxis(
                    inputs: part.rows, extent: Double(size.height) / Double(part.pixelsDown), outputs: picture.height),
                lanes: lanes)
        }
        scratch = LetterboxScratch(rowBytes: geometry.format.planeLayout(of: size).map(\.rowBytes), lanes: lanes)
    }

    /// Fills the padding, then some output rows at a time: down, across and colours.
    func run(_ frame: Frame, into base: UnsafeMutablePointer<Float>) {
        unsafe pad(base)
        for y in stride(from: 0, to: mapping.picture.height, by: lanes) {
            for plane in frame.planes.indices { weigh(frame, plane, y) }
            unsafe write(y, base)
        }
    }

    /// Down: weighs the rows of one plane that each of the output rows from `y` on covers. Below the picture the last
    /// row stands in; it is not written.
    private func weigh(_ frame: Frame, _ plane: Int, _ y: Int) {
        guard let index = components.firstIndex(where: { $0.plane == plane }) else { return }
        let axis = down[index]
        unsafe frame.withPlane(plane) { bytes, layout in
            guard let from = bytes.baseAddress else { return }
            // SAFETY: the axis was made for this plane's rows, each holds `rowBytes` bytes, and 64 follow the last one.
            let rows = unsafe PictureRows(
                bytes: from.assumingMemoryBound(to: UInt8.self), stride: layout.stride, starts: axis.starts(from: y),
                weights: axis.weights(from: y), taps: axis.taps)
            unsafe kernels.weighRows(rows, layout.rowBytes, scratch.wide(plane), scratch.kernels)
        }
    }

    /// Across and colours: from the sums to the tensor's rows.
    private func write(_ y: Int, _ base: UnsafeMutablePointer<Float>) {
        let (second, third) = components.count == 3 ? (1, 2) : (0, 0)
        let area = spec.size.width * spec.size.height
        let first = unsafe base + (y + mapping.top) * spec.size.width + mapping.left
        let columns = unsafe PictureColumns(
            components: (columns(0), columns(second), columns(third)), isGray: components.count == 1,
            formulas: color.formulas, planes: (first, first + area, first + 2 * area), rowStep: spec.size.width)
        // SAFETY: the picture lies inside the input, and the target holds three planes of it.
        unsafe kernels.writeColors(
            columns, min(lanes, mapping.picture.height - y), mapping.picture.width, scratch.kernels)
    }

    private func columns(_ index: Int) -> ComponentColumns {
        let (part, axis) = (components[index], across[index])
        return unsafe ComponentColumns(
            wide: UnsafePointer(scratch.wide(part.plane) + part.offset * lanes), step: part.step,
            starts: axis.starts(from: 0), weights: axis.weights(from: 0), taps: axis.taps)
    }

    /// Fills everything around the picture.
    private func pad(_ base: UnsafeMutablePointer<Float>) {
        let (width, height) = (spec.size.width, spec.size.height)
        guard mapping.picture != spec.size else { return }
        let bottom = mapping.top + mapping.picture.height
        let right = mapping.left + mapping.picture.width
        for channel in 0..<3 {
            let value = (spec.padValue - spec.mean[channel]) * spec.scale[channel]
            let plane = unsafe base + channel * width * height
            // SAFETY: all runs lie inside this plane.
            unsafe plane.update(repeating: value, count: mapping.top * width)
            unsafe (plane + bottom * width).update(repeating: value, count: (height - bottom) * width)
            guard mapping.picture.width < width else { continue }
            for y in mapping.top..<bottom {
                unsafe (plane + y * width).update(repeating: value, count: mapping.left)
                unsafe (plane + y * width + right).update(repeating: value, count: width - right)
            }
        }
    }
}
