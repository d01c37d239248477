"""The embedder as an ONNX file with standard operators only, weights stored as fp16, and its manifest."""

import pathlib
import tempfile

import onnx
import torch
from torch import nn

from .embedder import NUMBERS
from .export import OPSET, laid_out, with_half_weights, with_short_names, without_copies, without_unused
from .faces import FIVE

#: The similarity, in percent, that a false accept of one in ten thousand and of one in a hundred thousand has.
ANCHORS = {1e-4: 80.0, 1e-5: 99.0}


class Plain(nn.Module):
    """The same network of ordinary layers."""

    def __init__(self, network):
        super().__init__()
        self.register_buffer("scale", network.scale)
        self.register_buffer("shift", network.shift)
        self.stem = nn.Sequential(*map(ordinary, network.stem))
        self.blocks = nn.ModuleList(
            nn.ModuleList([
                nn.Sequential(*map(ordinary, (block.expand, block.depthwise, block.project))),
                nn.Sequential(nn.AdaptiveAvgPool2d(1), ordinary(block.gate.first), ordinary(block.gate.second), nn.Sigmoid()),
            ]) for block in network.blocks)
        self.adds = [block.adds for block in network.blocks]
        self.end = nn.Sequential(*map(ordinary, network.end), nn.Flatten())

    def forward(self, x):
        x = self.stem(x * self.scale + self.shift)
        for (body, gate), adds in zip(self.blocks, self.adds):
            made = body(x)
            made = made * gate(made)
            x = made + x if adds else made
        return self.end(x)


def ordinary(conv):
    weight = conv.folded().detach()
    made = nn.Conv2d(
        weight.shape[1] * conv.groups, weight.shape[0], weight.shape[2], conv.stride, conv.padding, groups=conv.groups)
    made.weight.data, made.bias.data = weight.clone(), conv.bias.detach().clone()
    return made if conv.slope is None else nn.Sequential(made, nn.LeakyReLU(conv.slope))


def face_model(network, side):
    """The network as an ONNX model with fp32 weights: `data` [1, 3, side, side], `embedding` [1, NUMBERS]."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.onnx"
        torch.onnx.export(
            Plain(network).eval(), (torch.zeros(1, 3, side, side),), str(path), opset_version=OPSET, dynamo=False,
            input_names=["data"], output_names=["embedding"], do_constant_folding=True)
        model = onnx.load(path)
    model.producer_name, model.producer_version, model.doc_string = "porchlight", "", ""
    sides = model.graph.output[0].type.tensor_type.shape.dim
    sides[0].dim_value, sides[1].dim_value = 1, NUMBERS
    without_copies(model.graph)
    without_unused(model.graph)
    with_short_names(model.graph)
    return model


def face_manifest(version, curve):
    """What the program has to know beside the network. curve: slope and middle of the similarity, or None."""
    made = {
        "name": "Porchlight faces", "about": "Tells faces apart; see porchlight-face.md.", "license": "Apache-2.0",
        "family": "face-embedder", "version": version,
        "alignment": [[round(float(value), 4) for value in point] for point in FIVE],
    }
    if curve is not None:
        made["similarity"] = {"slope": round(curve[0], 2), "middle": round(curve[1], 4)}
    return made


def export_faces(network, side, out, version, curve=None, name="porchlight-face"):
    """Writes `NAME.onnx` and `NAME.json` into a folder; returns their paths."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    path, told = out / f"{name}.onnx", out / f"{name}.json"
    onnx.save(with_half_weights(face_model(network, side)), path)
    told.write_text(laid_out(face_manifest(version, curve)))
    return path, told
