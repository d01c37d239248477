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
                var weights = (0..<max(1, taps) * lanes).map {
                    UInt16(truncatingIfNeeded: 65536 / max(2, taps) - $0 * 7)
                }
                // What has no weight at the end is not even looked at, and one row alone counts whole.
                if taps > 1 { for tap in 1..<taps { weights[taps + tap] = 0 } }
                if taps == 5 { weights[taps + 1] = 9000 }
                let fast = GuardedPlanes.output(1, whole * lanes), plain = GuardedPlanes.output(1, count)
                let scratch = GuardedPlanes.output(1, PictureKernels.scratchFloats(lanes: lanes))
                bytes.withUnsafeBufferPointer { bytes in
                    starts.withUnsafeBufferPointer { starts in
                        weights.withUnsafeBufferPointer { weights in
                            guard let bytes = bytes.baseAddress, let starts = starts.baseAddress,
                                let weights = weights.baseAddress
                            else { return }
                            func rows(_ lane: Int) -> PictureRows {
                                PictureRows(
                                    bytes: bytes, stride: stride, starts: starts + lane,
                                    weights: weights + lane * taps, taps: taps)
                            }
                            table.pictures.weighRows(rows(0), count, fast.first, scratch.first)
                            for lane in 0..<lanes {
                                KernelTable.scalar.pictures.weighRows(rows(lane), count, plain.first, scratch.first)
                                let values = (0..<count).map { fast.first[$0 * lanes + lane] }
                                #expect(values == plain.values, "\(count) x \(taps), row \(lane)")
                            }
                        }
                    }
                }
                #expect(fast.guardsUntouched && scratch.guardsUntouched, "\(count) x \(taps)")
            }
        }
    }

    @Test("bytes become the same numbers", arguments: fastTables)
    func widen(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for count in awkwardCounts {
            let bytes = (0..<count + table.lanes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let fast = GuardedPlanes.output(1, count)
            bytes.withUnsafeBufferPointer { bytes in
                if let bytes = bytes.baseAddress { table.pictures.widen(bytes, fast.first, count) }
            }
            #expect(fast.values == bytes.prefix(count).map(Float.init) && fast.guardsUntouched, "\(count)")
        }
    }

    @Test("a cell is the mean of its own samples, planar or packed, to the last cell", arguments: fastTables)
    func meanCells(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for cells in awkwardCounts {
            for (isPacked, rows) in [(false, 8), (false, 1), (true, 4), (true, 8)] {
                let stride = cells * (isPacked ? 16 : 8) + 5
                let bytes = (0..<(rows * stride + 64)).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
                let fast = GuardedPlanes.output(1, cells), plain = GuardedPlanes.output(1, cells)
                bytes.withUnsafeBufferPointer { bytes in
                    guard let bytes = bytes.baseAddress else { return }
                    let input = CellRows(bytes: bytes, stride: stride, rows: rows, isPacked: isPacked, cells: cells)
                    table.pictures.meanCells(input, fast.first)
                    KernelTable.scalar.pictures.meanCells(input, plain.first)
                }
                #expect(fast.values == plain.values && fast.guardsUntouched, "\(cells) cells of \(rows) rows")
            }
        }
    }

    @Test("the background learns the same of every cell, and as many have changed", arguments: fastTables)
    func follow(name: String) throws {
        let table = try #require(KernelTable.named(name))
        let rule = BackgroundRule(
            shift: 2, leastDifference: 9, noiseFactor: 5, mostNoise: 40, quiet: 0.05, slow: 0.007)
        for count in awkwardCounts {
            let current = GuardedPlanes.random(1, count, seed: 1, scale: 100)
            var changed: [[UInt8]] = [], counts: [Int] = [], learnt: [[Float]] = []
            for table in [table, .scalar] {
                let average = GuardedPlanes.random(1, count, seed: 2, scale: 30)
                let noise = GuardedPlanes.random(1, count, seed: 3, scale: 15)
                var flags = [UInt8](repeating: 9, count: count + 1)
                flags.withUnsafeMutableBufferPointer { flags in
                    guard let flags = flags.baseAddress else { return }
                    counts.append(
                        table.pictures.follow(
                            BackgroundCells(
                                current: current.first, average: average.first, noise: noise.first, changed: flags,
                                count: count), rule))
                }
                changed.append(flags)
                learnt.append(average.values + noise.values)
                #expect(average.guardsUntouched && noise.guardsUntouched, "\(count)")
            }
            #expect(changed[0] == changed[1] && changed[0].last == 9 && counts[0] == counts[1], "\(count)")
            #expect(counts[0] == changed[0].dropLast().reduce(0) { $0 + Int($1) }, "\(count)")
            #expect(largestError(learnt[0], learnt[1]) < 1e-6, "\(count)")
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
