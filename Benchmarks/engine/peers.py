#!/usr/bin/env python3
"""One turn of one engine in a process of its own: `peers.py ENGINE MODEL THREADS RUNS [SHAPE]` prints one JSON object.

The same input, warm-up and clock as `porchlight bench`. SHAPE, as 1x3x320x320, is for a network that leaves sides open, and for
ONNX Runtime only.
"""
import json
import os
import statistics
import sys
import time

import numpy

from agreement import feed


def resident():
    """MB in RAM, and of these what is not a piece of a file."""
    with open("/proc/self/statm") as file:
        pages = [int(field) for field in file.read().split()]
    return [count * os.sysconf("SC_PAGESIZE") / 2**20 for count in (pages[1], pages[1] - pages[2])]


def picture(shape):
    count = int(numpy.prod(shape))
    return (numpy.arange(count) * 7919 % 256).astype(numpy.float32).reshape(shape)


def onnx_runtime(path, threads, shape=None):
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given, _ = feed(session, [1, 1], shape)
    return lambda: session.run(None, given), f"ONNX Runtime {onnxruntime.__version__}"


def openvino(path, threads):
    import openvino

    core = openvino.Core()
    model = core.compile_model(core.read_model(path), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False, "INFERENCE_PRECISION_HINT": "f32"})
    request = model.create_infer_request()
    feed = picture(list(model.inputs[0].shape))

    def run():
        request.infer({0: feed}, share_inputs=True)
        return [request.get_output_tensor(index).data for index in range(len(model.outputs))]

    return run, f"OpenVINO {openvino.__version__.split('-')[0]}"


def litert(path, threads):
    from ai_edge_litert.interpreter import Interpreter
    from importlib.metadata import version

    interpreter = Interpreter(model_path=path, num_threads=threads)
    interpreter.allocate_tensors()
    entry, leaving = interpreter.get_input_details()[0], interpreter.get_output_details()
    feed = picture(list(entry["shape"]))

    def run():
        interpreter.set_tensor(entry["index"], feed)
        interpreter.invoke()
        return [interpreter.get_tensor(output["index"]) for output in leaving]

    return run, f"LiteRT {version('ai-edge-litert')} (XNNPACK)"


def ncnn(path, threads):
    import ncnn
    from importlib.metadata import version

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = threads
    net.load_param(path)
    net.load_model(path.replace(".param", ".bin"))
    names, leaving = net.input_names(), net.output_names()
    with open(path + ".shape") as file:
        feed = picture(json.load(file))[0]

    def run():
        extractor = net.create_extractor()
        extractor.input(names[0], ncnn.Mat(feed))
        return [numpy.array(extractor.extract(name)[1]) for name in leaving]

    return run, f"ncnn {version('ncnn')}"


ENGINES = {"onnxruntime": onnx_runtime, "openvino": openvino, "litert": litert, "ncnn": ncnn}


def main():
    engine, path, threads, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    # The library itself is not counted, as the program is not counted for ours.
    __import__({"litert": "ai_edge_litert.interpreter"}.get(engine, engine))
    before, start = resident(), time.perf_counter()
    shape = [[int(side) for side in text.split("x")] for text in sys.argv[5:]]
    run, name = ENGINES[engine](path, threads, *shape)
    run()
    loading = (time.perf_counter() - start) * 1e3
    for _ in range(9):
        run()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    growth, anonymous = [after - early for after, early in zip(resident(), before)]
    print(json.dumps({
        "name": name, "minMs": min(times), "medianMs": statistics.median(times), "loadMs": loading,
        "growthMb": growth, "anonymousGrowthMb": anonymous}))


if __name__ == "__main__":
    main()
