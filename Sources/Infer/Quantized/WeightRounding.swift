import CBLAS

/// Which inputs of a 1x1 convolution go together: Σ x·xᵀ over pixels x that it has read.
struct InputProducts {
    let channels: Int
    /// `[channels, channels]`; what lies above the diagonal.
    private(set) var sums: [Float]
    /// Of one picture so many pixels are enough, spread over it.
    private static let pixels = 512
    /// Of more channels the products would take more memory than networks do.
    private static let mostChannels = 1024

    /// Nil for too many channels: their weights are rounded to the nearest.
    init?(channels: Int) {
        guard (1...Self.mostChannels).contains(channels) else { return nil }
        self.channels = channels
        sums = [Float](repeating: 0, count: channels * channels)
    }

    /// - Parameter planes: `[channels, pixels]`
    mutating func add(_ planes: UnsafeBufferPointer<Float>) {
        let all = planes.count / channels, count = min(all, Self.pixels)
        guard count > 0 else { return }
        let picked = unsafe [Float](unsafeUninitializedCapacity: channels * count) { picked, filled in
            for channel in 0..<channels {
                for i in 0..<count { unsafe picked[channel * count + i] = planes[channel * all + i * all / count] }
            }
            filled = channels * count
        }
        let (rows, columns) = (Int32(clamping: channels), Int32(clamping: count))
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            // SAFETY: both arrays have the sizes that are told.
            unsafe picked.withUnsafeBufferPointer { picked in
                unsafe cblas_ssyrk(
                    CblasRowMajor, CblasUpper, CblasNoTrans, rows, columns, 1, picked.baseAddress, columns, 1,
                    sums.baseAddress, rows)
            }
        }
    }
}

/// Rounds the weights of a 1x1 convolution one input after the other, and lets those that are not rounded yet make up for
/// what has been lost: the results change several times less than with each weight rounded to its nearest.
///
/// Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", ICLR 2023, in the
/// form of Chee et al., "QuIP", NeurIPS 2023, theorem 6: with the inputs' products H = (I + A) D (I + A)ᵀ, A strictly upper
/// triangular, weight k becomes `round(w[k] + Σ over j < k of (w[j] - rounded[j]) A[j, k])`.
struct WeightRounding {
    /// Inputs in the order in which their weights are rounded: the loudest first.
    private let order: [Int]
    /// How many weights of one output it rounds.
    var channels: Int { order.count }
    /// A, row-major, in that order.
    private let upper: [Double]
    /// Of the mean of H's diagonal, what is added to it: pictures never seen are a little different.
    private static let damping = 0.01

    init(_ products: InputProducts) {
        let count = products.channels
        let loudness = (0..<count).map { products.sums[$0 * count + $0] }
        order = (0..<count).sorted { (loudness[$1], $0) < (loudness[$0], $1) }
        let damping = Self.damping * loudness.reduce(0.0) { $0 + Double($1) } / Double(max(count, 1))
        var matrix = [Double](repeating: 0, count: count * count)
        for (row, i) in order.enumerated() {
            for (column, j) in order.enumerated() where column >= row {
                matrix[row * count + column] = Double(products.sums[min(i, j) * count + max(i, j)])
            }
            matrix[row * count + row] += damping
        }
        upper = Self.factor(matrix, count)
    }

    /// A of a symmetric matrix of which the upper half is given.
    private static func factor(_ matrix: [Double], _ count: Int) -> [Double] {
        var upper = matrix
        for k in stride(from: count - 1, through: 0, by: -1) {
            let pivot = upper[k * count + k], column = (0..<k).map { upper[$0 * count + k] }
            upper[k * count + k] = 0
            for i in 0..<k {
                // A channel that was always 0 goes with no other; nor does one with numbers that are none.
                let share = pivot > 0 && column[i].isFinite ? column[i] / pivot : 0
                upper[i * count + k] = share
                guard share != 0 else { continue }
                for j in i..<k { upper[i * count + j] -= share * column[j] }
            }
        }
        return upper
    }

    /// The weights of one output as whole numbers in -127...127.
    /// - Parameters:
    ///   - weights: one for each of the `channels`.
    ///   - scale: what 1 stands for; above 0.
    func rounded(_ weights: ArraySlice<Float>, scale: Float) -> [Int64] {
        let count = order.count
        var bytes = [Int64](repeating: 0, count: count)
        // Σ of what was lost so far, for each input that is still to come.
        var owed = [Double](repeating: 0, count: count)
        for (k, input) in order.enumerated() {
            let weight = Double(weights[weights.startIndex + input])
            let byte = max(-127, min(127, ((weight + owed[k]) / Double(scale)).rounded(.toNearestOrEven)))
            bytes[input] = byte.isFinite ? Int64(byte) : 0
            let lost = weight - byte * Double(scale)
            guard lost != 0, lost.isFinite else { continue }
            for next in (k + 1)..<max(count, k + 1) { owed[next] += lost * upper[k * count + next] }
        }
        return bytes
    }
}
