import Base

/// Rounded weights shift the mean of a convolution's result, channel by channel, and the shifts add up from layer to layer.
/// What one layer shifts by itself is measured on pictures that were seen, with everything before it in floats, and taken
/// off its bias; done for each layer by itself, nothing can build up.
///
/// Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section 4.2.
struct BiasCorrection {
    /// Convolutions that are measured together: all their results are kept at the same time.
    static let together = 16
    /// How many pictures of so many numbers are kept for it: 64, or as many as fit into 128 MB.
    static func pictures(of count: Int) -> Int { max(2, min(64, (1 << 25) / max(count, 1))) }

    /// A convolution in floats and the same one with bytes.
    struct Probe {
        var floats: String
        var bytes: String
    }

    /// The means of (floats − bytes) for each channel of each probe.
    /// - Parameter graph: has all probes among its outputs, pair by pair.
    static func shifts(
        _ graph: Graph, _ probes: [Probe], _ pictures: [[Float]], inputShape: [Int]?, threads: Int
    ) throws(InferError) -> [[Float]] {
        let engine = try Engine.planned(Fusion.fused(graph), inputShape: inputShape, threads: threads, kernels: "best")
        var sums = probes.indices.map { [Double](repeating: 0, count: engine.outputs[2 * $0].shape[1]) }
        for picture in pictures {
            unsafe engine.withInput(0) { _ = unsafe $0.update(from: picture) }
            engine.run()
            for probe in probes.indices {
                let (floats, bytes) = (engine.output(2 * probe), engine.output(2 * probe + 1))
                let shape = floats.shape, pixels = shape[2] * shape[3]
                for index in unsafe 0..<floats.values.count {
                    let difference = unsafe floats.values[index] - bytes.values[index]
                    sums[probe][index / pixels % shape[1]] += Double(difference)
                }
            }
        }
        return probes.indices.map { probe in
            let shape = engine.outputs[2 * probe].shape
            let count = Double(max(1, pictures.count * shape[0] * shape[2] * shape[3]))
            return sums[probe].map { $0.isFinite ? Float($0 / count) : 0 }
        }
    }
}
