// Nothing but passes of a network, for instruction counts: `EnginePasses MODEL.onnx PASSES [KERNELS]`, one thread. A program
// without tasks and threads runs under valgrind, which `porchlight` itself does not.

import Glibc
import Infer

let arguments = CommandLine.arguments
guard arguments.count >= 3, let passes = Int(arguments[2]), (1...1000).contains(passes) else {
    print("usage: EnginePasses MODEL.onnx PASSES [KERNELS]")
    exit(64)
}
do {
    let engine = try Engine.load(path: arguments[1], threads: 1, kernels: arguments.count > 3 ? arguments[3] : "best")
    for index in engine.inputs.indices {
        unsafe engine.withInput(index) { input in
            for position in input.indices { unsafe input[position] = Float(position &* 7919 % 256) }
        }
    }
    for _ in 0..<passes { engine.run() }
    print("\(passes) passes, \(engine.kernels) kernels")
} catch {
    print("\(arguments[1]): \(error)")
    exit(65)
}
