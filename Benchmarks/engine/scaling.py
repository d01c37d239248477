#!/usr/bin/env python3
"""How the time of one network grows with the picture's size and with the number of crops that go through together.

    Benchmarks/engine/run.sh --scaling [MODEL.onnx] [-- --rounds 5 --runs 40]

The network's input is rewritten to other sizes; that needs one whose reshapes do not name them (YOLOX, NanoDet, FastestDet do not).
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time

import onnx

HERE = os.path.dirname(os.path.abspath(__file__))


def resized(model, path, batch, side):
    """Writes the network for `batch` pictures of `side` x `side`."""
    network = onnx.load(model)
    shape = network.graph.input[0].type.tensor_type.shape
    for dimension, value in zip(shape.dim, (batch, 3, side, side)):
        dimension.dim_value = value
    del network.graph.value_info[:]
    for output in network.graph.output:
        output.type.tensor_type.ClearField("shape")
    if batch > 1:
        # Heads that flatten [1, C, H, W] say the 1 in numbers.
        for tensor in network.graph.initializer:
            if tensor.data_type == onnx.TensorProto.INT64 and len(tensor.dims) == 1 and tensor.dims[0] == 3:
                values = onnx.numpy_helper.to_array(tensor).copy()
                if values[0] == 1 and -1 in values:
                    values[0] = batch
                    tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    onnx.save(network, path)


def measured(cases, asked, program):
    """The best of all process starts, in turns: ours and ONNX Runtime's."""
    best = {}
    for _ in range(asked.rounds):
        for name, path in cases:
            for who, command in {
                "porchlight": [*program, "bench", "--json", "--model", path, "--threads", "1", "--runs", str(asked.runs)],
                "onnxruntime": [sys.executable, os.path.join(HERE, "peers.py"), "onnxruntime", path, "1", str(asked.runs)],
            }.items():
                result = subprocess.run(command, capture_output=True, text=True)
                if result.returncode != 0:
                    raise SystemExit(f"{name}, {who}: {result.stderr.strip().splitlines()[-1:]}")
                turn = json.loads(result.stdout.strip().splitlines()[-1])
                known = best.setdefault((name, who), turn)
                known["minMs"] = min(known["minMs"], turn["minMs"])
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")], default=[320, 416, 640])
    parser.add_argument("--batches", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2, 4, 8])
    parser.add_argument("--crop", type=int, default=96, help="side of the crops of a batch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=40)
    asked = parser.parse_args()
    program = shlex.split(os.environ["PORCHLIGHT"])
    with tempfile.TemporaryDirectory() as folder:
        sizes = [(side, f"{folder}/{side}.onnx") for side in asked.sizes]
        batches = [(f"x{count}", f"{folder}/batch{count}.onnx") for count in asked.batches]
        for side, path in sizes:
            resized(asked.model, path, 1, side)
        for count, (_, path) in zip(asked.batches, batches):
            resized(asked.model, path, count, asked.crop)
        best = measured(sizes + batches, asked, program)
    print(f"{time.strftime('%Y-%m-%d')}, {os.path.basename(asked.model)}, one thread, minimum of {asked.rounds} process starts.\n")
    print("| picture | GMAC | porchlight ms | ns per pixel | ms per GMAC | onnxruntime ms | ns per pixel |")
    print("|---|---|---|---|---|---|---|")
    for side, _ in sizes:
        ours, theirs = best[side, "porchlight"], best[side, "onnxruntime"]
        pixels = side * side / 1e6
        print(f"| {side} x {side} | {ours['gmac']:.3f} | {ours['minMs']:.2f} | {ours['minMs'] / pixels:.1f} | "
              f"{ours['minMs'] / ours['gmac']:.1f} | {theirs['minMs']:.2f} | {theirs['minMs'] / pixels:.1f} |")
    print(f"\n| crops of {asked.crop} x {asked.crop} together | porchlight ms each | onnxruntime ms each |\n|---|---|---|")
    for count, (name, _) in zip(asked.batches, batches):
        ours, theirs = best[name, "porchlight"], best[name, "onnxruntime"]
        print(f"| {count} | {ours['minMs'] / count:.3f} | {theirs['minMs'] / count:.3f} |")


if __name__ == "__main__":
    main()
