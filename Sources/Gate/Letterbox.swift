package import Base

/// Brings frames into a network's input: resize, colour and normalisation in one pass over the frame.
/// One of these per camera: it keeps the plan for the camera's geometry, so that later frames allocate nothing.
package struct Letterbox {
    package let spec: InputSpec
    private var plan: LetterboxPlan?

    package init(spec: InputSpec) { self.spec = spec }

    /// Fills `target`, the planes of `[3, height, width]`, and tells where the frame lies in it.
    /// - Parameter target: holds at least `spec.floatCount` floats.
    package mutating func apply(to frame: Frame, into target: UnsafeMutableBufferPointer<Float>) -> InputMapping {
        let geometry = LetterboxPlan.Geometry(frame)
        if plan?.geometry != geometry { plan = LetterboxPlan(geometry, spec) }
        // The line above made one; this spares a `!`.
        guard var current = plan.take() else { return InputMapping(frame: frame.size, spec: spec) }
        defer { plan = current }
        unsafe current.run(frame, into: target)
        return current.mapping
    }
}

/// Everything about a resize that depends only on the geometry, and the scratch rows.
struct LetterboxPlan {
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
    /// One row of sums for each of at most three planes, in the plane's own interleaving.
    private var sums: [[Float]]
    /// One row of the output for each component.
    private var rows: [[Float]]

    init(_ geometry: Geometry, _ spec: InputSpec) {
        self.geometry = geometry
        self.spec = spec
        mapping = InputMapping(frame: geometry.size, spec: spec)
        color = ColorConversion(format: geometry.format, isFullRange: geometry.isFullRange, spec: spec)
        let components = geometry.format.components(of: geometry.size)
        let (size, picture) = (geometry.size, mapping.picture)
        self.components = components
        across = components.map { part in
            ResampleAxis(
                inputs: part.columns, extent: Double(size.width) / Double(part.pixelsAcross), outputs: picture.width)
        }
        down = components.map { part in
            ResampleAxis(
                inputs: part.rows, extent: Double(size.height) / Double(part.pixelsDown), outputs: picture.height)
        }
        sums = geometry.format.planeLayout(of: size).map { [Float](repeating: 0, count: $0.rowBytes) }
        rows = components.map { _ in [Float](repeating: 0, count: picture.width) }
    }

    mutating func run(_ frame: Frame, into target: UnsafeMutableBufferPointer<Float>) {
        precondition(target.count >= spec.floatCount, "input tensor of \(target.count) floats")
        // SAFETY: checked above.
        guard let base = target.baseAddress else { return }
        unsafe pad(base)
        for y in 0..<mapping.picture.height {
            for plane in frame.planes.indices { sum(frame, plane, y) }
            for index in components.indices { resample(index) }
            unsafe writeRow(y, base)
        }
    }

    /// Down: weighs the rows of one plane that output row `y` covers.
    private mutating func sum(_ frame: Frame, _ plane: Int, _ y: Int) {
        guard let index = components.firstIndex(where: { $0.plane == plane }) else { return }
        let axis = down[index]
        let start = Int(axis.starts[y])
        unsafe sums[plane].withUnsafeMutableBufferPointer { sum in
            unsafe frame.withPlane(plane) { bytes, layout in
                guard let from = bytes.baseAddress, let sum = sum.baseAddress else { return }
                for tap in 0..<axis.taps {
                    // SAFETY: the axis was made for this plane's rows, and each holds `rowBytes` bytes.
                    let row = unsafe (from + (start + tap) * layout.stride).assumingMemoryBound(to: UInt8.self)
                    unsafe RowKernels.add(
                        row, weight: axis.weights[y * axis.taps + tap], to: sum, count: layout.rowBytes,
                        isFirst: tap == 0)
                }
            }
        }
    }

    /// Across: from a row of sums to one output row of component `index`.
    private mutating func resample(_ index: Int) {
        let (part, axis) = (components[index], across[index])
        unsafe rows[index].withUnsafeMutableBufferPointer { row in
            unsafe sums[part.plane].withUnsafeBufferPointer { sums in
                unsafe axis.starts.withUnsafeBufferPointer { starts in
                    unsafe axis.weights.withUnsafeBufferPointer { weights in
                        guard let row = row.baseAddress, let sums = sums.baseAddress,
                            let starts = starts.baseAddress, let weights = weights.baseAddress
                        else { return }
                        // SAFETY: `start + taps` lies within the component's columns for every output.
                        unsafe RowKernels.resample(
                            sums + part.offset, step: part.step, starts: starts, weights: weights, taps: axis.taps,
                            to: row, count: axis.outputs)
                    }
                }
            }
        }
    }

    private func writeRow(_ y: Int, _ base: UnsafeMutablePointer<Float>) {
        let (width, plane) = (spec.size.width, spec.size.width * spec.size.height)
        let start = (y + mapping.top) * width + mapping.left
        let (second, third) = components.count == 3 ? (1, 2) : (0, 0)
        unsafe rows[0].withUnsafeBufferPointer { a in
            unsafe rows[second].withUnsafeBufferPointer { b in
                unsafe rows[third].withUnsafeBufferPointer { c in
                    guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress
                    else { return }
                    // SAFETY: the picture lies inside the input, and the target holds three planes of it.
                    unsafe color.apply(
                        a, b, c, count: mapping.picture.width, red: base + color.planes.x * plane + start,
                        green: base + color.planes.y * plane + start, blue: base + color.planes.z * plane + start)
                }
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
