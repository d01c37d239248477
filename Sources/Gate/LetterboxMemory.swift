import Kernels

/// An axis at an address that stays, for kernels: of each output the first input and `taps` weights.
@safe final class PinnedAxis<Weight: BitwiseCopyable> {
    let taps: Int
    private let starts: UnsafeMutableBufferPointer<Int32>
    private let weights: UnsafeMutableBufferPointer<Weight>

    private init(taps: Int, starts: [Int32], weights: [Weight]) {
        self.taps = taps
        unsafe self.starts = .allocate(capacity: starts.count)
        unsafe self.weights = .allocate(capacity: weights.count)
        _ = unsafe self.starts.initialize(from: starts)
        _ = unsafe self.weights.initialize(from: weights)
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
    func weights(from index: Int) -> UnsafePointer<Weight> {
        precondition(unsafe index * taps < weights.count)
        // SAFETY: not empty, checked above; `baseAddress` exists then.
        return unsafe UnsafePointer(weights.baseAddress.unsafelyUnwrapped + index * taps)
    }
}

extension PinnedAxis<Float> {
    /// - Parameter unit: what one of the inputs is worth.
    convenience init(_ axis: ResampleAxis, unit: Float) {
        self.init(taps: axis.taps, starts: axis.starts, weights: axis.weights.map { $0 * unit })
    }
}

extension PinnedAxis<UInt16> {
    /// Weights in 65536ths; outputs begin at their first input that counts, and the last one is repeated up to a multiple
    /// of `lanes`.
    convenience init(_ axis: ResampleAxis, lanes: Int) {
        var starts: [Int32] = [], weights: [UInt16] = []
        for output in 0..<(axis.outputs + lanes - 1) / lanes * lanes {
            let index = min(output, axis.outputs - 1)
            let whole = Self.whole(axis.weights[index * axis.taps..<(index + 1) * axis.taps])
            let used = whole.drop { $0 == 0 }
            starts.append(axis.starts[index] + Int32(whole.count - used.count))
            weights += used + repeatElement(0, count: whole.count - used.count)
        }
        self.init(taps: axis.taps, starts: starts, weights: weights)
    }

    /// Rounded so that all of them together are what they were together: no level is lost where a picture is even.
    private static func whole(_ weights: ArraySlice<Float>) -> [UInt16] {
        var (sum, taken) = (0.0, 0)
        return weights.map { weight in
            sum += Double(weight)
            let next = Int((sum * 65536).rounded())
            defer { taken = next }
            return UInt16(clamping: next - taken)
        }
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
        // At the start of cache lines: a vector then never lies in two of them.
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: (begins.last ?? 0) * MemoryLayout<Float>.stride, alignment: 64)
        unsafe floats = bytes.bindMemory(to: Float.self)
        unsafe floats.initialize(repeating: 0)
    }

    deinit { unsafe UnsafeMutableRawBufferPointer(floats).deallocate() }

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
