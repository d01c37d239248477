/// What an embedder makes of a face: numbers whose direction tells people apart. Always of length 1.
package struct FaceVector: Sendable, Equatable {
    package let values: [Float]

    /// More than any embedder of ours gives.
    package static let most = 1024

    /// Of an embedder's output, which may have any length.
    /// - Returns: nil for none or too many numbers, for one that is not finite, and for all zeros.
    package init?(_ numbers: [Float]) {
        let length = numbers.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard (1...Self.most).contains(numbers.count), length.isFinite, length > 1e-12 else { return nil }
        values = numbers.map { Float(Double($0) / length) }
    }

    /// -1...1; nil for vectors of different counts, which never come from the same embedder.
    package func cosine(with other: FaceVector) -> Double? {
        guard values.count == other.values.count else { return nil }
        return Double(zip(values, other.values).reduce(Float(0)) { $0 + $1.0 * $1.1 })
    }
}

/// Which embedder a vector is from. Vectors of different models are never compared.
package struct FaceModel: Sendable, Hashable, Codable {
    /// The embedder's name and version, and a digest of its file: the same text means comparable vectors.
    package let identity: String
    /// Numbers of a vector.
    package let dimension: Int
    package let similarity: SimilarityCurve

    /// What AWS's answers call `FaceModelVersion`; stock clients compare it with nothing but itself.
    package static let awsVersion = "7.0"

    package init(identity: String, dimension: Int, similarity: SimilarityCurve) {
        self.identity = identity
        self.dimension = dimension
        self.similarity = similarity
    }
}
