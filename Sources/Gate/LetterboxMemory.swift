import Kernels

/// An axis at an address that stays, for kernels. Its last output is repeated up to a multiple of `lanes`.
@safe final class PinnedAxis {
    let taps: Int
    private let starts: UnsafeMutableBufferPointer<Int32>
    private let weights: UnsafeMutableBufferPointer<Float>

    init(_ axis: ResampleAxis, lanes: Int = 1) {
        taps = axis.taps
        let missing = (lanes - axis.outputs % lanes) % lanes
        let last = axis.weights.suffix(axis.taps)
        unsafe starts = .allocate(capacity: axis.outputs + missing)
        unsafe weights = .allocate(capacity: (axis.outputs + missing) * axis.taps)
        _ = unsafe starts.initialize(
            from: axis.starts + axis.starts.suffix(1).flatMap { repeatElement($0, count: missing) })
        _ = unsafe weights.initialize(from: axis.weights + (0..<missing).flatMap { _ in last })
    }

    deinit {
        unsafe starts.deallocate()
        unsafe weights.deallocate()
    }

    /// The first input of output `index` and those after it.
    func starts(from index: Int) -> UnsafePointer<Int32> {
        precondition(unsafe index < starts.count)
        // SAFETY: not empty, checked above; `baseAddress` exists then.
        return unsafe UnsafePointer(starts.baseAddress.unsafelyUnwrapped + index)
    }

    /// The `taps` weights of output `index` and those after it.
    func weights(from index: Int) -> UnsafePointer<Float> {
        precondition(unsafe index * taps < weights.count)
        // SAFETY: not empty, checked above; `baseAddress` exists then.
        return unsafe UnsafePointer(weights.baseAddress.unsafelyUnwrapped + index * taps)
    }
}

/// The sums that a resize writes on its way, sized once.
@safe final class LetterboxScratch {
    private let floats: UnsafeMutableBufferPointer<Float>
    /// Where each plane's columns begin.
    private let begins: [Int]

    /// - Parameter rowBytes: of each plane.
    init(rowBytes: [Int], lanes: Int) {
        // Kernels work on groups of columns and round up.
        let group = 4 * lanes
        var begins = [PictureKernels.scratchFloats(lanes: lanes)]
        for count in rowBytes { begins.append((begins.last ?? 0) + (count + group - 1) / group * group * lanes) }
        self.begins = begins
        unsafe floats = .allocate(capacity: begins.last ?? 0)
        unsafe floats.initialize(repeating: 0)
    }

    deinit { unsafe floats.deallocate() }

    /// For the kernels' own use.
    var kernels: UnsafeMutablePointer<Float> { unsafe floats(from: 0) }

    /// The sums of one plane: a vector of rows for each of its bytes.
    func wide(_ plane: Int) -> UnsafeMutablePointer<Float> { unsafe floats(from: begins[plane]) }

    private func floats(from index: Int) -> UnsafeMutablePointer<Float> {
        precondition(unsafe index < floats.count)
        // SAFETY: not empty, checked above; `baseAddress` exists then.
        return unsafe floats.baseAddress.unsafelyUnwrapped + index
    }
}
