"""Passes of ncnn or ONNX Runtime on one thread, for a count of instructions: `passes.py NETWORK PASSES 1x3x416x416`.

A network that ends in .param is ncnn's, beside its .bin; others are ONNX.
"""
import sys

import numpy

path, passes, shape = sys.argv[1], int(sys.argv[2]), [int(side) for side in sys.argv[3].split("x")]
picture = (numpy.arange(int(numpy.prod(shape))) * 7919 % 256).astype(numpy.float32).reshape(shape)


def of_ncnn():
    import ncnn

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = 1
    net.load_param(path)
    net.load_model(path.replace(".param", ".bin"))

    def run():
        extractor = net.create_extractor()
        extractor.input(net.input_names()[0], ncnn.Mat(picture[0]))
        for name in net.output_names():
            failure, _ = extractor.extract(name)
            if failure:
                raise SystemExit(f"no output {name} comes")

    return run


def of_onnx_runtime():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {session.get_inputs()[0].name: picture})


run = of_ncnn() if path.endswith(".param") else of_onnx_runtime()
for _ in range(passes):
    run()
