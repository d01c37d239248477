"""Published weights as a starting point."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .network import CLASSES, REG_MAX, Detector

#: Where COCO's 80 classes have ours. A package starts from what comes nearest: a suitcase.
COCO = {"person": 0, "cat": 15, "dog": 16, "package": 28}


def convolutions(path):
    """Weight and bias of every convolution of an ONNX file, in its order."""
    graph = onnx.load(path).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]].astype(np.float32)
    for node in graph.node:
        if node.op_type == "Conv":
            yield tuple(torch.from_numpy(np.array(constants[name], np.float32)) for name in node.input[1:3])


def network_from(path):
    """The network with the weights of an ONNX file: NanoDet-Plus-m for COCO, or one that `export` wrote.

    Raises ValueError when the file holds something else.
    """
    found = list(convolutions(path))
    published_outputs = 80 + 4 * (REG_MAX + 1)
    is_coco = any(len(weight) == published_outputs for weight, _ in found)
    network = Detector()
    modules = list(network.published_order())
    if len(modules) != len(found):
        raise ValueError(f"{path} has {len(found)} convolutions, NanoDet-Plus-m has {len(modules)}")
    heads = set(network.outputs)
    rows = [COCO[name] for name in CLASSES] + list(range(80, published_outputs))
    for index, (module, (weight, bias)) in enumerate(zip(modules, found)):
        if is_coco and module in heads:
            weight, bias = weight[rows], bias[rows]
        if module.weight.shape != weight.shape:
            raise ValueError(
                f"{path}: convolution {index} is {tuple(weight.shape)}, not {tuple(module.weight.shape)}")
        module.unfold(weight, bias)
    return network
