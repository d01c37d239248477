"""Published weights as a starting point."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .network import BOX, CLASSES, KNOWN, Detector

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
    """The network with the weights of an ONNX file: NanoDet-Plus-m for COCO, which is then exactly itself and finds
    suitcases for packages, or one that `export` wrote. Files of ours from before packages had a row on the published
    towers get one of zeros.

    Raises ValueError when the file holds something else.
    """
    found = list(convolutions(path))
    network = Detector()
    modules = list(network.published_order())
    is_coco = len(modules) == len(found)
    if not is_coco:
        modules += network.package_order()
    if len(modules) != len(found):
        raise ValueError(f"{path} has {len(found)} convolutions, NanoDet-Plus-m has {len(modules)}")
    heads = set(network.outputs)
    rows = [*(COCO[name] for name in CLASSES), *range(80, 80 + BOX)]
    for index, (module, (weight, bias)) in enumerate(zip(modules, found)):
        if is_coco and module in heads:
            weight, bias = weight[rows], bias[rows]
        elif module in heads and len(weight) == network.columns - 1:
            weight, bias = (with_zeros(part, len(KNOWN)) for part in (weight, bias))
        if module.weight.shape != weight.shape:
            raise ValueError(
                f"{path}: convolution {index} is {tuple(weight.shape)}, not {tuple(module.weight.shape)}")
        module.unfold(weight, bias)
    if is_coco:
        parts = zip(network.towers, network.outputs, network.package_towers, network.package_outputs)
        for tower, out, own, own_out in parts:
            own.load_state_dict(tower[0].state_dict())
            # Adds nothing yet, but learns as fast as the row of a suitcase.
            row = slice(len(KNOWN), len(KNOWN) + 1)
            own_out.load_state_dict({
                "weight": torch.zeros_like(own_out.weight), "bias": torch.zeros(1), "scale": out.scale[row]})
    return network


def with_zeros(part, place):
    """A tensor with a row of zeros before row `place`."""
    return torch.cat((part[:place], torch.zeros_like(part[:1]), part[place:]))
