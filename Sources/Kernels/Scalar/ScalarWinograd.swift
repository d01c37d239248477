// The plain twins, number by number, with the matrices of `KernelsBase/Winograd.swift`.

private let inputTransform: [[Float]] = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
private let outputTransform: [[Float]] = [[1, 1, 1, 0], [0, 1, -1, -1]]

/// `matrix * tile * matrix transposed`
private func transformed(_ tile: [[Float]], by matrix: [[Float]]) -> [[Float]] {
    func product(_ a: [[Float]], _ b: [[Float]]) -> [[Float]] {
        a.map { row in b[0].indices.map { column in zip(row, b).reduce(0) { $0 + $1.0 * $1.1[column] } } }
    }
    let turned = matrix[0].indices.map { column in matrix.map { $0[column] } }
    return product(product(matrix, tile), turned)
}

@Sendable func scalarWinogradInput(
    _ input: Plane, _ strip: WinogradStrip, _ scratch: MutablePlane, _ transformedTiles: MutablePlane,
    _ positionFloats: Int
) {
    let window = strip.window
    for tile in 0..<strip.tiles {
        let top = 2 * (strip.firstRow + tile / strip.columns) - window.padTop
        let left = 2 * (tile % strip.columns) - window.padLeft
        let inputs = (top..<top + 4).map { y in
            (left..<left + 4).map { x -> Float in
                let isInside = (0..<window.inputHeight).contains(y) && (0..<window.inputWidth).contains(x)
                return isInside ? input[y * window.inputWidth + x] : 0
            }
        }
        for (position, number) in transformed(inputs, by: inputTransform).joined().enumerated() {
            transformedTiles[position * positionFloats + tile] = number
        }
    }
}

@Sendable func scalarWinogradOutput(
    _ sums: Plane, _ positionFloats: Int, _ strip: WinogradStrip, _ convolution: PointwiseConvolution, _ channel: Int
) {
    let window = strip.window
    for tile in 0..<strip.tiles {
        let tileSums = (0..<4).map { row in (0..<4).map { sums[(4 * row + $0) * positionFloats + tile] } }
        let outputs = transformed(tileSums, by: outputTransform)
        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let y = 2 * (strip.firstRow + tile / strip.columns) + row, x = 2 * (tile % strip.columns) + column
            guard y < window.outputHeight, x < window.outputWidth else { continue }
            let pixel = y * window.outputWidth + x
            var sum = outputs[row][column]
            if let initial = convolution.initial { sum += initial[channel][pixel] }
            sum = scalarActivation(convolution.activation, convolution.slopes, channel: channel, sum)
            if let residual = convolution.residual { sum += residual[channel][pixel] }
            convolution.outputs[channel][pixel] = sum
        }
    }
}
