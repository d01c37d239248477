import Base
import Glibc

/// The box of Generalized Focal Loss (Li et al. 2020, arXiv 2006.04388): each side's distance from the centre is the
/// mean of a distribution over 0...7, in strides.
enum DistributionBox {
    static let bins = 8
    /// Four sides: left, top, right, bottom.
    static let columns = 4 * bins

    /// Reads 32 numbers from `start`.
    static func candidate(
        _ values: TensorReader, start: Int, centerX: Float, centerY: Float, stride: Float, classIndex: Int, score: Float
    ) -> Candidate {
        func distance(_ side: Int) -> Float { mean(values, start: start + side * bins) * stride }
        return Candidate(
            classIndex: classIndex, score: score, left: centerX - distance(0), top: centerY - distance(1),
            right: centerX + distance(2), bottom: centerY + distance(3))
    }

    /// Σ i · softmax(x)_i; the largest is subtracted first so that nothing overflows.
    private static func mean(_ values: TensorReader, start: Int) -> Float {
        var largest = -Float.infinity
        for bin in 0..<bins { largest = max(largest, values[start + bin]) }
        var (sum, weighted): (Float, Float) = (0, 0)
        for bin in 0..<bins {
            let weight = exp(values[start + bin] - largest)
            sum += weight
            weighted += weight * Float(bin)
        }
        return weighted / sum
    }
}

/// 1 / (1 + e^−x)
func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
