"""Published weights as a starting point."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .network import KNOWN, REG_MAX, Detector

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
    """The network with the weights of an ONNX file: NanoDet-Plus-m for COCO, whose heads for packages start as its towers
    and rows for suitcases, or one that `export` wrote.

    Raises ValueError when the file holds something else.
    """
    found = list(convolutions(path))
    network = Detector()
    modules = list(network.published_order())
    is_coco = len(modules) == len(found)
    if not is_coco:
        modules += network.parcel_order()
    if len(modules) != len(found):
        raise ValueError(f"{path} has {len(found)} convolutions, NanoDet-Plus-m has {len(modules)}")
    heads = set(network.outputs)
    rows = [COCO[name] for name in KNOWN] + list(range(80, 80 + 4 * (REG_MAX + 1)))
    for index, (module, (weight, bias)) in enumerate(zip(modules, found)):
        if is_coco and module in heads:
            package = COCO["package"]
            level = list(network.outputs).index(module)
            # Seldom anything at first: the tower before it is another one than the row was learned with.
            network.parcel_outputs[level].unfold(0.1 * weight[[package]], torch.full((1,), -4.0))
            weight, bias = weight[rows], bias[rows]
        if module.weight.shape != weight.shape:
            raise ValueError(
                f"{path}: convolution {index} is {tuple(weight.shape)}, not {tuple(module.weight.shape)}")
        module.unfold(weight, bias)
    if is_coco:
        for tower, parcel in zip(network.towers, network.parcel_towers):
            parcel.load_state_dict(tower[0].state_dict())
    return network
