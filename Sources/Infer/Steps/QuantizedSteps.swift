import KernelTypes
import Kernels

extension PlaneList {
    // SAFETY of both: pointers of one layout; a word of bytes has the size and alignment of a float.
    var int8x4: UnsafePointer<Int8x4Plane> {
        unsafe UnsafePointer(UnsafeRawPointer(outputs).assumingMemoryBound(to: Int8x4Plane.self))
    }
    var mutableInt8x4: UnsafePointer<MutableInt8x4Plane> {
        unsafe UnsafePointer(UnsafeRawPointer(outputs).assumingMemoryBound(to: MutableInt8x4Plane.self))
    }
}

/// Floats to bytes, four planes to a int8x4 block.
@safe final class QuantizeStep: Step {
    private let kernels: QuantizedKernels
    private let from: PlaneList
    /// Four for each int8x4 block; where channels are missing, the last one again.
    private let fours: FixedList<Plane>
    private let scales: FixedList<ByteScale>
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, to: PlaneList, scales: [ByteScale], pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.to = to
        self.pixels = pixels
        self.scales = FixedList((0..<4 * to.count).map { scales[min($0, scales.count - 1)] })
        unsafe fours = FixedList((0..<4 * to.count).map { unsafe from.inputs[min($0, from.count - 1)] })
    }

    func run(_ part: Part) {
        part.split(pixels, grain: 64) { _, range in
            for block in 0..<to.count {
                unsafe kernels.quantize(
                    fours.start + 4 * block, scales.start + 4 * block, to.mutableInt8x4[block], range.lowerBound,
                    range.upperBound)
            }
        }
    }
}

/// Bytes to floats.
@safe final class DequantizeStep: Step {
    struct Place {
        let block: Int
        let lane: Int
        let scale: ByteScale
    }

    private let kernels: QuantizedKernels
    private let from: PlaneList
    private let places: [Place]
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, places: [Place], to: PlaneList, pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.places = places
        self.to = to
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(places.count) { _, range in
            for index in range {
                let place = places[index]
                unsafe kernels.dequantize(from.int8x4[place.block], place.lane, place.scale, to[index], pixels)
            }
        }
    }
}

/// Bytes by a table.
@safe final class LookUpStep: Step {
    private let kernels: QuantizedKernels
    private let from: PlaneList
    private let table: FixedList<UInt8>
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, table: [UInt8], to: PlaneList, pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.table = FixedList(table)
        self.to = to
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(from.count) { _, range in
            for block in range {
                unsafe kernels.lookUp(from.int8x4[block], table.start, to.mutableInt8x4[block], pixels)
            }
        }
    }
}

/// Channels that lie here and there, four to a int8x4 block.
@safe final class GatherInt8x4Step: Step {
    private let kernels: QuantizedKernels
    private let from: PlaneList
    private let sources: FixedList<Int8x4Plane>
    private let lanes: FixedList<UInt8>
    private let to: PlaneList
    private let pixels: Int

    init(_ kernels: KernelTable, from: PlaneList, places: [(block: Int, lane: UInt8)], to: PlaneList, pixels: Int) {
        self.kernels = kernels.quantized
        self.from = from
        self.to = to
        self.pixels = pixels
        // The last int8x4 block may have fewer channels: any will do for the rest.
        let filled = (0..<4 * to.count).map { places[min($0, places.count - 1)] }
        unsafe sources = FixedList(filled.map { unsafe from.int8x4[$0.block] })
        lanes = FixedList(filled.map(\.lane))
    }

    func run(_ part: Part) {
        part.split(to.count) { _, range in
            for block in range {
                unsafe kernels.gather(
                    sources.start + 4 * block, lanes.start + 4 * block, to.mutableInt8x4[block], pixels)
            }
        }
    }
}

/// The sum of two tensors of bytes.
@safe final class AddInt8x4Step: Step {
    private let kernels: QuantizedKernels
    private let left: PlaneList
    private let right: PlaneList
    private let to: PlaneList
    private let addition: QuantizedAddition
    private let pixels: Int

    init(
        _ kernels: KernelTable, left: PlaneList, right: PlaneList, to: PlaneList, addition: QuantizedAddition,
        pixels: Int
    ) {
        self.kernels = kernels.quantized
        self.left = left
        self.right = right
        self.to = to
        self.addition = addition
        self.pixels = pixels
    }

    func run(_ part: Part) {
        part.split(to.count) { _, range in
            for block in range {
                unsafe kernels.add(left.int8x4[block], right.int8x4[block], addition, to.mutableInt8x4[block], pixels)
            }
        }
    }
}

/// The largest byte under a window.
@safe final class LargestInt8x4Step: Step {
    private let kernels: KernelTable
    private let from: PlaneList
    private let to: PlaneList
    private let scratch: PlaneList
    private let dense: DenseConvolution

    init(_ kernels: KernelTable, from: PlaneList, to: PlaneList, dense: DenseConvolution, scratch: PlaneList) {
        self.kernels = kernels
        self.from = from
        self.to = to
        self.scratch = scratch
        self.dense = dense
    }

    func run(_ part: Part) {
        part.split(to.count) { worker, range in
            for block in range {
                unsafe dense.largest(
                    kernels, input: from.int8x4[block], output: to.mutableInt8x4[block], rowBegin: 0,
                    rowEnd: dense.window.outputHeight, scratch: scratch[worker])
            }
        }
    }
}
