#!/usr/bin/env python3
"""Makes Tests/Fixtures/infer: what ONNX Runtime says about some networks, for the tests of the engine.

    python3 -m venv .venv && .venv/bin/pip install 'onnx==1.17.0' onnxruntime numpy
    .venv/bin/python Tests/Fixtures/make_fixtures.py [FOLDER_WITH_REAL_MODELS]

Two kinds of fixture, both `<name>.json`:
- tiny networks that are made here, saved beside it as `<name>.onnx`;
- real networks (YOLOX-nano, NanoDet, ...) that lie outside of the repository; only sampled outputs are kept.

Input element i is ((i * 7919) % 1009) / 1009 * scale, so that nobody needs to store it.
"""
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "infer")
SAMPLES = 400

# Networks of the shape that a camera has: the file leaves the sides open, or says others.
RESHAPED = [
    ("teachers/nanodet-plus-m-1.5x.onnx", [1, 3, 256, 480]),
    ("yolox-nano/yolox_nano.onnx", [1, 3, 480, 256]),
]

REAL = [
    ("yolox-nano/yolox_nano.onnx", None),
    ("nanodet-m/nanodet_m_416.onnx", None),
    ("nanodet-plus-m/nanodet-plus-m_416.onnx", None),
    ("fastestdet/FastestDet.onnx", None),
    ("yunet/yunet_n_320_320.onnx", None),
    ("yunet/yunet_n_dynamic.onnx", [1, 3, 192, 256]),
]


def formula(shape, scale):
    index = np.arange(int(np.prod(shape)), dtype=np.int64)
    return ((index * 7919 % 1009).astype(np.float32) / np.float32(1009) * np.float32(scale)).reshape(shape)


def reshaped(path, shape):
    """The model's bytes with another shape of its input."""
    model = onnx.load(path)
    for dimension, side in zip(model.graph.input[0].type.tensor_type.shape.dim, shape):
        dimension.dim_value = side
    # What was inferred for the old one.
    del model.graph.value_info[:]
    for output in model.graph.output:
        for dimension in output.type.tensor_type.shape.dim:
            dimension.Clear()
    return model.SerializeToString()


def expected(model, shape, scale, name):
    """Runs the model and keeps every n-th output value."""
    onnxruntime.set_default_logger_severity(3)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    shape = shape or list(entry.shape)
    outputs = []
    results = session.run(None, {entry.name: formula(shape, scale)})
    per_output = max(40, SAMPLES // len(results))
    for value, info in zip(results, session.get_outputs()):
        flat = value.astype(np.float32).ravel()
        step = max(1, -(-flat.size // per_output))
        # Not a divisor of a row, or only one column would be looked at.
        while step > 1 and any(side % step == 0 for side in value.shape):
            step += 1
        outputs.append(
            {
                "name": info.name,
                "shape": list(value.shape),
                "largest": float(np.abs(flat).max()),
                "step": step,
                "values": [float(f"{x:.7g}") for x in flat[::step]],
            }
        )
    with open(os.path.join(HERE, name + ".json"), "w") as file:
        json.dump({"inputShape": shape, "scale": scale, "outputs": outputs}, file, separators=(",", ":"))
        file.write("\n")


class Network:
    """A few lines per layer."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)
        self.nodes, self.weights, self.count = [], [], 0

    def constant(self, array):
        self.count += 1
        name = f"c{self.count}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, kind, *inputs, outputs=1, **attributes):
        self.count += 1
        names = [f"{kind.lower()}{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"{kind}_{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def conv(self, value, inputs, outputs, size=1, stride=1, groups=1, bias=True):
        shape = (outputs, inputs // groups, size, size)
        weight = self.random.randn(*shape) / np.sqrt(shape[1] * size * size)
        names = [value, self.constant(weight.astype(np.float32))]
        if bias:
            names.append(self.constant((self.random.randn(outputs) / 4).astype(np.float32)))
        return self.add(
            "Conv", *names, kernel_shape=[size, size], strides=[stride, stride], pads=[size // 2] * 4, group=groups
        )

    def silu(self, value):
        return self.add("Mul", value, self.add("Sigmoid", value))

    def normalised(self, value, channels):
        numbers = [self.random.rand(channels) + 0.5, self.random.randn(channels), self.random.randn(channels)]
        numbers.append(self.random.rand(channels) + 0.5)
        names = [self.constant(n.astype(np.float32)) for n in numbers]
        return self.add("BatchNormalization", value, *names, epsilon=1e-3)

    def ints(self, *values):
        return self.constant(np.asarray(values, np.int64))

    def halve(self):
        """Weights as exporters store them to halve the file: float16, and a Cast in front of whoever reads them."""
        casts = []
        for index, weight in enumerate(self.weights):
            if weight.data_type == TensorProto.FLOAT:
                half = numpy_helper.to_array(weight).astype(np.float16)
                self.weights[index] = numpy_helper.from_array(half, f"{weight.name}_half")
                casts.append(helper.make_node("Cast", [f"{weight.name}_half"], [weight.name], to=TensorProto.FLOAT))
        self.nodes = casts + self.nodes

    def save(self, name, shape, outputs, opset, declared=None):
        entry = helper.make_tensor_value_info("image", TensorProto.FLOAT, declared or shape)
        leaving = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs]
        graph = helper.make_graph(self.nodes, name, [entry], leaving, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
        # The checker wants shapes of outputs; ONNX Runtime does not.
        path = os.path.join(HERE, name + ".onnx")
        onnx.save(model, path)
        assert os.path.getsize(path) < 20000, path
        expected(path, shape, 1.0, name)


def tiny_yolox():
    """Focus, CSP block with a shortcut, SPP, upsampling neck, head: what YOLOX is made of, 48 pixels wide."""
    n = Network(1)
    quarters = []
    for x in (0, 1):
        for y in (0, 1):
            rows = n.add("Slice", "image", n.ints(y), n.ints(2**63 - 1), n.ints(2), n.ints(2))
            quarters.append(n.add("Slice", rows, n.ints(x), n.ints(2**63 - 1), n.ints(3), n.ints(2)))
    stem = n.silu(n.conv(n.add("Concat", *quarters, axis=1), 12, 8, 3))
    down = n.silu(n.conv(n.silu(n.conv(stem, 8, 8, 3, stride=2, groups=8)), 8, 16))
    left, right = n.silu(n.conv(down, 16, 8)), n.silu(n.conv(down, 16, 8))
    deep = n.silu(n.conv(n.silu(n.conv(n.silu(n.conv(left, 8, 8)), 8, 8, 3, groups=8)), 8, 8))
    block = n.silu(n.conv(n.add("Concat", n.add("Add", deep, left), right, axis=1), 16, 16))
    pools = [n.add("MaxPool", block, kernel_shape=[k, k], strides=[1, 1], pads=[k // 2] * 4) for k in (5, 9, 13)]
    pyramid = n.silu(n.conv(n.add("Concat", block, *pools, axis=1), 64, 8))
    small = n.silu(n.conv(pyramid, 8, 16, 3, stride=2, groups=8))
    region, scales = n.constant(np.zeros(0, np.float32)), n.constant(np.asarray([1, 1, 2, 2], np.float32))
    up = n.add(
        "Resize", small, region, scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
    )
    fine = n.silu(n.conv(n.add("Concat", up, block, axis=1), 32, 16))
    rows = []
    for level in (fine, small):
        box = n.conv(level, 16, 4)
        rest = n.add("Sigmoid", n.conv(level, 16, 5))
        rows.append(n.add("Reshape", n.add("Concat", box, rest, axis=1), n.ints(1, 9, -1)))
    n.save("tiny_yolox", [1, 3, 48, 64], [n.add("Transpose", n.add("Concat", *rows, axis=2), perm=[0, 2, 1])], 11)


def tiny_shufflenet(name="tiny_shufflenet", is_half=False):
    """Channel shuffles, splits, batch normalisation, linear resizing, odd sizes: NanoDet's and FastestDet's parts."""
    n = Network(2)
    stem = n.add("LeakyRelu", n.normalised(n.conv("image", 3, 12, 3, stride=2, bias=False), 12), alpha=0.1)
    pooled = n.add("MaxPool", stem, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    left, right = n.add("Split", pooled, n.ints(6, 6), outputs=2, axis=1)
    right = n.add("Relu", n.normalised(n.conv(right, 6, 6, bias=False), 6))
    right = n.normalised(n.conv(right, 6, 6, 5, groups=6, bias=False), 6)
    joined = n.add("Concat", left, right, axis=1)
    shuffled = n.add("Reshape", joined, n.ints(1, 2, 6, 10, 12))
    shuffled = n.add("Reshape", n.add("Transpose", shuffled, perm=[0, 2, 1, 3, 4]), n.ints(1, 12, 10, 12))
    front = n.add("Slice", shuffled, n.ints(0), n.ints(6), n.ints(1))
    small = n.add("AveragePool", front, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    sizes = n.ints(1, 6, 10, 12)
    large = n.add("Resize", small, "", "", sizes, mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    summed = n.add("Add", n.conv(shuffled, 12, 6), large)
    scores = n.add("Softmax", n.add("Transpose", summed, perm=[0, 2, 3, 1]), axis=-1)
    picked = n.add("Gather", n.conv(n.add("Clip", summed, n.constant(np.float32(-1)), n.constant(np.float32(1))), 6, 7), n.ints(3, 0, -1), axis=1)
    if is_half:
        n.halve()
    n.save(name, [1, 3, 37, 45], [scores, picked], 13)


def tiny_classifier():
    """Open sides in the file, shape arithmetic, grouped convolution, hard activations, a fully connected end, two images."""
    n = Network(3)
    value = n.add("HardSwish", n.conv("image", 3, 16, 3, stride=2))
    value = n.add("Add", n.conv(value, 16, 16, 3, groups=4), value)
    gate = n.add("HardSigmoid", n.conv(n.add("GlobalAveragePool", value), 16, 16), alpha=0.2, beta=0.5)
    value = n.add("PRelu", n.add("Mul", value, gate), n.constant((n.random.rand(16, 1, 1) / 4).astype(np.float32)))
    sides = n.add("Shape", value)
    batch = n.add("Unsqueeze", n.add("Gather", sides, n.constant(np.int64(0)), axis=0), n.ints(0))
    pooled = n.add("ReduceMean", value, axes=[2, 3], keepdims=1)
    flat = n.add("Reshape", pooled, n.add("Concat", batch, n.ints(-1), axis=0))
    weight = n.constant((n.random.randn(10, 16) / 4).astype(np.float32))
    logits = n.add("Gemm", flat, weight, n.constant(n.random.randn(10).astype(np.float32)), transB=1)
    scaled = n.add("Div", n.add("Sub", logits, n.constant(np.float32(0.5))), n.constant(np.asarray([2], np.float32)))
    product = n.add("MatMul", n.add("Tanh", scaled), n.constant(n.random.randn(10, 3).astype(np.float32)))
    n.save("tiny_classifier", [2, 3, 20, 28], [n.add("Softmax", product), logits], 14, ["n", 3, "h", "w"])


def quantised(name, shape, weights, activations):
    """The same network in 8 bits, as ONNX Runtime's own quantizer makes it (QDQ form, a scale for each channel)."""
    from onnx import version_converter
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Pictures(CalibrationDataReader):
        def __init__(self):
            self.left = [formula(shape, scale) for scale in (1.0, 0.5)]

        def get_next(self):
            return {"image": self.left.pop()} if self.left else None

    source = os.path.join(HERE, name + ".onnx")
    model = version_converter.convert_version(onnx.load(source), 13)
    path = os.path.join(HERE, name + "_int8.onnx")
    onnx.save(model, path)
    quantize_static(
        path, path, Pictures(), quant_format=QuantFormat.QDQ, per_channel=True,
        weight_type=getattr(QuantType, weights), activation_type=getattr(QuantType, activations))
    made = onnx.load(path)
    # The quantizer adds the operator sets of its own kind; the network uses one.
    del made.opset_import[:]
    made.opset_import.append(helper.make_opsetid("", 13))
    onnx.save(made, path)
    assert os.path.getsize(path) < 80000, path
    expected(path, shape, 1.0, name + "_int8")


def main():
    os.makedirs(HERE, exist_ok=True)
    tiny_yolox()
    tiny_shufflenet()
    tiny_shufflenet("tiny_half", is_half=True)
    tiny_classifier()
    quantised("tiny_yolox", [1, 3, 48, 64], "QInt8", "QUInt8")
    quantised("tiny_shufflenet", [1, 3, 37, 45], "QInt8", "QInt8")
    tall = [1, 3, 96, 32]
    expected(reshaped(os.path.join(HERE, "tiny_yolox.onnx"), tall), tall, 1.0, "tiny_yolox_32x96")
    if len(sys.argv) > 1:
        for path, shape in RESHAPED:
            name = os.path.splitext(os.path.basename(path))[0]
            model = reshaped(os.path.join(sys.argv[1], path), shape)
            expected(model, shape, 255.0, f"{name}_{shape[3]}x{shape[2]}")
        for path, shape in REAL:
            name = os.path.splitext(os.path.basename(path))[0]
            expected(os.path.join(sys.argv[1], path), shape, 255.0, name)


if __name__ == "__main__":
    main()
