#!/usr/bin/env python3
"""Which kinds of convolution are slower than ONNX Runtime's, over several networks:

    PORCHLIGHT=.build/release/porchlight python Benchmarks/engine/convolutions.py --list FOLDER/list.json NAME ...

Ours from `porchlight bench --profile`, ONNX Runtime's from its own profile (the smallest time of each node), one thread, by the
clock. A convolution is known by its node's name; what ONNX Runtime has renamed is left out. The largest losses stand first.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import tempfile

import onnx
import onnxruntime

from agreement import feed

STEP = re.compile(r"^\s+([\d.]+)\s+[\d.]+\s+[\d.]+\s+\S+ ?(.*)$", re.MULTILINE)
RUNS = 20


def ours(program, row):
    command = [program, "bench", "--model", row["path"], "--threads", "1", "--runs", str(RUNS), "--profile"]
    if any(not isinstance(side, int) for side in row["inputs"][0][2:]):
        command += ["--size", "x".join(map(str, row.get("size", [320, 320])))]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = collections.Counter()
    for milliseconds, name in STEP.findall(said):
        found[name.strip()] += float(milliseconds)
    return found


def theirs(row):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_profiling = True
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = os.path.join(folder, "profile")
        session = onnxruntime.InferenceSession(row["path"], options, providers=["CPUExecutionProvider"])
        given, _ = feed(session, row.get("size", [320, 320]), row.get("shape"))
        for _ in range(RUNS):
            session.run(None, given)
        with open(session.end_profiling()) as file:
            events = json.load(file)
    found = {}
    for event in events:
        name = event.get("name", "")
        if event.get("cat") == "Node" and name.endswith("_kernel_time"):
            name = name.removesuffix("_kernel_time")
            found[name] = min(found.get(name, float("inf")), event["dur"] / 1e3)
    return found


def convolutions(path):
    """The name, kind and 10⁹ operations of each whose sides are known."""
    graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    sides = {one.name: list(one.dims) for one in graph.initializer}
    for value in [*graph.value_info, *graph.input, *graph.output]:
        sides[value.name] = [side.dim_value for side in value.type.tensor_type.shape.dim]
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        weights, out = sides.get(node.input[1], []), sides.get(node.output[0], [])
        if len(weights) != 4 or len(out) != 4 or 0 in out[1:]:
            continue
        told = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        groups, pixels = told.get("group", 1), out[2] * out[3]
        depthwise = 1 < groups == weights[0]
        kind = "depthwise" if depthwise else "grouped" if groups > 1 else "dense"
        plane = next((f"from {least} pixels" for least in (3136, 700, 190) if pixels >= least), "under 190 pixels")
        channels = weights[1] * groups
        taken = next((f", under {most} channels" for most in (5, 64, 256) if channels < most), ", 256 channels and more")
        window = f"{weights[2]}x{weights[3]} by {told.get('strides', [1])[0]}"
        dilated = ", dilated" if max(told.get("dilations", [1])) > 1 else ""
        work = 2e-9 * weights[0] * weights[1] * weights[2] * weights[3] * pixels
        yield node.name, f"{kind} {window}{dilated}, {plane}{'' if depthwise else taken}", work


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", required=True, help="list.json of networks.py")
    parser.add_argument("names", nargs="+")
    asked = parser.parse_args()
    program = os.environ.get("PORCHLIGHT", ".build/release/porchlight")
    with open(asked.list) as file:
        rows = [row for row in json.load(file)["networks"] if row["name"] in asked.names]
    kinds = collections.defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for row in rows:
        mine, other = ours(program, row), theirs(row)
        for name, kind, work in convolutions(row["path"]):
            # It writes behind a name what it joined, or which layout it chose.
            time = next((one for long, one in other.items() if long == name or long.startswith(name + "_")), None)
            if mine[name] and time:
                kinds[kind] = [old + new for old, new in zip(kinds[kind], (1, mine[name], time, work))]
    print("| convolution | count | porchlight ms | ONNX Runtime ms | ratio | porchlight GFLOP/s | ONNX Runtime GFLOP/s |")
    print("|---|---|---|---|---|---|---|")
    for kind, (count, mine, other, work) in sorted(kinds.items(), key=lambda item: item[1][2] - item[1][1]):
        speeds = f"{work / mine * 1e3:.0f} | {work / other * 1e3:.0f}"
        print(f"| {kind} | {count} | {mine:.2f} | {other:.2f} | {other / mine:.2f} | {speeds} |")


if __name__ == "__main__":
    main()
