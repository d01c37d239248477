import KernelTypes

func scalarPictureKernels() -> PictureKernels {
    PictureKernels(
        weighRows: scalarWeighRows, writeColors: scalarWriteColors, widen: scalarWiden, meanCells: scalarMeanCells,
        follow: scalarFollow)
}

@Sendable func scalarWeighRows(_ rows: PictureRows, _ count: Int, _ wide: MutablePlane, _ scratch: MutablePlane) {
    let taps = (0..<rows.taps).last { rows.weights[$0] != 0 }.map { $0 + 1 } ?? 0
    for i in 0..<count {
        var sum = UInt32(min(taps / 2, 255))
        for tap in 0..<taps {
            let byte = UInt32(rows.bytes[(Int(rows.starts[0]) + tap) * rows.stride + i])
            sum += taps == 1 ? 256 * byte : (256 * byte * UInt32(rows.weights[tap])) >> 16
        }
        wide[i] = Float(sum)
    }
}

@Sendable func scalarWriteColors(_ columns: PictureColumns, _ rows: Int, _ count: Int, _ scratch: MutablePlane) {
    guard rows > 0 else { return }
    for x in 0..<count {
        let first = picked(columns.components.0, x)
        let second = columns.isGray ? first : picked(columns.components.1, x)
        let third = columns.isGray ? first : picked(columns.components.2, x)
        columns.planes.0[x] = colored(columns.formulas.0, first, second, third)
        columns.planes.1[x] = colored(columns.formulas.1, first, second, third)
        columns.planes.2[x] = colored(columns.formulas.2, first, second, third)
    }
}

private func picked(_ component: ComponentColumns, _ x: Int) -> Float {
    var sum: Float = 0
    for tap in 0..<component.taps {
        sum +=
            component.weights[x * component.taps + tap]
            * component.wide[(Int(component.starts[x]) + tap) * component.step]
    }
    return sum
}

private func colored(_ formula: ColorFormula, _ a: Float, _ b: Float, _ c: Float) -> Float {
    let value = a * formula.first + b * formula.second + c * formula.third + formula.offset
    return (value < 0 ? 0 : (value > 255 ? 255 : value)) * formula.gain + formula.bias
}

@Sendable func scalarWiden(_ bytes: UnsafePointer<UInt8>, _ floats: MutablePlane, _ count: Int) {
    for i in 0..<count { floats[i] = Float(bytes[i]) }
}

@Sendable func scalarMeanCells(_ rows: CellRows, _ cells: MutablePlane) {
    let step = rows.isPacked ? 2 : 1
    for cell in 0..<rows.cells {
        var sum = 0
        for row in 0..<rows.rows {
            for column in 0..<8 { sum += Int(rows.bytes[row * rows.stride + (cell * 8 + column) * step]) }
        }
        cells[cell] = Float(sum) / Float(8 * rows.rows)
    }
}

@Sendable func scalarFollow(_ cells: BackgroundCells, _ rule: BackgroundRule) -> Int {
    var count = 0
    for i in 0..<cells.count {
        let difference = cells.current[i] - cells.average[i], noise = cells.noise[i]
        let distance = abs(difference - rule.shift)
        let isChanged = distance > max(rule.leastDifference, rule.noiseFactor * noise)
        let rate = isChanged ? rule.slow : rule.quiet
        cells.average[i] += rate * difference
        cells.noise[i] += rate * (min(distance, rule.mostNoise) - noise)
        cells.changed[i] = isChanged ? 1 : 0
        count += isChanged ? 1 : 0
    }
    return count
}
