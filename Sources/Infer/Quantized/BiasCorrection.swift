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

    /// What was fed for one picture.
    struct Picture {
        /// Of the network's first input.
        var shape: [Int]
        var values: [Float]
    }

    /// The sums of a probe's differences, channel by channel, and of how many pixels.
    private struct Sums {
        var list: [Double]
        var pixels = 0

        /// - Parameter shape: `[pictures, channels, height, width]`.
        mutating func add(_ floats: TensorView, _ bytes: TensorView) {
            let area = floats.shape[2] * floats.shape[3]
            for index in unsafe 0..<floats.values.count {
                list[index / area % floats.shape[1]] += Double(unsafe floats.values[index] - bytes.values[index])
            }
            pixels += floats.shape[0] * area
        }

        var means: [Float] { list.map { $0.isFinite ? Float($0 / Double(max(1, pixels))) : 0 } }
    }

    /// The means of (floats − bytes) for each channel of each probe.
    /// - Parameter graph: fused; has all probes among its outputs, pair by pair.
    static func shifts(_ graph: Graph, _ probes: [Probe], _ pictures: [Picture], _ parts: EngineParts)
        throws(InferError) -> [[Float]]
    {
        var sums: [Sums] = []
        // Shape by shape, so that there is one plan at a time.
        let groups = Dictionary(grouping: pictures, by: \.shape).sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (shape, alike) in groups {
            let engine = try parts.engine(graph, inputShape: shape, replacesSides: true)
            if sums.isEmpty {
                sums = probes.indices.map {
                    Sums(list: [Double](repeating: 0, count: engine.outputs[2 * $0].shape[1]))
                }
            }
            for picture in alike {
                unsafe engine.withInput(0) { _ = unsafe $0.update(from: picture.values) }
                engine.run()
                for probe in probes.indices {
                    sums[probe].add(engine.output(2 * probe), engine.output(2 * probe + 1))
                }
            }
        }
        return sums.map(\.means)
    }
}
