#!/usr/bin/env python3
"""Time of a pass by the clock, time to the first result, and memory, ours beside ONNX Runtime's, over a list of networks:

    PORCHLIGHT=.build/release/porchlight python Benchmarks/engine/footprint.py [--kernels NAME] [--json FILE] \\
        --list FOLDER/list.json

One thread; each turn is a process of its own, the turns alternate, and the smallest of some rounds counts. Growth is what the
process has more after all passes than before the network was opened; without pieces of files, such as the engine's own text, it
is held against one and a half times the weights and the two largest tensors, both as they are in the file. With --json what was
measured before is kept. For a quiet machine; `processor_time.py` is for others. It needs the packages numpy, onnx and onnxruntime.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

import numpy
import onnx

from agreement import eight_bits
from listed import Failure, measured_once, networks, shape_of

HERE = os.path.dirname(os.path.abspath(__file__))
FIGURES = ("minMs", "loadMs", "growthMb", "anonymousGrowthMb")


def told(command):
    """The JSON object that a process prints last."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:200])
    return json.loads(done.stdout.strip().splitlines()[-1])


def bytes_of(kind):
    return numpy.dtype(onnx.helper.tensor_dtype_to_np_dtype(kind)).itemsize


def least_memory(path, shape):
    """MB of one and a half times the weights, and of the two largest tensors whose shapes are known."""
    model = onnx.load(path)
    constants = [node for node in model.graph.node if node.op_type in ("Constant", "ConstantOfShape")]
    tensors = [entry.t for node in constants if node.op_type == "Constant" for entry in node.attribute if entry.HasField("t")]
    weights = sum(
        int(numpy.prod(entry.dims, dtype=int)) * bytes_of(entry.data_type) for entry in [*model.graph.initializer, *tensors])
    dims = model.graph.input[0].type.tensor_type.shape.dim
    if len(dims) == len(shape):
        behind = dims[-1].dim_value == 3 and dims[1].dim_value != 3
        for dim, side in zip(dims, [shape[0], *shape[2:], shape[1]] if behind else shape):
            dim.dim_value = side
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    made = {node.output[0] for node in constants if node.op_type == "ConstantOfShape"}
    tensors = []
    for entry in [*graph.value_info, *graph.input, *graph.output]:
        kind = entry.type.tensor_type
        sides = [dim.dim_value for dim in kind.shape.dim]
        if all(side > 0 for side in sides):
            size = int(numpy.prod(sides, dtype=int)) * bytes_of(kind.elem_type)
            weights += size if entry.name in made else 0
            tensors.append(size)
    return (1.5 * weights + sum(sorted(tensors)[-2:])) / 2**20


def measured(row, options):
    shape = shape_of(row)
    ours = [os.environ["PORCHLIGHT"], "bench", "--model", row["path"], "--threads", "1", "--json",
            "--kernels", options.kernels]
    if len(shape) == 4 and shape[1] == 3:
        ours += ["--size", f"{shape[3]}x{shape[2]}"]
    theirs = [sys.executable, os.path.join(HERE, "peers.py"), "onnxruntime", row["path"], "1"]
    runs, best = None, {}
    for _ in range(options.rounds):
        if runs is None:
            runs = max(8, min(400, int(options.seconds * 1e3 / told([*theirs, "3", "x".join(map(str, shape))])["minMs"])))
        turns = {
            "ours": told([*ours, "--runs", str(runs)]),
            "theirs": told([*theirs, str(runs), "x".join(map(str, shape))])}
        for who, turn in turns.items():
            for figure in FIGURES:
                best[who, figure] = min(best.get((who, figure), float("inf")), turn[figure])
    return {
        "name": row["name"], "family": row["family"], "path": row["path"], "least": least_memory(row["path"], shape),
        **{figure: [best["ours", figure], best["theirs", figure]] for figure in FIGURES}}


def line(row):
    ours, theirs = row["minMs"]
    loads, growths = row["loadMs"], row["growthMb"]
    return (f"| {row['name']} | {row['family']} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} "
            f"| {loads[0]:.0f} | {loads[1]:.0f} | {growths[0]:.1f} | {growths[1]:.1f} "
            f"| {row['anonymousGrowthMb'][0]:.1f} | {row['least']:.1f} |")


def summary(rows):
    floats = [row for row in rows if not eight_bits(row["path"])]
    kinds = {
        "floats": floats, "detectors in floats": [row for row in floats if row["family"] == "detector"],
        "8 bits": [row for row in rows if eight_bits(row["path"])]}
    for kind, among in kinds.items():
        if not among:
            continue
        ratios = sorted(row["minMs"][1] / row["minMs"][0] for row in among)
        loads = [row["loadMs"][0] / row["loadMs"][1] for row in among]
        growths = [row["growthMb"][0] / row["growthMb"][1] for row in among]
        print(f"\n{kind} ({len(among)}): ONNX Runtime's time over ours {statistics.median(ratios):.3f} in the median, "
              f"smallest {ratios[0]:.2f}; to the first result we take {statistics.median(loads):.2f} of its time, "
              f"{sum(load > 0.5 for load in loads)} more than half; growth {statistics.median(growths):.2f} of its growth, "
              f"{sum(row['anonymousGrowthMb'][0] > row['least'] for row in among)} without text above 1.5 weights and two tensors "
              f"({statistics.median(row['anonymousGrowthMb'][0] / row['least'] for row in among):.2f} of these in the median)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", required=True, help="list.json of networks.py")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the list")
    parser.add_argument("--kernels", default="best", help="the instruction set, as `porchlight bench` names it")
    parser.add_argument("--json", help="what was measured, and what is kept of an earlier run")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.3, help="that the passes of a turn take")
    options = parser.parse_args()
    rows = [row for row in networks(options.list) if not options.only or row["name"] in options.only]
    print("| network | family | ms | ONNX Runtime | ratio | first result ms | ONNX Runtime | MB | ONNX Runtime "
          "| MB without text | 1.5 weights and 2 tensors |\n" + "|---" * 11 + "|")
    ran, failed = [], []
    for row, found in measured_once(rows, options.json, lambda row: measured(row, options)):
        if "failure" in found:
            failed.append(f"- {row['name']}: {found['failure']}")
        else:
            ran.append(found)
            print(line(found), flush=True)
    summary(ran)
    print("\n".join(failed))


if __name__ == "__main__":
    main()
