#!/usr/bin/env python3
"""A network in the form that each engine reads, made once: `convert.py MODEL.onnx FOLDER TOOLS_BIN PORCHLIGHT`."""
import json
import os
import subprocess
import sys

import numpy
import onnx
from onnx import version_converter


def input_shape(model):
    sides = [side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim]
    return [side or 1 for side in sides]


def ncnn(source, folder, tools, shape):
    work = os.path.join(folder, "ncnn")
    os.makedirs(work, exist_ok=True)
    copy = os.path.join(work, "network.onnx")
    onnx.save(onnx.load(source), copy)
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
