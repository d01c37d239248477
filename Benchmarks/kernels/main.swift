// How fast the kernels are on the shapes of the real detectors: `swift run -c release KernelBenchmark [--taps] [table ...]`.
// With `--taps` no convolution is done by Winograd's method, to see what that gives.
// One thread; the best of many runs, because other programs only ever make a run slower.

import Kernels

/// The convolutions of one network that have the same shape.
struct Layer {
    var times: Int
    var outputs: Int
    var inputs: Int
    var kernel: Int
    var groups: Int
    var stride: Int
    var size: Int

    var outputSize: Int { (size + stride - 1) / stride }
    var multiplyAdds: Double {
        Double(outputs * inputs / groups * kernel * kernel) * Double(outputSize * outputSize)
    }
}

struct Network {
    var name: String
    var activation: Activation
    var layers: [Layer]
}

let takesTaps = CommandLine.arguments.contains("--taps")

func measure(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    body()
    var best = Double.infinity, spent = 0.0, runs = 0
    while spent < 0.02 || runs < 7 {
        let time = clock.measure(body)
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        best = min(best, seconds)
        spent += seconds
        runs += 1
    }
    return best
}

/// Planes with guards; never freed, the process is short.
func planes(_ count: Int, _ pixels: Int) -> UnsafeMutablePointer<MutablePlane> {
    let step = (pixels + 15) / 16 * 16
    let total = count * step + 2 * PlaneGuard.floats
    let memory = UnsafeMutableRawPointer.allocate(byteCount: total * 4, alignment: 64)
        .bindMemory(to: Float.self, capacity: total)
    for i in 0..<total { memory[i] = Float((i &* 2_654_435_761) % 1000) / 500 - 1 }
    let list = UnsafeMutablePointer<MutablePlane>.allocate(capacity: count)
    for index in 0..<count { list[index] = memory + PlaneGuard.floats + index * step }
    return list
}

func readable(_ list: UnsafeMutablePointer<MutablePlane>) -> UnsafePointer<Plane> {
    UnsafeRawPointer(list).assumingMemoryBound(to: Plane.self)
}

func seconds(_ layer: Layer, _ table: KernelTable, _ activation: Activation) -> Double {
    let pixels = layer.outputSize * layer.outputSize, depth = layer.inputs / layer.groups * layer.kernel * layer.kernel
    let inputs = planes(layer.inputs, layer.size * layer.size), outputs = planes(layer.outputs, pixels)
    let weights = planes(1, layer.outputs * depth)[0], bias = planes(1, layer.outputs)[0]
    let packed = planes(1, table.packedFloats(layer.outputs, depth))[0]
    let window = Window(
        inputHeight: layer.size, inputWidth: layer.size, outputHeight: layer.outputSize, outputWidth: layer.outputSize,
        kernelHeight: layer.kernel, kernelWidth: layer.kernel, strideY: layer.stride, strideX: layer.stride,
        padTop: layer.kernel / 2, padLeft: layer.kernel / 2)
    if layer.groups > 1 {
        let convolution = DepthwiseConvolution(
            inputs: readable(inputs), outputs: outputs, weights: weights, bias: bias, window: window,
            activation: activation)
        let scratch = planes(1, table.depthwiseScratchFloats(window))[0]
        return measure { table.depthwise(convolution, 0, layer.outputs, 0, layer.outputSize, scratch) }
    }
    table.packPointwise(weights, layer.outputs, depth, packed)
    let convolution = PointwiseConvolution(
        inputs: readable(inputs), depth: depth, outputs: outputs, channels: layer.outputs, weights: packed, bias: bias,
        activation: activation)
    if layer.kernel == 1 { return measure { table.convolvePixels(convolution, 0, pixels) } }
    if !takesTaps,
        WinogradConvolution.isFaster(window, inputs: layer.inputs, outputs: layer.outputs, lanes: table.lanes)
    {
        let winograd = WinogradConvolution(
            table, window: window, inputChannels: layer.inputs, outputChannels: layer.outputs)
        let packed = planes(1, winograd.packedFloats(table))[0], scratch = planes(1, winograd.scratchFloats)[0]
        winograd.pack(table, weights, packed)
        var transformed = convolution
        transformed.weights = UnsafePointer(packed)
        return measure {
            winograd.run(
                table, inputs: readable(inputs), outputs: transformed, rowBegin: 0, rowEnd: winograd.rowCount,
                scratch: scratch)
        }
    }
    let dense = DenseConvolution(
        window: window, inputChannels: layer.inputs,
        joinsRows: DenseConvolution.joinsRows(window, outputs: layer.outputs, lanes: table.lanes),
        outputs: layer.outputs)
    let scratch = planes(1, dense.scratchFloats)[0]
    return measure {
        dense.run(
            table, inputs: readable(inputs), outputs: convolution, rowBegin: 0, rowEnd: layer.outputSize,
            scratch: scratch)
    }
}

func tenths(_ x: Double) -> String { "\((x * 10).rounded() / 10)" }
func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

func report(_ network: Network, _ table: KernelTable) {
    var total = 0.0, bare = 0.0, work = 0.0
    print("\n\(network.name), \(table.name): GFLOP/s bare, with activation; microseconds of all layers of the shape")
    for layer in network.layers {
        let plain = seconds(layer, table, .none), active = seconds(layer, table, network.activation)
        let flops = 2 * layer.multiplyAdds, times = Double(layer.times)
        total += active * times
        bare += plain * times
        work += flops * times
        let shape =
            "\(layer.times) x \(layer.outputs) <- \(layer.inputs) k\(layer.kernel)"
            + (layer.groups > 1 ? " dw" : "") + (layer.stride > 1 ? " s\(layer.stride)" : "") + " @\(layer.size)"
        print(
            padded(shape, 28), padded(tenths(flops / plain / 1e9), 7), padded(tenths(flops / active / 1e9), 7),
            padded(tenths(active * times * 1e6), 9))
    }
    print("all convolutions: \(tenths(bare * 1e3)) ms bare, \(tenths(total * 1e3)) ms with activation")
}

func reportElementwise(_ table: KernelTable) {
    let count = 64 * 52 * 52
    let a = planes(1, count)[0], b = planes(1, count)[0], c = planes(1, count)[0]
    let small = 4096
    print("\n\(table.name), nanoseconds per number: 4096 numbers (first-level cache), \(count) numbers")
    func line(_ name: String, _ body: (Int) -> Void) {
        let near = measure { body(small) } / Double(small) * 1e9, far = measure { body(count) } / Double(count) * 1e9
        print(
            padded(name, 16), padded("\((near * 1000).rounded() / 1000)", 7),
            padded("\((far * 1000).rounded() / 1000)", 7))
    }
    line("relu") { table.activate(a, b, $0, .relu) }
    line("silu") { table.activate(a, b, $0, .silu) }
    line("sigmoid") { table.activate(a, b, $0, .sigmoid) }
    line("hardSwish") { table.activate(a, b, $0, .hardSwish) }
    line("exp") { table.exponential(a, b, $0) }
    line("add") { table.combine(a, b, c, $0, .add) }
    line("multiply") { table.combine(a, b, c, $0, .multiply) }
}

let wanted = CommandLine.arguments.dropFirst().filter { $0 != "--taps" }
for table in KernelTable.available
where wanted.isEmpty ? table.name == KernelTable.best.name : wanted.contains(table.name) {
    reportElementwise(table)
    for network in networks { report(network, table) }
}
