import KernelTypes

/// Products of dense matrices by the kernel for 1x1 convolutions: rows of the left matrix are its output channels, and are packed
/// when the step runs; rows of the right one are its input planes.
@safe final class TileMultiplyStep: Step {
    private let kernels: KernelTable
    private let product: Multiplication
    private let starts: [(left: Int, right: Int)]
    private let left: MutablePlane
    private let right: MutablePlane
    private let result: MutablePlane
    private let scratch: PlaneList

    /// - Parameters:
    ///   - starts: offsets of each product's matrices.
    ///   - scratch: one block of `scratchFloats` for each thread.
    init(
        _ kernels: KernelTable, _ product: Multiplication, starts: [(left: Int, right: Int)], left: MutablePlane,
        right: MutablePlane, result: MutablePlane, scratch: PlaneList
    ) {
        self.kernels = kernels
        self.product = product
        self.starts = starts
        unsafe self.left = unsafe left
        unsafe self.right = unsafe right
        unsafe self.result = unsafe result
        self.scratch = scratch
    }

    /// Whether it serves. Few columns do not fill a vector; for few rows the right matrix is read once as it is.
    static func serves(_ product: Multiplication, _ kernels: KernelTable) -> Bool {
        !product.transposesLeft && !product.transposesRight && !product.accumulates && product.alpha == 1
            && product.rows >= Multiplication.fewRows && product.depth > 0 && product.columns >= kernels.lanes
    }

    /// Packed rows, biases of zero, and the lists of planes.
    static func scratchFloats(_ product: Multiplication, _ kernels: KernelTable) -> Int {
        let floats = kernels.packedFloats(product.rows, product.depth) + product.rows
        let pointers = product.depth + product.rows
        return (floats + 15) / 16 * 16 + pointers * MemoryLayout<Plane>.stride / MemoryLayout<Float>.stride
    }

    func run(_ part: Part) {
        let block = kernels.blockChannels, blocks = (product.rows + block - 1) / block
        part.split(starts.count * blocks) { worker, range in
            var at = range.lowerBound
            while at < range.upperBound {
                let (index, first) = (at / blocks, at % blocks)
                let count = min(blocks - first, range.upperBound - at)
                let rows = first * block..<min(product.rows, (first + count) * block)
                unsafe multiply(index, rows, scratch[worker])
                at += count
            }
        }
    }

    /// Some rows of one product.
    private func multiply(_ index: Int, _ rows: Range<Int>, _ packed: MutablePlane) {
        let (depth, columns) = (product.depth, product.columns)
        let zeros = unsafe packed + kernels.packedFloats(product.rows, depth)
        let floats = kernels.packedFloats(product.rows, depth) + product.rows
        let lists = unsafe UnsafeMutableRawPointer(packed + (floats + 15) / 16 * 16)
        let inputs = unsafe lists.assumingMemoryBound(to: Plane.self)
        let outputs = unsafe (lists + depth * MemoryLayout<Plane>.stride).assumingMemoryBound(to: MutablePlane.self)
        for k in 0..<depth { unsafe inputs[k] = UnsafePointer(right + starts[index].right + k * columns) }
        let target = unsafe result + (index * product.rows + rows.lowerBound) * columns
        for row in 0..<rows.count {
            unsafe outputs[row] = target + row * columns
            unsafe zeros[row] = 0
        }
        unsafe kernels.packPointwise(
            left + starts[index].left + rows.lowerBound * depth, rows.count, depth, packed)
        let convolution = unsafe PointwiseConvolution(
            inputs: inputs, depth: depth, outputs: outputs, channels: rows.count, weights: packed, bias: zeros,
            activation: .none)
        kernels.convolvePixels(convolution, 0, columns)
    }
}
