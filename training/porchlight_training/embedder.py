"""The network that tells faces apart: the published face-reidentification-retail-0095 in a smaller input.

Blocks of expand, depthwise, project and a gate per channel. The published file has one slope for each activation, so
these are leaky ones. The last depthwise kernel covers the whole map; in a smaller input it is resampled.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

#: Numbers that an embedder gives for a face.
NUMBERS = 256
#: Sides of the input: of the published network, and of ours. One cell of the last map is 16 pixels.
PUBLISHED_SIDE, SIDE, CELL = 128, 96, 16
#: Convolutions of the stem, of a block (expand, depthwise, project, two of the gate), and at the end.
STEM, BLOCK, END = 2, 5, 3


class Convolution(nn.Module):
    """Weights of unit length per output channel with the lengths apart, so that one learning rate fits them all."""

    def __init__(self, weight, bias, stride, padding, groups, slope):
        super().__init__()
        length = weight.flatten(1).norm(dim=1).clamp_min(1e-6)
        self.length, self.bias = nn.Parameter(length), nn.Parameter(bias)
        self.weight = nn.Parameter(weight / length[:, None, None, None])
        self.stride, self.padding, self.groups, self.slope = stride, padding, groups, slope

    def folded(self):
        return self.weight * self.length[:, None, None, None]

    def forward(self, x):
        x = F.conv2d(x, self.folded(), self.bias, self.stride, self.padding, 1, self.groups)
        return x if self.slope is None else F.leaky_relu(x, self.slope)


class Gate(nn.Module):
    """How much each channel counts, from its mean."""

    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x):
        return x * torch.sigmoid(self.second(self.first(F.adaptive_avg_pool2d(x, 1))))


class Block(nn.Module):
    def __init__(self, expand, depthwise, project, gate):
        super().__init__()
        self.expand, self.depthwise, self.project, self.gate = expand, depthwise, project, gate
        self.adds = depthwise.stride == 1 and expand.weight.shape[1] == project.weight.shape[0]

    def forward(self, x):
        made = self.gate(self.project(self.depthwise(self.expand(x))))
        return made + x if self.adds else made


class Embedder(nn.Module):
    """`[n, 3, side, side]` BGR, 0 to 255, to `[n, NUMBERS]`; compare by cosine."""

    def __init__(self, convolutions, scale, shift):
        super().__init__()
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)
        body = convolutions[STEM:-END]
        blocks = [body[i : i + BLOCK] for i in range(0, len(body), BLOCK)]
        self.stem = nn.Sequential(*convolutions[:STEM])
        self.blocks = nn.Sequential(*(Block(*block[:3], Gate(*block[3:])) for block in blocks))
        self.end = nn.Sequential(*convolutions[-END:])

    def forward(self, x):
        return self.end(self.blocks(self.stem(x * self.scale + self.shift))).flatten(1)


def embedder_from(path, side=SIDE):
    """The network of a file of the published form, for another side if wanted (a multiple of CELL); or of one that was
    exported here.

    Raises ValueError when the file has another form.
    """
    graph = onnx.load(path).graph
    constants = {tensor.name: numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
    nodes = [node for node in graph.node if node.op_type != "Cast"]
    slopes = {node.input[0]: float(constants[node.input[1]].ravel()[0]) for node in nodes if node.op_type == "PRelu"}
    slopes |= {node.input[0]: node.attribute[0].f for node in nodes if node.op_type == "LeakyRelu"}
    made = [convolution(node, constants, slopes, side) for node in nodes if node.op_type == "Conv"]
    kinds = [node.op_type for node in nodes[:2]]
    if kinds != ["Mul", "Add"] or len(made) < STEM + END or (len(made) - STEM - END) % BLOCK:
        raise ValueError(f"{path} is not of the form of face-reidentification-retail-0095")
    scale, shift = (torch.from_numpy(constants[node.input[1]].copy()) for node in nodes[:2])
    return Embedder(made, scale, shift)


def convolution(node, constants, slopes, side):
    said = {a.name: list(a.ints) or a.i for a in node.attribute}
    weight = torch.from_numpy(constants[node.input[1]].copy())
    bias = torch.from_numpy(constants[node.input[2]].copy()) if len(node.input) > 2 else torch.zeros(len(weight))
    if weight.shape[-1] == PUBLISHED_SIDE // CELL:
        weight = resampled(weight, side // CELL)
    return Convolution(
        weight, bias, said["strides"][0], said["pads"][0], said["group"], slopes.get(node.output[0]))


def resampled(weight, cells):
    """A kernel over the whole map, for a map of another number of cells; the sum over all of them stays."""
    if weight.shape[-1] == cells:
        return weight
    made = F.interpolate(weight, size=(cells, cells), mode="bilinear", align_corners=False)
    return made * (weight.shape[-1] / cells) ** 2
