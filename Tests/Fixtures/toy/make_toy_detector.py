#!/usr/bin/env python3
"""Makes `toy_detector.onnx`: a YOLOX-shaped network of a few numbers that calls a big red patch (three eighths of the width) a person and a green patch
a cat, so that the whole program can be tested without a real model. Needs pip's onnx and numpy; run it beside this file.

Input  [1, 3, 128, 128], B G R in 0...255, as YOLOX takes it.
Output [1, 336, 85]: 256 cells of stride 8, 64 of 16, 16 of 32; only stride 8 ever scores.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

SIDE, WINDOW = 128, 40
OBJECT_SIDE = 48
PERSON, CAT = 0, 15


def weights(name, array):
    return numpy_helper.from_array(array.astype(np.float32), name)


def scale(stride, nodes, constants):
    """The branch of one stride: average colour around each cell -> box of a fixed size, objectness 1, class scores."""
    score = np.zeros((80, 3, 1, 1))
    margin = (WINDOW - stride) // 2
    if stride == 8:
        blue, green, red = 0, 1, 2
        score[PERSON, [blue, green, red], 0, 0] = np.array([-0.5, -0.5, 1.0]) * 6 / 200
        score[CAT, [blue, green, red], 0, 0] = np.array([-0.5, 1.0, -0.5]) * 6 / 200
    box = np.array([0.5, 0.5, np.log(OBJECT_SIDE / stride), np.log(OBJECT_SIDE / stride), 1.0])
    constants += [
        weights(f"box_w{stride}", np.zeros((5, 3, 1, 1))),
        weights(f"box_b{stride}", box),
        weights(f"cls_w{stride}", score),
        weights(f"cls_b{stride}", np.full(80, -5.05)),
    ]
    nodes += [
        helper.make_node(
            "AveragePool",
            ["images"],
            [f"cells{stride}"],
            kernel_shape=[WINDOW, WINDOW],
            strides=[stride, stride],
            pads=[margin, margin, margin, margin],
        ),
        helper.make_node("Conv", [f"cells{stride}", f"box_w{stride}", f"box_b{stride}"], [f"box{stride}"]),
        helper.make_node("Conv", [f"cells{stride}", f"cls_w{stride}", f"cls_b{stride}"], [f"raw{stride}"]),
        helper.make_node("Clip", [f"raw{stride}", "zero", "one"], [f"cls{stride}"]),
        helper.make_node("Concat", [f"box{stride}", f"cls{stride}"], [f"all{stride}"], axis=1),
        helper.make_node("Reshape", [f"all{stride}", "flat"], [f"flat{stride}"]),
    ]


def main():
    nodes = []
    constants = [
        weights("zero", np.array(0.0)),
        weights("one", np.array(1.0)),
        numpy_helper.from_array(np.array([1, 85, -1], np.int64), "flat"),
    ]
    for stride in (8, 16, 32):
        scale(stride, nodes, constants)
    nodes += [
        helper.make_node("Concat", ["flat8", "flat16", "flat32"], ["columns"], axis=2),
        helper.make_node("Transpose", ["columns"], ["output"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 336, 85])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="porchlight-tests")
    model.ir_version = 8
    checker.check_model(model, full_check=True)
    save(model, Path(__file__).with_name("toy_detector.onnx"))


if __name__ == "__main__":
    main()
