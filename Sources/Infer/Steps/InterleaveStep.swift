import KernelTypes

/// `pixels` columns of all rows, contiguous in each row; they become rows of the result from `firstRow` on.
struct InterleaveSegment {
    var planes: PlaneList
    var pixels: Int
    var firstRow: Int
}

/// Pixels of many planes become rows: the transpose in front of a detector's output.
@safe final class InterleaveStep: Step {
    private let kernels: KernelTable
    private let segments: [InterleaveSegment]
    private let rows: Int
    private let target: MutablePlane

    init(_ kernels: KernelTable, _ segments: [InterleaveSegment], rows: Int, to target: MutablePlane) {
        self.kernels = kernels
        self.segments = segments
        self.rows = rows
        unsafe self.target = unsafe target
    }

    func run(_ part: Part) {
        for segment in segments {
            part.split(segment.pixels, grain: 16) { _, range in
                unsafe kernels.interleave(
                    segment.planes.inputs, rows, range.lowerBound, range.upperBound, target + segment.firstRow * rows,
                    rows)
            }
        }
    }
}

extension Memory {
    /// The pieces of [batch][rows][columns], as long as they are contiguous in every row.
    func segments(_ layout: Layout, rows: Int, columns: Int, batch: Int) -> [InterleaveSegment] {
        guard layout.count > 0 else { return [] }
        let pieces = columns / layout.blockSize
        var segments: [InterleaveSegment] = []
        for image in 0..<batch {
            var first = 0
            while first < pieces {
                let starts = (0..<rows).map { layout.blocks[(image * rows + $0) * pieces + first] }
                var next = first + 1
                while next < pieces, continues(layout, starts, image * rows * pieces, pieces, first, next) { next += 1 }
                segments.append(
                    InterleaveSegment(
                        planes: PlaneList(Layout(blockSize: layout.blockSize, blocks: starts), in: self),
                        pixels: (next - first) * layout.blockSize,
                        firstRow: image * columns + first * layout.blockSize))
                first = next
            }
        }
        return segments
    }

    private func continues(_ layout: Layout, _ starts: [Block], _ base: Int, _ pieces: Int, _ first: Int, _ next: Int)
        -> Bool
    {
        starts.indices.allSatisfy { row in
            var expected = starts[row]
            expected.offset += (next - first) * layout.blockSize
            return layout.blocks[base + row * pieces + next] == expected
        }
    }
}
