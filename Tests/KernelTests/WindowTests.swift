import Kernels
import Testing

/// A window over an input of the given size with ONNX's output size for the given pads.
func slidingWindow(
    _ height: Int, _ width: Int, kernel: Int, stride: Int = 1, pad: Int = 0, padEnd: Int? = nil, dilation: Int = 1
) -> Window? {
    let reach = (kernel - 1) * dilation + 1, end = padEnd ?? pad
    guard height + pad + end >= reach, width + pad + end >= reach else { return nil }
    return Window(
        inputHeight: height, inputWidth: width, outputHeight: (height + pad + end - reach) / stride + 1,
        outputWidth: (width + pad + end - reach) / stride + 1, kernelHeight: kernel, kernelWidth: kernel,
        strideY: stride, strideX: stride, padTop: pad, padLeft: pad, dilationY: dilation, dilationX: dilation)
}

let awkwardSizes = [
    (1, 1), (1, 2), (2, 3), (3, 3), (5, 4), (4, 7), (6, 8), (7, 9), (3, 13), (13, 13), (5, 15), (4, 16), (5, 17),
    (3, 26),
    (2, 31), (3, 32), (4, 33), (5, 52), (3, 65),
]

@Suite struct DepthwiseTests {
    private func run(
        _ table: KernelTable, _ window: Window, _ activation: Activation, slopes: Bool = false, rows: Range<Int>
    ) -> GuardedPlanes {
        let channels = 3, taps = window.kernelHeight * window.kernelWidth
        let inputs = GuardedPlanes.random(channels, window.inputHeight * window.inputWidth, seed: 1)
        let weights = GuardedPlanes.random(1, channels * taps, seed: 2)
        let bias = GuardedPlanes.random(1, channels, seed: 3), own = GuardedPlanes.random(1, channels, seed: 4)
        let outputs = GuardedPlanes.output(channels, window.outputHeight * window.outputWidth)
        let convolution = DepthwiseConvolution(
            inputs: inputs.readable, outputs: outputs.pointers, weights: weights.first, bias: bias.first,
            window: window, activation: activation, slopes: slopes ? UnsafePointer(own.first) : nil)
        let scratch = GuardedPlanes.output(1, table.depthwiseScratchFloats(window))
        table.depthwise(convolution, 0, channels, rows.lowerBound, rows.upperBound, scratch.first)
        #expect(scratch.guardsUntouched, "\(window)")
        withExtendedLifetime((inputs, weights, bias, own)) {}
        return outputs
    }

    private func expectEqual(
        _ name: String, _ window: Window, _ activation: Activation = .none, slopes: Bool = false,
        rows: Range<Int>? = nil
    ) throws {
        let table = try #require(KernelTable.named(name)), rows = rows ?? 0..<window.outputHeight
        let fast = run(table, window, activation, slopes: slopes, rows: rows)
        let plain = run(.scalar, window, activation, slopes: slopes, rows: rows)
        #expect(largestError(fast.values, plain.values) < 2e-5, "\(window)")
        #expect(fast.guardsUntouched, "\(window)")
    }

    @Test("every kernel size, stride, padding and dilation is right to the plane's edge", arguments: fastTables)
    func windows(name: String) throws {
        for (height, width) in awkwardSizes {
            for kernel in [1, 2, 3, 5, 7] {
                for stride in [1, 2, 3] {
                    for (pad, end, dilation) in [
                        (0, 0, 1), (kernel / 2, kernel / 2, 1), (0, 1, 1), (4, 9, 1), (2, 2, 2),
                    ] {
                        guard
                            let window = slidingWindow(
                                height, width, kernel: kernel, stride: stride, pad: pad, padEnd: end, dilation: dilation
                            )
                        else { continue }
                        try expectEqual(name, window)
                    }
                }
            }
        }
    }

    @Test("large, flat, tall and dilated windows are right with every share of rows", arguments: fastTables)
    func unusualWindows(name: String) throws {
        for (height, width) in [(1, 1), (3, 40), (9, 7), (14, 17), (23, 33), (16, 65)] {
            for (kernelHeight, kernelWidth) in [(1, 9), (9, 1), (2, 7), (9, 9), (11, 3), (3, 3)] {
                for (strideY, strideX, dilationY, dilationX) in [
                    (1, 1, 1, 1), (1, 2, 3, 1), (2, 1, 1, 4), (1, 1, 5, 6),
                ] {
                    let reachY = (kernelHeight - 1) * dilationY, reachX = (kernelWidth - 1) * dilationX
                    let window = Window(
                        inputHeight: height, inputWidth: width, outputHeight: (height - 1) / strideY + 1,
                        outputWidth: (width - 1) / strideX + 1, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
                        strideY: strideY, strideX: strideX, padTop: reachY / 2, padLeft: reachX / 2,
                        dilationY: dilationY, dilationX: dilationX)
                    try expectEqual(name, window, .relu6)
                    try expectEqual(name, window, rows: window.outputHeight / 3..<window.outputHeight)
                }
            }
        }
    }

    @Test("every activation can end it; rows can be split between threads", arguments: fastTables)
    func activationsAndRows(name: String) throws {
        for kernel in [3, 5, 7] {
            for stride in [1, 2] {
                let window = try #require(slidingWindow(13, 21, kernel: kernel, stride: stride, pad: kernel / 2))
                for activation in everyActivation { try expectEqual(name, window, activation) }
                try expectEqual(name, window, .leakyRelu(slope: 9), slopes: true)
                for rows in [0..<0, 0..<1, 3..<4, 2..<window.outputHeight] {
                    try expectEqual(name, window, .relu, rows: rows)
                }
            }
        }
    }
}

@Suite struct DenseConvolutionTests {
    private func direct(_ window: Window, _ inputs: GuardedPlanes, _ weights: [Float], _ bias: [Float]) -> [Float] {
        var result: [Float] = []
        let taps = window.kernelHeight * window.kernelWidth
        for m in bias.indices {
            for y in 0..<window.outputHeight {
                for x in 0..<window.outputWidth {
                    var sum = bias[m]
                    for c in 0..<inputs.count {
                        for ky in 0..<window.kernelHeight {
                            for kx in 0..<window.kernelWidth {
                                let row = y * window.strideY - window.padTop + ky * window.dilationY
                                let column = x * window.strideX - window.padLeft + kx * window.dilationX
                                guard (0..<window.inputHeight).contains(row), (0..<window.inputWidth).contains(column)
                                else { continue }
                                let tap = (m * inputs.count + c) * taps + ky * window.kernelWidth + kx
                                sum += weights[tap] * inputs.pointers[c][row * window.inputWidth + column]
                            }
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    private func expectEqual(
        _ table: KernelTable, _ window: Window, inputs count: Int = 2, outputs channels: Int = 5,
        rows: [Range<Int>]? = nil
    ) {
        for joinsRows in [false, true] {
            expectEqual(table, window, inputs: count, outputs: channels, rows: rows, joinsRows)
        }
    }

    private func expectEqual(
        _ table: KernelTable, _ window: Window, inputs count: Int, outputs channels: Int, rows: [Range<Int>]?,
        _ joinsRows: Bool
    ) {
        let inputs = GuardedPlanes.random(count, window.inputHeight * window.inputWidth, seed: 1)
        let outputs = GuardedPlanes.output(channels, window.outputHeight * window.outputWidth)
        let dense = DenseConvolution(
            window: window, inputChannels: count, joinsRows: joinsRows, outputs: channels)
        let weights = GuardedPlanes.random(1, channels * dense.depth, seed: 2)
        let bias = GuardedPlanes.random(1, channels, seed: 3)
        let packed = Packed(table, weights, channels, dense.depth)
        let scratch = GuardedPlanes.output(1, dense.scratchFloats)
        let convolution = PointwiseConvolution(
            inputs: inputs.readable, depth: 0, outputs: outputs.pointers, channels: channels, weights: packed.pointer,
            bias: bias.first, activation: .none)
        for rows in rows ?? [0..<window.outputHeight] {
            dense.run(
                table, inputs: inputs.readable, outputs: convolution, rowBegin: rows.lowerBound,
                rowEnd: rows.upperBound,
                scratch: scratch.first)
        }
        let truth = direct(window, inputs, weights.values, bias.values)
        #expect(
            largestError(outputs.values, truth) <= 4e-7 * Float(dense.depth + 8), "\(table.name) \(window) \(joinsRows)"
        )
        #expect(outputs.guardsUntouched && scratch.guardsUntouched, "\(table.name) \(window) \(joinsRows)")
        withExtendedLifetime(packed) {}
    }

    @Test("a dense convolution of any window equals the textbook's six loops", arguments: fastTables + ["scalar"])
    func windows(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for (height, width) in awkwardSizes {
            for kernel in [1, 2, 3, 5] {
                for stride in [1, 2, 3] {
                    for (pad, end, dilation) in [
                        (0, 0, 1), (kernel / 2, kernel / 2, 1), (0, 1, 1), (2, 3, 2), (1, 9, 3),
                    ] {
                        guard
                            let window = slidingWindow(
                                height, width, kernel: kernel, stride: stride, pad: pad, padEnd: end, dilation: dilation
                            )
                        else { continue }
                        expectEqual(table, window)
                    }
                }
            }
        }
    }

    @Test("strips and threads' shares of rows fit together without a seam", arguments: fastTables)
    func strips(name: String) throws {
        let table = try #require(KernelTable.named(name))
        let tall = try #require(slidingWindow(150, 37, kernel: 3, stride: 1, pad: 1))
        expectEqual(table, tall, inputs: 40)
        let halves = try #require(slidingWindow(61, 30, kernel: 3, stride: 2, pad: 1))
        expectEqual(table, halves, rows: [17..<31, 0..<17])
        // Weights that fit no cache.
        for window in [slidingWindow(7, 7, kernel: 3, pad: 1), slidingWindow(5, 37, kernel: 3, stride: 2, pad: 1)] {
            expectEqual(table, try #require(window), inputs: 150, outputs: 101)
        }
    }
}

@Suite struct WinogradTests {
    /// By Winograd's method and tap by tap, with everything that may stand behind the sums.
    private func expectEqual(
        _ table: KernelTable, _ window: Window, inputs ins: Int = 5, outputs outs: Int = 9,
        _ activation: Activation = .none, hasAddends: Bool = false, rows: [Range<Int>]? = nil
    ) {
        let pixels = window.outputHeight * window.outputWidth
        let winograd = WinogradConvolution(table, window: window, inputChannels: ins, outputChannels: outs)
        let inputs = GuardedPlanes.random(ins, window.inputHeight * window.inputWidth, seed: 1)
        let weights = GuardedPlanes.random(1, outs * ins * 9, seed: 2), bias = GuardedPlanes.random(1, outs, seed: 3)
        let slopes = GuardedPlanes.random(1, outs, seed: 4), residual = GuardedPlanes.random(outs, pixels, seed: 5)
        let initial = GuardedPlanes.random(outs, pixels, seed: 6)
        var convolution = PointwiseConvolution(
            inputs: inputs.readable, depth: 0, outputs: residual.pointers, channels: outs, weights: weights.first,
            bias: bias.first, activation: activation)
        convolution.slopes = UnsafePointer(slopes.first)
        if hasAddends {
            convolution.initial = initial.readable
            convolution.residual = residual.readable
        }
        func run(
            _ packedFloats: Int, _ scratchFloats: Int,
            _ body: (PointwiseConvolution, MutablePlane, MutablePlane) -> Void
        )
            -> GuardedPlanes
        {
            let outputs = GuardedPlanes.output(outs, pixels), scratch = GuardedPlanes.output(1, scratchFloats)
            let packed = GuardedPlanes.output(1, packedFloats)
            convolution.outputs = UnsafePointer(outputs.pointers)
            convolution.weights = UnsafePointer(packed.first)
            body(convolution, packed.first, scratch.first)
            #expect(outputs.guardsUntouched && scratch.guardsUntouched && packed.guardsUntouched, "\(window)")
            return outputs
        }
        let fast = run(winograd.packedFloats(table), winograd.scratchFloats) { convolution, packed, scratch in
            winograd.pack(table, weights.first, packed)
            for rows in rows ?? [0..<winograd.rowCount] {
                winograd.run(
                    table, inputs: inputs.readable, outputs: convolution, rowBegin: rows.lowerBound,
                    rowEnd: rows.upperBound, scratch: scratch)
            }
        }
        let dense = DenseConvolution(window: window, inputChannels: ins)
        let plain = run(outs * dense.depth, dense.scratchFloats) { convolution, packed, scratch in
            KernelTable.scalar.packPointwise(weights.first, outs, dense.depth, packed)
            dense.run(
                .scalar, inputs: inputs.readable, outputs: convolution, rowBegin: 0, rowEnd: window.outputHeight,
                scratch: scratch)
        }
        #expect(
            largestError(fast.values, plain.values) <= 1e-6 * Float(dense.depth + 8), "\(table.name) \(window)")
        withExtendedLifetime((inputs, weights, bias, slopes, residual, initial)) {}
    }

    @Test("Winograd's method gives what the taps give, to the edge of any plane", arguments: fastTables + ["scalar"])
    func windows(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for (height, width) in awkwardSizes {
            for (pad, end) in [(0, 0), (1, 1), (0, 1), (2, 3), (1, 9)] {
                guard let window = slidingWindow(height, width, kernel: 3, pad: pad, padEnd: end) else { continue }
                expectEqual(table, window)
                expectEqual(table, window, .leakyRelu(slope: 0.1), hasAddends: true)
                expectEqual(table, window, .relu, hasAddends: true)
            }
        }
    }

    @Test("strips and threads' shares of rows of tiles fit together without a seam", arguments: fastTables)
    func strips(name: String) throws {
        let table = try #require(KernelTable.named(name))
        let tall = try #require(slidingWindow(150, 37, kernel: 3, pad: 1))
        expectEqual(table, tall, inputs: 40, outputs: 24, .silu, hasAddends: true)
        let shared = try #require(slidingWindow(61, 30, kernel: 3, pad: 1))
        expectEqual(table, shared, rows: [17..<31, 0..<17])
    }

    @Test("it is taken where it is faster, and never for what it cannot do")
    func choice() throws {
        func isTaken(_ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1)
            throws
            -> Bool
        {
            let window = try #require(
                slidingWindow(
                    size, size, kernel: kernel, stride: stride, pad: kernel / 2 * dilation, dilation: dilation))
            return WinogradConvolution.isFaster(window, inputs: inputs, outputs: outputs, lanes: 8)
        }
        #expect(try isTaken(40, 64, 64))
        #expect(try !isTaken(40, 8, 4), "the transforms take more than they save")
        #expect(try !isTaken(40, 512, 512), "weights of 16 MB")
        #expect(try !isTaken(4, 64, 64), "four tiles do not fill a vector")
        #expect(try !isTaken(1920, 128, 128), "a row of tiles that takes 16 MB")
        #expect(try !isTaken(40, 64, 64, stride: 2) && !isTaken(40, 64, 64, dilation: 2))
        #expect(try !isTaken(40, 64, 64, kernel: 5))
    }
}

@Suite struct PoolTests {
    private func run(
        _ table: KernelTable, _ window: Window, _ pool: (KernelTable, Plane, MutablePlane, MutablePlane) -> Void
    ) -> GuardedPlanes {
        let input = GuardedPlanes.random(1, window.inputHeight * window.inputWidth, seed: 1)
        let output = GuardedPlanes.output(1, window.outputHeight * window.outputWidth)
        let scratch = GuardedPlanes.output(1, KernelTable.maxPoolScratchFloats(window))
        pool(table, input.first, output.first, scratch.first)
        #expect(scratch.guardsUntouched)
        return output
    }

    @Test("pools of every size and stride agree with the plain ones", arguments: fastTables)
    func pools(name: String) throws {
        let table = try #require(KernelTable.named(name))
        for (height, width) in awkwardSizes {
            for (kernel, stride, pad, dilation) in [
                (2, 2, 0, 1), (3, 2, 1, 1), (3, 2, 0, 1), (5, 1, 2, 1), (9, 1, 4, 1), (13, 1, 6, 1), (3, 3, 1, 1),
                (3, 1, 2, 2), (7, 5, 3, 1), (1, 1, 0, 1),
            ] {
                guard
                    let window = slidingWindow(
                        height, width, kernel: kernel, stride: stride, pad: pad, dilation: dilation)
                else { continue }
                let rows = window.outputHeight
                let largest = [table, .scalar].map { table in
                    run(table, window) { $0.maxPool($1, $2, window, 0, rows, $3) }
                }
                #expect(largest[0].values == largest[1].values && largest[0].guardsUntouched, "\(window)")
                for countsPadding in [false, true] {
                    let means = [table, .scalar].map { table in
                        run(table, window) { table, input, output, _ in
                            table.averagePool(input, output, window, 0, rows, countsPadding)
                        }
                    }
                    #expect(largestError(means[0].values, means[1].values) < 1e-5, "\(window)")
                    #expect(means[0].guardsUntouched, "\(window)")
                }
            }
        }
    }
}
