// Nothing but passes of a network: `EnginePasses MODEL.onnx PASSES [KERNELS [OUTPUTS [SHAPE]]]`, one thread. For instruction
// counts, since a program without tasks and threads runs under valgrind, which `porchlight` itself does not; and for a look at
// what comes out, which is written to OUTPUTS as plain floats, one output after the other. SHAPE is 1x3x320x320.

import Base
import Glibc
import Infer

let arguments = CommandLine.arguments
guard arguments.count >= 3, let passes = Int(arguments[2]), (1...1000).contains(passes) else {
    print("usage: EnginePasses MODEL.onnx PASSES [KERNELS [OUTPUTS [SHAPE]]]")
    exit(64)
}

/// All outputs, one after the other, with a line about each.
func write(_ engine: Engine, to path: String) {
    guard let file = unsafe fopen(path, "w") else {
        print("\(path) cannot be written")
        exit(69)
    }
    for index in engine.outputs.indices {
        let output = engine.output(index)
        print("output \(output.name) \(output.shape.map(String.init).joined(separator: "x"))")
        _ = unsafe fwrite(output.values.baseAddress, MemoryLayout<Float>.stride, output.values.count, file)
    }
    unsafe fclose(file)
}

do {
    let shape = arguments.count > 5 ? arguments[5].split(separator: "x").compactMap { Int($0) } : nil
    let engine = try NetworkFile(
        path: arguments[1], threads: 1, kernels: arguments.count > 3 ? arguments[3] : "best"
    ).engine(inputShape: shape)
    for index in engine.inputs.indices {
        unsafe engine.withInput(index) { input in
            for position in input.indices { unsafe input[position] = Float(position &* 7919 % 256) }
        }
    }
    for _ in 0..<passes { engine.run() }
    print("\(passes) passes, \(engine.kernels) kernels")
    if arguments.count > 4 { write(engine, to: arguments[4]) }
} catch {
    print("\(arguments[1]): \(error)")
    exit(65)
}
