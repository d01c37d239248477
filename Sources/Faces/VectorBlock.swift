import Base
import Kernels

/// The vectors of a collection in one piece of memory: 8 bits for each number, and a scale for each vector. A query keeps its
/// floats, so that a cosine is off by 0.0005 at most times: 0.2 % of similarity where that is steepest.
struct VectorBlock: Sendable {
    /// Numbers of a vector.
    let dimension: Int
    /// Bytes from one vector to the next; those beyond the dimension are 0.
    private let width: Int
    private var bytes: [Int8] = []
    private var scales: [Float] = []

    /// Rows by which it grows: an array that doubles would take twice the memory that its vectors need.
    private static let growth = 128

    init(dimension: Int) {
        self.dimension = max(1, dimension)
        let step = ByteRowKernels.widthStep
        width = (self.dimension + step - 1) / step * step
    }

    var count: Int { scales.count }

    mutating func reserve(_ rows: Int) {
        guard scales.capacity < rows || bytes.capacity < rows * width else { return }
        scales.reserveCapacity(rows)
        bytes.reserveCapacity(rows * width)
    }

    /// - Parameter vector: of `dimension` numbers; what is missing is 0.
    mutating func append(_ vector: FaceVector) {
        if bytes.capacity < (count + 1) * width { reserve(count + Self.growth) }
        let numbers = vector.values.prefix(dimension)
        // A vector of length 1 has a number that is not 0.
        let scale = max(numbers.reduce(0) { max($0, abs($1)) } / 127, .leastNormalMagnitude)
        scales.append(scale)
        for number in numbers { bytes.append(Int8(max(-127, min(127, (number / scale).rounded())))) }
        bytes.append(contentsOf: repeatElement(0, count: width - numbers.count))
    }

    /// Takes a vector of a block of the same dimension.
    mutating func append(row: Int, of other: VectorBlock) {
        guard other.width == width, other.scales.indices.contains(row) else { return }
        if bytes.capacity < (count + 1) * width { reserve(count + Self.growth) }
        scales.append(other.scales[row])
        bytes.append(contentsOf: other.bytes[row * width..<(row + 1) * width])
    }

    /// The numbers of a row, as they are kept; empty for no row.
    func numbers(ofRow row: Int) -> [Float] {
        guard scales.indices.contains(row) else { return [] }
        return bytes[row * width..<row * width + dimension].map { Float($0) * scales[row] }
    }

    /// The cosine of each row with the query; empty for a query of another dimension.
    func cosines(with query: [Float], _ kernels: ByteRowKernels = KernelTable.best.byteRows) -> [Float] {
        guard query.count == dimension, count > 0 else { return [] }
        let whole = query + repeatElement(0, count: width - dimension)
        var packed = whole
        var sums = [Float](repeating: 0, count: count)
        unsafe bytes.withUnsafeBufferPointer { rows in
            unsafe whole.withUnsafeBufferPointer { query in
                unsafe packed.withUnsafeMutableBufferPointer { packed in
                    unsafe sums.withUnsafeMutableBufferPointer { sums in
                        guard let rows = rows.baseAddress, let query = query.baseAddress,
                            let packed = packed.baseAddress, let sums = sums.baseAddress
                        else { return }
                        unsafe kernels.packQuery(query, width, packed)
                        unsafe kernels.dot(rows, width, count, packed, sums)
                    }
                }
            }
        }
        for row in sums.indices { sums[row] = max(-1, min(1, sums[row] * scales[row])) }
        return sums
    }
}
