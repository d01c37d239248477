import Kernels
import Testing

/// Pixels of a camera's frame on their way into a network.
@Suite("Picture kernels give on every processor what the plain ones give")
struct PictureTests {
    @Test("rows of bytes are weighed to the last column, for every row at once", arguments: fastTables)
    func weighRows(name: String) throws {
        let table = try #require(KernelTable.named(name)), lanes = table.lanes
        for count in awkwardCounts {
            for taps in [0, 1, 2, 5] {
                let whole = (count + 4 * lanes - 1) / (4 * lanes) * 4 * lanes, stride = count + 7
                let bytes = (0..<((lanes + taps) * stride + 64)).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
                // Rows come in any order, and twice.
                let starts = (0..<lanes).map { Int32($0 * 5 % 7 % lanes) }
                let weights = GuardedPlanes.random(1, max(1, taps) * lanes, seed: 3)
                // What has no weight at the end is not even looked at.
                if taps > 1 { weights.first[2 * taps - 1] = 0 }
                let fast = GuardedPlanes.output(1, whole * lanes), plain = GuardedPlanes.output(1, count)
                let scratch = GuardedPlanes.output(1, PictureKernels.scratchFloats(lanes: lanes))
                bytes.withUnsafeBufferPointer { bytes in
                    starts.withUnsafeBufferPointer { starts in
                        guard let bytes = bytes.baseAddress, let starts = starts.baseAddress else { return }
                        func rows(_ lane: Int) -> PictureRows {
                            PictureRows(
                                bytes: bytes, stride: stride, starts: starts + lane,
                                weights: weights.first + lane * taps, taps: taps)
                        }
                        table.pictures.weighRows(rows(0), count, fast.first, scratch.first)
                        for lane in 0..<lanes {
                            KernelTable.scalar.pictures.weighRows(rows(lane), count, plain.first, scratch.first)
                            let values = (0..<count).map { fast.first[$0 * lanes + lane] }
                            #expect(largestError(values, plain.values) < 1e-3, "\(count) x \(taps), row \(lane)")
                        }
                    }
                }
                #expect(fast.guardsUntouched && scratch.guardsUntouched, "\(count) x \(taps)")
            }
        }
    }

    @Test("columns are picked and coloured, the last row and pixel and no further", arguments: fastTables)
    func writeColors(name: String) throws {
        let table = try #require(KernelTable.named(name)), lanes = table.lanes
        for count in awkwardCounts where count > 0 {
            for (taps, step, isGray) in [(1, 1, true), (2, 4, false), (5, 2, false)] {
                for rows in Set([1, lanes - 1, lanes]) {
                    try compareColors(table, count: count, taps: taps, step: step, isGray: isGray, rows: rows)
                }
            }
        }
    }

    private func compareColors(
        _ table: KernelTable, count: Int, taps: Int, step: Int, isGray: Bool, rows: Int
    ) throws {
        let lanes = table.lanes, rowStep = count + 3
        let inputs = 3 * count + taps
        // Sums of bytes: as low and as high as colours get and beyond, so that both ends are clamped.
        let wide = GuardedPlanes.random(1, inputs * step * lanes, seed: 5, scale: 300)
        let starts = (0..<count).map { Int32($0 * 3) }
        let weights = GuardedPlanes.random(1, count * taps, seed: 6)
        let fast = GuardedPlanes.output(3, rows * rowStep), plain = GuardedPlanes.output(3, rows * rowStep)
        let scratch = GuardedPlanes.output(1, PictureKernels.scratchFloats(lanes: lanes))
        // The plain kernel does one row: its columns are the floats of one lane.
        let narrow = GuardedPlanes.output(1, inputs * step)
        starts.withUnsafeBufferPointer { starts in
            guard let starts = starts.baseAddress else { return }
            func columns(_ sums: Plane, _ lanes: Int, _ output: GuardedPlanes, _ row: Int) -> PictureColumns {
                func component(_ offset: Int) -> ComponentColumns {
                    ComponentColumns(
                        wide: sums + offset % step * lanes, step: step, starts: starts, weights: weights.first,
                        taps: taps)
                }
                return PictureColumns(
                    components: (component(0), component(1), component(3)), isGray: isGray,
                    formulas: (
                        ColorFormula(first: 1.1, second: 0, third: 1.4, offset: -20, gain: 0.5, bias: -3),
                        ColorFormula(first: 1, second: -0.3, third: -0.7, offset: 90, gain: 1, bias: 0),
                        ColorFormula(first: 1, second: 1.7, third: 0, offset: 10, gain: -2, bias: 7)
                    ),
                    planes: (
                        output.pointers[0] + row * rowStep, output.pointers[1] + row * rowStep,
                        output.pointers[2] + row * rowStep
                    ),
                    rowStep: rowStep)
            }
            table.pictures.writeColors(columns(wide.first, lanes, fast, 0), rows, count, scratch.first)
            for row in 0..<rows {
                for i in 0..<inputs * step { narrow.first[i] = wide.first[i * lanes + row] }
                KernelTable.scalar.pictures.writeColors(
                    columns(narrow.first, 1, plain, row), 1, count, scratch.first)
            }
        }
        let what = "\(count) pixels of \(taps) taps, \(rows) rows"
        #expect(largestError(fast.values, plain.values) < 1e-3 && fast.guardsUntouched, "\(what)")
        #expect(scratch.guardsUntouched, "\(what)")
    }
}
