import Base
import Kernels

/// The vectors of a collection: 8 bits for each number, and a scale for each vector, in pieces of 512 vectors, so that one more
/// copies a piece at most, whoever is searching meanwhile. A query keeps its floats: a cosine is off by 0.0004 (standard
/// deviation), which is 0.2 % of similarity at 80 %.
struct VectorBlock: Sendable {
    private struct Piece: Sendable {
        var bytes: [Int8] = []
        var scales: [Float] = []

        /// Room for one more, without the half that a growing array keeps empty.
        mutating func makeRoom(_ width: Int) {
            guard bytes.capacity < bytes.count + width else { return }
            let rows = min(VectorBlock.pieceRows, max(8, scales.count * 2))
            bytes.reserveCapacity(rows * width)
            scales.reserveCapacity(rows)
        }
    }

    private static let pieceRows = 512

    /// Numbers of a vector.
    let dimension: Int
    /// Bytes from one vector to the next; those beyond the dimension are 0.
    private let width: Int
    private var pieces: [Piece] = []
    private(set) var count = 0

    init(dimension: Int) {
        self.dimension = max(1, dimension)
        let step = ByteRowKernels.widthStep
        width = (self.dimension + step - 1) / step * step
    }

    /// - Parameter vector: of `dimension` numbers; what is missing is 0.
    mutating func append(_ vector: FaceVector) {
        let numbers = vector.values.prefix(dimension)
        // A vector of length 1 has a number that is not 0.
        let scale = max(numbers.reduce(0) { max($0, abs($1)) } / 127, .leastNormalMagnitude)
        let bytes = numbers.map { Int8(max(-127, min(127, ($0 / scale).rounded()))) }
        append(bytes[...], scale)
    }

    /// Takes a vector of a block of the same dimension.
    mutating func append(row: Int, of other: VectorBlock) {
        guard other.width == width, let (bytes, scale) = other.row(row) else { return }
        append(bytes, scale)
    }

    private mutating func append(_ bytes: ArraySlice<Int8>, _ scale: Float) {
        if count.isMultiple(of: Self.pieceRows) { pieces.append(Piece()) }
        let last = pieces.count - 1
        pieces[last].makeRoom(width)
        pieces[last].bytes.append(contentsOf: bytes)
        pieces[last].bytes.append(contentsOf: repeatElement(0, count: width - bytes.count))
        pieces[last].scales.append(scale)
        count += 1
    }

    private func row(_ row: Int) -> (bytes: ArraySlice<Int8>, scale: Float)? {
        guard (0..<count).contains(row) else { return nil }
        let piece = pieces[row / Self.pieceRows], begin = row % Self.pieceRows
        return (piece.bytes[begin * width..<(begin + 1) * width], piece.scales[begin])
    }

    /// The numbers of a row, as they are kept; empty for no row.
    func numbers(ofRow row: Int) -> [Float] {
        guard let (bytes, scale) = self.row(row) else { return [] }
        return bytes.prefix(dimension).map { Float($0) * scale }
    }

    /// The cosine of each row with the query; empty for a query of another dimension.
    func cosines(with query: [Float], _ kernels: ByteRowKernels = KernelTable.best.byteRows) -> [Float] {
        guard query.count == dimension, count > 0 else { return [] }
        let packed = packed(query, kernels)
        var cosines: [Float] = []
        cosines.reserveCapacity(count)
        for piece in pieces {
            for (sum, scale) in zip(sums(piece, packed, kernels), piece.scales) {
                cosines.append(max(-1, min(1, sum * scale)))
            }
        }
        return cosines
    }

    /// In the order in which the kernel takes it.
    private func packed(_ query: [Float], _ kernels: ByteRowKernels) -> [Float] {
        let whole = query + repeatElement(0, count: width - dimension)
        var packed = whole
        unsafe whole.withUnsafeBufferPointer { query in
            unsafe packed.withUnsafeMutableBufferPointer { packed in
                guard let query = query.baseAddress, let packed = packed.baseAddress else { return }
                unsafe kernels.packQuery(query, width, packed)
            }
        }
        return packed
    }

    private func sums(_ piece: Piece, _ packed: [Float], _ kernels: ByteRowKernels) -> [Float] {
        let rows = piece.scales.count
        var sums = [Float](repeating: 0, count: rows)
        unsafe piece.bytes.withUnsafeBufferPointer { bytes in
            unsafe packed.withUnsafeBufferPointer { packed in
                unsafe sums.withUnsafeMutableBufferPointer { sums in
                    guard let bytes = bytes.baseAddress, let packed = packed.baseAddress, let sums = sums.baseAddress
                    else { return }
                    unsafe kernels.dot(bytes, width, rows, packed, sums)
                }
            }
        }
        return sums
    }
}
