"""The network as an ONNX file with standard operators only, weights stored as fp16, and its manifest."""

import json
import pathlib
import re
import tempfile

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from .network import CLASSES, INPUT_MULTIPLE, INPUT_PIXELS, LABELS, MEAN, STD, Conv, Detector

OPSET = 13


def mean(runs):
    """The mean of the weights of several runs, which is often better than any of them: Wortsman et al., "Model soups",
    ICML 2022. Only runs that began from one another lie close enough together."""
    return {name: torch.stack([run[name].float() for run in runs]).mean(dim=0).to(runs[0][name].dtype) for name in runs[0]}


def plain(network):
    """A copy whose convolutions are ordinary ones."""
    copy = Detector()
    copy.load_state_dict(network.state_dict())

    def replace(module):
        for name, child in module.named_children():
            if isinstance(child, Conv):
                setattr(module, name, ordinary(child))
            else:
                replace(child)

    replace(copy)
    return copy.eval()


def ordinary(conv):
    weight, bias = conv.folded()
    outputs, inputs, kernel, _ = weight.shape
    made = nn.Conv2d(
        inputs * conv.groups, outputs, kernel, conv.stride, conv.padding, groups=conv.groups)
    made.weight.data, made.bias.data = weight.detach().clone(), bias.detach().clone()
    return nn.Sequential(made, nn.LeakyReLU(0.1)) if conv.activated else made


def onnx_model(network):
    """The network as an ONNX model with fp32 weights, for inputs of any height and width that are multiples of 32."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.onnx"
        torch.onnx.export(
            plain(network), (torch.zeros(1, 3, 256, 480),), str(path), opset_version=OPSET, dynamo=False,
            input_names=["data"], output_names=["output"], do_constant_folding=True,
            dynamic_axes={"data": {2: "height", 3: "width"}, "output": {1: "points"}})
        model = onnx.load(path)
    model.producer_name, model.producer_version, model.doc_string = "porchlight", "", ""
    sides = model.graph.output[0].type.tensor_type.shape.dim
    sides[0].dim_value, sides[2].dim_value = 1, network.columns
    without_copies(model.graph)
    without_unused(model.graph)
    with_short_names(model.graph)
    return model


def without_copies(graph):
    """Takes out the nodes that only give a constant another name."""
    names = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    for node in [node for node in graph.node if node.op_type != "Identity"]:
        for index, name in enumerate(node.input):
            node.input[index] = names.get(name, name)


def with_short_names(graph):
    """Calls tensors by numbers, nodes by nothing, and the same constant by one name: a twentieth of the file."""
    kept = {value.name for value in (*graph.input, *graph.output)}
    names, constants = {"": "", **{name: name for name in kept}}, {}
    for node in list(graph.node):
        if node.op_type == "Constant" and node.output[0] not in kept:
            content = node.attribute[0].SerializeToString()
            if content in constants:
                names[node.output[0]] = constants[content]
                graph.node.remove(node)
            else:
                constants[content] = names[node.output[0]] = str(len(names))
    for node in graph.node:
        node.name, node.doc_string = "", ""
        for part in (node.input, node.output):
            for index, name in enumerate(part):
                part[index] = names.setdefault(name, str(len(names)))
    for tensor in graph.initializer:
        tensor.name = names.setdefault(tensor.name, str(len(names)))
    del graph.value_info[:]


def without_unused(graph):
    """Takes out the nodes whose outputs nobody reads."""
    while True:
        read = {name for node in graph.node for name in node.input} | {out.name for out in graph.output}
        unused = [node for node in graph.node if not read.intersection(node.output)]
        if not unused:
            return
        for node in unused:
            graph.node.remove(node)


def with_half_weights(model):
    """Stores every weight of a convolution as fp16, with a Cast behind it: half the file, the same network."""
    graph = model.graph
    used = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    casts = []
    for tensor in graph.initializer:
        if tensor.name in used:
            values = numpy_helper.to_array(tensor)
            half = values.astype(np.float16)
            if not np.isfinite(half).all():
                raise ValueError(f"{tensor.name} does not fit into fp16: up to {np.abs(values).max()}")
            stored = tensor.name + ".half"
            casts.append(helper.make_node("Cast", [stored], [tensor.name], name=f"{stored}.cast", to=onnx.TensorProto.FLOAT))
            tensor.CopyFrom(numpy_helper.from_array(half, stored))
    for index, cast in enumerate(casts):
        graph.node.insert(index, cast)
    onnx.checker.check_model(model, full_check=True)
    return model


def manifest(calibration):
    """What the program has to know beside the network. calibration: knots per class, or None."""
    made = {
        "name": "Porchlight default",
        "about": "Finds people, cats, dogs and packages; see MODEL_CARD.md.",
        "license": "Apache-2.0",
        "head": "nanodet-plus",
        "input": {
            "pixels": INPUT_PIXELS, "multipleOf": INPUT_MULTIPLE, "colorOrder": "BGR",
            "mean": list(MEAN), "scale": [round(1 / value, 8) for value in STD],
            "resize": "letterbox-top-left", "pad": 0,
        },
        "classes": list(CLASSES),
        "labels": {label: list(names) for label, names in LABELS.items()},
        "scores": "logits",
    }
    if calibration is not None:
        made["calibration"] = calibration
    return made


def export(network, calibration, out, name="porchlight"):
    """Writes `NAME.onnx` and `NAME.json` into a folder; returns their paths."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.onnx"
    onnx.save(with_half_weights(onnx_model(network)), path)
    told = out / f"{name}.json"
    told.write_text(laid_out(manifest(calibration)))
    return path, told


def laid_out(value):
    """JSON for people: innermost lists on one line."""
    text = json.dumps(value, indent=2)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text) + "\n"
