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
    private let across: [ResampleAxis]
    private let down: [ResampleAxis]
    private let scratch: LetterboxScratch
    private let kernels = KernelTable.best

    init(_ geometry: Geometry, _ spec: InputSpec) {
        self.geometry = geometry
        self.spec = spec
        mapping = InputMapping(frame: geometry.size, spec: spec)
        color = ColorConversion(format: geometry.format, isFullRange: geometry.isFullRange, spec: spec)
        components = geometry.format.components(of: geometry.size)
        let (size, picture) = (geometry.size, mapping.picture)
        across = components.map { part in
            ResampleAxis(
                inputs: part.columns, extent: Double(size.width) / Double(part.pixelsAcross), outputs: picture.width)
        }
        down = components.map { part in
            ResampleAxis(
                inputs: part.rows, extent: Double(size.height) / Double(part.pixelsDown), outputs: picture.height)
        }
        let widest = geometry.format.planeLayout(of: size).map(\.rowBytes).max() ?? 0
        scratch = LetterboxScratch(inputColumns: widest, outputColumns: picture.width)
    }

    /// Fills the padding, then four output rows at a time: down, across, colours.
    func run(_ frame: Frame, into base: UnsafeMutablePointer<Float>) {
        unsafe pad(base)
        for y in stride(from: 0, to: mapping.picture.height, by: RowKernels.lanes) {
            for (plane, layout) in frame.planes.enumerated() {
                sum(frame, plane, y)
                unsafe RowKernels.interleave(scratch.sums, to: scratch.wide, count: layout.rowBytes)
                for index in components.indices where components[index].plane == plane { resample(index) }
            }
            unsafe writeRows(y, base)
        }
    }

    /// Down: weighs the rows of one plane that each of the output rows from `y` on covers. Below the picture the last
    /// row stands in; it is not written.
    private func sum(_ frame: Frame, _ plane: Int, _ y: Int) {
        guard let index = components.firstIndex(where: { $0.plane == plane }) else { return }
        let axis = down[index]
        unsafe frame.withPlane(plane) { bytes, layout in
            guard let from = bytes.baseAddress else { return }
            for lane in 0..<RowKernels.lanes {
                let output = min(y + lane, axis.outputs - 1)
                let target = unsafe scratch.sums + lane * layout.rowBytes
                // SAFETY: the axis was made for this plane's rows, each holds `rowBytes` bytes, and 64 follow the last one.
                let rows = unsafe (from + Int(axis.starts[output]) * layout.stride).assumingMemoryBound(to: UInt8.self)
                unsafe axis.weights.withUnsafeBufferPointer { weights in
                    guard let weights = weights.baseAddress else { return }
                    unsafe kernels.weighRows(
                        rows, layout.stride, weights + output * axis.taps, axis.taps, target, layout.rowBytes)
                }
            }
        }
    }

    /// Across: from sums to the output rows of component `index`.
    private func resample(_ index: Int) {
        let (part, axis) = (components[index], across[index])
        unsafe axis.starts.withUnsafeBufferPointer { starts in
            unsafe axis.weights.withUnsafeBufferPointer { weights in
                guard let starts = starts.baseAddress, let weights = weights.baseAddress else { return }
                // SAFETY: `start + taps` lies within the component's columns for every output.
                unsafe RowKernels.resample(
                    scratch.wide + part.offset, step: part.step, starts: starts, weights: weights, taps: axis.taps,
                    to: scratch.component(index), count: axis.outputs)
            }
        }
    }

    private func writeRows(_ y: Int, _ base: UnsafeMutablePointer<Float>) {
        let count = mapping.picture.width
        let (second, third) = components.count == 3 ? (1, 2) : (0, 0)
        unsafe color.apply(
            scratch.floats(0), scratch.floats(second), scratch.floats(third), count: count * RowKernels.lanes,
            red: scratch.color(0), green: scratch.color(1), blue: scratch.color(2))
        let plane = spec.size.width * spec.size.height
        for lane in 0..<min(RowKernels.lanes, mapping.picture.height - y) {
            let start = (y + lane + mapping.top) * spec.size.width + mapping.left
            for channel in 0..<3 {
                // SAFETY: the picture lies inside the input, and the target holds three planes of it.
                unsafe RowKernels.extract(
                    lane, of: scratch.color(channel), to: base + color.planes[channel] * plane + start, count: count)
            }
        }
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

/// The rows that a resize writes on its way, sized once.
@safe final class LetterboxScratch {
    private let vectors: UnsafeMutableBufferPointer<SIMD4<Float>>
    private let inputColumns: Int
    private let outputColumns: Int

    init(inputColumns: Int, outputColumns: Int) {
        self.inputColumns = inputColumns
        self.outputColumns = outputColumns
        unsafe vectors = .allocate(capacity: 1 + 2 * inputColumns + 6 * outputColumns)
        unsafe vectors.initialize(repeating: .zero)
    }

    deinit { unsafe vectors.deallocate() }

    /// Four rows of sums of one plane.
    var sums: UnsafeMutablePointer<Float> { unsafe Self.floats(vectors(from: 0)) }
    /// The same as lanes.
    var wide: UnsafeMutablePointer<SIMD4<Float>> { unsafe vectors(from: inputColumns) }

    /// Output samples of component 0...2; what is above holds colours.
    func component(_ index: Int) -> UnsafeMutablePointer<SIMD4<Float>> {
        unsafe vectors(from: 2 * inputColumns + index * outputColumns)
    }

    func floats(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe Self.floats(component(index)) }

    /// Red, green, blue, lane by lane.
    func color(_ channel: Int) -> UnsafeMutablePointer<Float> { unsafe floats(3 + channel) }

    private func vectors(from index: Int) -> UnsafeMutablePointer<SIMD4<Float>> {
        precondition(unsafe index < vectors.count)
        // SAFETY: not empty, checked above; `baseAddress` exists then.
        return unsafe vectors.baseAddress.unsafelyUnwrapped + index
    }

    private static func floats(_ vectors: UnsafeMutablePointer<SIMD4<Float>>) -> UnsafeMutablePointer<Float> {
        // SAFETY: a vector of four floats is four floats in memory.
        unsafe UnsafeMutableRawPointer(vectors).assumingMemoryBound(to: Float.self)
    }
}
