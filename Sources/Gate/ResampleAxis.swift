import Base

/// How the samples of one axis become fewer or more: for every output sample a run of inputs and their weights.
/// Scaling down is a box filter (each input counts by how much of it the output covers, so nothing aliases);
/// scaling up is bilinear between sample centres.
struct ResampleAxis: Sendable {
    /// Taps of every output; shorter runs have weight 0 at their end.
    let taps: Int
    /// Output -> first input; `start + taps` never exceeds the inputs.
    let starts: [Int32]
    /// `taps` weights for every output, one output after the other; they sum to 1.
    let weights: [Float]

    var outputs: Int { starts.count }

    /// - Parameters:
    ///   - inputs: samples that exist, at least 1.
    ///   - extent: the length that they cover, in samples: below `inputs` where chroma of an odd side reaches beyond.
    ///   - outputs: at least 1.
    init(inputs: Int, extent: Double, outputs: Int) {
        let runs = (0..<outputs).map { output in
            extent > Double(outputs)
                ? Self.covered(output, ratio: extent / Double(outputs), inputs: inputs)
                : Self.interpolated(output, ratio: extent / Double(outputs), inputs: inputs)
        }
        let most = runs.reduce(1) { max($0, $1.weights.count) }
        taps = most
        starts = runs.map { Int32(max(0, min($0.start, inputs - most))) }
        weights = zip(runs, starts).flatMap { run, start -> [Float] in
            let before = run.start - Int(start)
            let sum = run.weights.reduce(0, +)
            var padded = [Float](repeating: 0, count: most)
            for (index, weight) in run.weights.enumerated() { padded[before + index] = Float(weight / sum) }
            return padded
        }
    }

    private typealias Run = (start: Int, weights: [Double])

    private static func covered(_ output: Int, ratio: Double, inputs: Int) -> Run {
        let (from, to) = (Double(output) * ratio, min(Double(inputs), Double(output + 1) * ratio))
        let start = min(inputs - 1, Int(from))
        // A sliver left by rounding would cost a tap and weigh nothing.
        let end = max(start + 1, min(inputs, Int((to - 1e-9).rounded(.up))))
        return (start, (start..<end).map { max(1e-12, min(to, Double($0 + 1)) - max(from, Double($0))) })
    }

    private static func interpolated(_ output: Int, ratio: Double, inputs: Int) -> Run {
        let center = max(0, min(Double(inputs - 1), (Double(output) + 0.5) * ratio - 0.5))
        let start = min(Int(center), max(0, inputs - 2))
        let share = center - Double(start)
        return inputs == 1 ? (0, [1]) : (start, [1 - share, share])
    }
}
