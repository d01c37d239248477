#!/usr/bin/env python3
"""A network in the form that each engine reads, made once: `convert.py MODEL.onnx FOLDER TOOLS_BIN PORCHLIGHT`."""
import json
import os
import subprocess
import sys

import numpy
import onnx
from onnx import numpy_helper, version_converter


def input_shape(model):
    sides = [side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim]
    return [side or 1 for side in sides]


def without_strided_slices(model):
    """YOLOX begins with four strided Slices, a Concat and a Conv, which ncnn's converter cannot take: the same as one Conv
    with twice the kernel and twice the stride."""
    graph = model.graph
    made = {name: node for node in graph.node for name in node.output}
    weights = {tensor.name: tensor for tensor in graph.initializer}
    constants = {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"}

    def number(name):
        return int(numpy_helper.to_array(weights.get(name) or constants[name]).ravel()[0])

    def begin(name):
        """Where a chain of Slices begins (row, column), and what it is cut from."""
        starts = {2: 0, 3: 0}
        while name in made and made[name].op_type == "Slice":
            node = made[name]
            starts[number(node.input[3])] = number(node.input[1])
            name = node.input[0]
        return (starts[2], starts[3]), name

    for node in graph.node:
        joined = made.get(node.input[0]) if node.op_type == "Conv" else None
        if joined is None or joined.op_type != "Concat" or len(joined.input) != 4:
            continue
        places = [begin(name) for name in joined.input]
        if {place for place, _ in places} != {(y, x) for y in (0, 1) for x in (0, 1)}:
            continue
        old = numpy_helper.to_array(weights[node.input[1]])
        channels = old.shape[1] // 4
        new = numpy.zeros((old.shape[0], channels, 2 * old.shape[2], 2 * old.shape[3]), numpy.float32)
        for quarter, ((y, x), _) in enumerate(places):
            new[:, :, y::2, x::2] = old[:, quarter * channels : (quarter + 1) * channels]
        graph.initializer.append(numpy_helper.from_array(new, node.input[1] + "_wide"))
        node.input[0], node.input[1] = places[0][1], node.input[1] + "_wide"
        for attribute in node.attribute:
            if attribute.name in ("kernel_shape", "pads", "strides"):
                attribute.ints[:] = [2 * side for side in attribute.ints]
    read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    for kind in ("Concat", "Slice", "Slice"):
        for node in [node for node in graph.node if node.op_type == kind and node.output[0] not in read]:
            graph.node.remove(node)
        read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    return model


def ncnn(source, folder, tools, shape):
    work = os.path.join(folder, "ncnn")
    os.makedirs(work, exist_ok=True)
    copy = os.path.join(work, "network.onnx")
    onnx.save(without_strided_slices(onnx.load(source)), copy)
    subprocess.run([os.path.join(tools, "pnnx"), copy, "fp16=0"], cwd=work, stdout=subprocess.DEVNULL, check=True)
    with open(os.path.join(work, "network.ncnn.param.shape"), "w") as file:
        json.dump(shape, file)


def litert(source, folder, tools):
    work = os.path.join(folder, "litert")
    os.makedirs(work, exist_ok=True)
    # The converter would download this for a check of its own.
    sample = numpy.random.RandomState(0).rand(20, 128, 128, 3).astype(numpy.float32)
    numpy.save(os.path.join(work, "calibration_image_sample_data_20x128x128x3_float32.npy"), sample)
    copy = os.path.join(work, "network.onnx")
    onnx.save(onnx.load(source), copy)
    subprocess.run(
        [os.path.join(tools, "onnx2tf"), "-i", "network.onnx", "-o", "made", "-n"], cwd=work, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def onnx_runtime_int8(source, folder, shape):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Pictures(CalibrationDataReader):
        def __init__(self, name):
            self.left = [{name: numpy.random.RandomState(seed).rand(*shape).astype(numpy.float32) * 255} for seed in range(4)]

        def get_next(self):
            return self.left.pop() if self.left else None

    model = onnx.load(source)
    if model.opset_import[0].version < 13:
        model = version_converter.convert_version(model, 13)
    ready = os.path.join(folder, "ready.onnx")
    onnx.save(model, ready)
    quant_pre_process(ready, ready, skip_symbolic_shape=True)
    quantize_static(
        ready, os.path.join(folder, "onnxruntime-int8.onnx"), Pictures(model.graph.input[0].name),
        quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, per_channel=True)


def porchlight_int8(source, folder, program):
    from PIL import Image

    pictures = os.path.join(folder, "pictures")
    os.makedirs(pictures, exist_ok=True)
    for seed in range(4):
        noise = numpy.random.RandomState(seed).rand(18, 32, 3) * 255
        Image.fromarray(noise.astype(numpy.uint8)).resize((640, 360)).save(os.path.join(pictures, f"{seed}.png"))
    subprocess.run(
        [program, "model", "quantize", source, "--calibrate", pictures, "-o", os.path.join(folder, "porchlight-int8.onnx")],
        stdout=subprocess.DEVNULL, check=True)


def main():
    source, folder, tools, program = sys.argv[1:5]
    os.makedirs(folder, exist_ok=True)
    model = onnx.load(source)
    shape = input_shape(model)
    steps = [
        ("ncnn/network.ncnn.param", lambda: ncnn(source, folder, tools, shape)),
        ("litert/made/network_float32.tflite", lambda: litert(source, folder, tools)),
        ("onnxruntime-int8.onnx", lambda: onnx_runtime_int8(source, folder, shape)),
        ("porchlight-int8.onnx", lambda: porchlight_int8(source, folder, program)),
    ]
    for path, make in steps:
        # Ours is made anew: it is the quantizer that is measured.
        if os.path.exists(os.path.join(folder, path)) and not path.startswith("porchlight"):
            continue
        print(f"making {path} of {os.path.basename(source)}", file=sys.stderr)
        try:
            make()
        except Exception as error:
            # A peer that cannot read a network is left out of its table.
            print(f"{path}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
