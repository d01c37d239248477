"""Published weights as a starting point."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .network import BOX, KNOWN, Detector

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
    suitcases for packages, or one that `export` wrote.

    Raises ValueError when the file holds something else.
    """
    found = list(convolutions(path))
    network = Detector()
    modules = list(network.published_order())
    is_coco = len(modules) == len(found)
    if not is_coco:
        modules += network.added_order()
    if len(modules) != len(found):
        raise ValueError(f"{path} has {len(found)} convolutions, NanoDet-Plus-m has {len(modules)}")
    heads = set(network.outputs)
    box = list(range(80, 80 + BOX))
    suitcases = []
    for index, (module, (weight, bias)) in enumerate(zip(modules, found)):
        if is_coco and module in heads:
            suitcases.append((weight[[COCO["package"], *box]], bias[[COCO["package"], *box]]))
            rows = [COCO[name] for name in KNOWN] + box
            weight, bias = weight[rows], bias[rows]
        if module.weight.shape != weight.shape:
            raise ValueError(
                f"{path}: convolution {index} is {tuple(weight.shape)}, not {tuple(module.weight.shape)}")
        module.unfold(weight, bias)
    if is_coco:
        # The published file has the heads from the last level to the first.
        parts = zip(network.towers, network.added_towers, network.added_outputs, reversed(suitcases))
        for tower, added, out, (weight, bias) in parts:
            begin_with_suitcases(tower[1], added, out, weight, bias)
    return network


def begin_with_suitcases(tower, added, out, weight, bias):
    """Gives an added head the published tower, as many of its channels as there is room for, and the rows of a suitcase
    and of its box; nothing is added to the other scores."""
    kept = weight.flatten(1).norm(dim=0).topk(out.weight.shape[1])[1].sort()[0]
    added[0].load_state_dict(tower[0].state_dict())
    pointwise, shift = (part.detach() for part in tower[1].folded())
    added[1].unfold(pointwise[kept], shift[kept])
    nothing = len(KNOWN)
    out.unfold(
        torch.cat((torch.zeros(nothing, *weight[:, kept].shape[1:]), weight[:, kept])),
        torch.cat((torch.zeros(nothing), bias)))
    # What is added learns as fast as the score of a package.
    out.scale[:nothing] = out.scale[nothing]
