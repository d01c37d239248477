"""The face detector: YuNet read from its ONNX file, node for node, and written back into it with other weights."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

from .embedder import Convolution

STRIDES = (8, 16, 32)
#: Numbers of a place: class, objectness, box, five points.
PARTS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
#: Of faces that overlap by more than this the surest stays.
OVERLAP = 0.3


class Finder(nn.Module):
    """`[n, 3, height, width]` BGR, 0 to 255, sides multiples of 32, to `[n, places, 16]`: logits of class and objectness,
    box and points as the file gives them; the places of stride 8 first, row by row."""

    def __init__(self, graph):
        super().__init__()
        constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        wanted = [f"{part}_{stride}" for stride in STRIDES for part in PARTS]
        before = {name: node for node in graph.node for name in node.output}
        #: Each output's map is what its transposing takes; what follows only gives it another shape.
        self.maps = [source(before, name) for name in wanted]
        self.steps, self.convolutions = [], nn.ModuleDict()
        for node in graph.node:
            if node.op_type == "Conv":
                weight, bias = (torch.from_numpy(constants[name].copy()) for name in node.input[1:])
                said = {a.name: list(a.ints) or a.i for a in node.attribute}
                self.convolutions[str(len(self.steps))] = Convolution(
                    weight, bias, said["strides"][0], said["pads"][0], said["group"], None)
            elif node.op_type not in ("Relu", "MaxPool", "Resize", "Add"):
                continue
            self.steps.append((node.op_type, list(node.input), node.output[0]))
        self.first = graph.input[0].name

    def forward(self, x):
        known = {self.first: x}
        for index, (kind, inputs, output) in enumerate(self.steps):
            x = known[inputs[0]]
            if kind == "Conv":
                known[output] = self.convolutions[str(index)](x)
            elif kind == "Relu":
                known[output] = F.relu(x)
            elif kind == "MaxPool":
                known[output] = F.max_pool2d(x, 2)
            elif kind == "Resize":
                known[output] = F.interpolate(x, scale_factor=2, mode="nearest")
            else:
                known[output] = x + known[inputs[1]]
        rows = [known[name].flatten(2).transpose(1, 2) for name in self.maps]
        return torch.cat([torch.cat(rows[i : i + 4], dim=2) for i in range(0, len(rows), 4)], dim=1)


def source(before, name):
    node = before[name]
    while node.op_type != "Transpose":
        node = before[node.input[0]]
    return node.input[0]


def finder_from(path):
    """Raises ValueError when the file is no YuNet."""
    graph = onnx.load(path).graph
    given = {output.name for output in graph.output}
    if missing := [f"{part}_{stride}" for stride in STRIDES for part in PARTS if f"{part}_{stride}" not in given]:
        raise ValueError(f"{path} is no YuNet: {', '.join(missing)} missing")
    return Finder(graph)


def written(network, published, path):
    """Writes the published file with the network's weights in it: the same nodes, names and shapes."""
    model = onnx.load(published)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for index, (kind, inputs, _) in enumerate(network.steps):
        if kind == "Conv":
            one = network.convolutions[str(index)]
            for name, values in zip(inputs[1:], (one.folded(), one.bias)):
                constants[name].CopyFrom(numpy_helper.from_array(values.detach().contiguous().numpy(), name))
    model.producer_name, model.producer_version = "porchlight", ""
    onnx.save(model, path)


def places(height, width):
    """`[places, 3]`: corner across and down in pixels, and stride, of each row that the network gives."""
    made = []
    for stride in STRIDES:
        down, across = np.mgrid[: height // stride, : width // stride] * stride
        made.append(np.column_stack((across.ravel(), down.ravel(), np.full(across.size, stride))))
    return np.concatenate(made).astype(np.float32)


def decoded(numbers, where):
    """Boxes `[..., 4]` as corners and points `[..., 5, 2]`, in pixels, of `[..., places, 14]` boxes and points.
    Takes arrays and tensors."""
    step = where[:, 2:]
    middle = (numbers[..., :2] * step) + where[:, :2]
    raw = numbers[..., 2:4]
    half = (raw.clamp(max=6).exp() if isinstance(raw, torch.Tensor) else np.exp(np.minimum(raw, 6))) * step / 2
    points = [numbers[..., 4 + i : 6 + i] * step + where[:, :2] for i in range(0, 10, 2)]
    if isinstance(numbers, torch.Tensor):
        return torch.cat((middle - half, middle + half), dim=-1), torch.stack(points, dim=-2)
    return np.concatenate((middle - half, middle + half), axis=-1), np.stack(points, axis=-2)


def overlaps(box, boxes):
    """Intersection over union of one box and several, corners."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    return shared / ((box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - shared + 1e-9)


class FaceSight:
    """The file in ONNX Runtime: of pixels in any size rows of corners, five points and score, the surest first."""

    def __init__(self, session, least):
        self.session, self.least, self.known = session, least, {}

    def __call__(self, pixels):
        height, width = (-(-side // 32) * 32 for side in pixels.shape[:2])
        framed = np.zeros((1, 3, height, width), np.float32)
        framed[0, :, : pixels.shape[0], : pixels.shape[1]] = pixels.transpose(2, 0, 1)
        names = [f"{part}_{stride}" for part in PARTS for stride in STRIDES]
        given = [value[0] for value in self.session.run(names, {self.session.get_inputs()[0].name: framed})]
        cls, obj, boxes, points = (np.concatenate(given[i : i + 3]) for i in range(0, 12, 3))
        scores = np.sqrt(cls[:, 0] * obj[:, 0])
        where = self.known.setdefault((height, width), places(height, width))
        likely = np.flatnonzero(scores >= self.least)
        likely = likely[np.argsort(-scores[likely], kind="stable")]
        boxes, points = decoded(np.concatenate((boxes[likely], points[likely]), axis=1), where[likely])
        rows = np.concatenate((boxes, points.reshape(-1, 10), scores[likely, None]), axis=1)
        return rows[surest(rows)].astype(np.float32)


def surest(rows):
    """Which rows stay of those that overlap; rows begin with corners, the surest first."""
    left, kept = np.arange(len(rows)), []
    while len(left):
        kept.append(left[0])
        left = left[1:][overlaps(rows[left[0], :4], rows[left[1:], :4]) <= OVERLAP]
    return kept
