#!/usr/bin/env python3
"""Which networks our engine runs, and how far its outputs are from ONNX Runtime's.

    agreement.py [--program .build/release/EnginePasses] [--size 320x320] [--json FILE] NETWORK.onnx ...

Every network is run in a process of its own. A difference is the largest one of any output, in proportion to the largest number
of that output. It needs the packages numpy and onnxruntime.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy


def colours_behind(sides):
    pixels = all(not isinstance(side, int) or side >= 16 for side in sides[1:3])
    return len(sides) == 4 and (sides[0] == 1 or not isinstance(sides[0], int)) and sides[3] == 3 and pixels


def planar_shape(sides, size):
    """The shape in which ours is fed; sides that are left open are `size`, an open batch is one picture."""
    if colours_behind(sides):
        sides = [sides[0], sides[3], sides[1], sides[2]]
    usual = [1, 3, size[1], size[0]]
    return [side if isinstance(side, int) else (usual[axis] if axis < 4 else 1) for axis, side in enumerate(sides)]


def numbers(shape):
    return (numpy.arange(numpy.prod(shape, dtype=int)) * 7919 % 256).astype(numpy.float32).reshape(shape)


def theirs(path, size):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    if "int8" in path or "quant" in path:
        # Its faster 8-bit kernels saturate.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    types = {"uint8": "uint8", "float16": "float16", "int32": "int32", "int64": "int64", "double": "float64"}
    feed, first = {}, None
    for given in session.get_inputs():
        shape = planar_shape(given.shape, size)
        first = first or shape
        values = numbers(shape)
        if colours_behind(given.shape):
            values = values.transpose(0, 2, 3, 1)
        feed[given.name] = values.astype(types.get(given.type[7:-1], "float32"))
    return session.run(None, feed), first


def ours(program, path, shape, folder):
    outputs = os.path.join(folder, "outputs")
    command = [program, path, "1", "best", outputs, "x".join(map(str, shape))]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        raise RuntimeError((result.stdout + result.stderr).strip().splitlines()[-1].removeprefix(f"{path}: "))
    sides = [line.split()[2] for line in result.stdout.splitlines() if line.startswith("output ")]
    values, found = numpy.fromfile(outputs, numpy.float32), []
    for text in sides:
        shape = [int(side) for side in text.split("x")]
        count = int(numpy.prod(shape, dtype=int))
        found.append(values[:count].reshape(shape))
        values = values[count:]
    return found


def difference(expected, found):
    worst = 0.0
    for one, other in zip(expected, found, strict=True):
        if tuple(one.shape) != tuple(other.shape):
            raise RuntimeError(f"shape {list(other.shape)} where {list(one.shape)} belongs")
        one = one.astype(numpy.float32)
        if not numpy.isfinite(other).all():
            raise RuntimeError("numbers that are none where ONNX Runtime has some")
        if one.size:
            worst = max(worst, float(numpy.abs(one - other).max() / max(numpy.abs(one).max(), 1e-6)))
    return worst


def row(program, path, size, folder):
    try:
        expected, shape = theirs(path, size)
        if not all(numpy.isfinite(one.astype(numpy.float64)).all() for one in expected):
            raise RuntimeError("ONNX Runtime itself gives numbers that are none")
    except Exception as error:
        return {"network": path, "peer": f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"}
    try:
        return {"network": path, "difference": difference(expected, ours(program, path, shape, folder))}
    except Exception as error:
        return {"network": path, "refused": str(error)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--program", default=".build/release/EnginePasses")
    parser.add_argument("--size", default="320x320")
    parser.add_argument("--json")
    asked = parser.parse_args()
    size = [int(side) for side in asked.size.split("x")]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in asked.networks:
            rows.append(row(asked.program, path, size, folder))
            last = rows[-1]
            told = f"{last['difference']:.1e}" if "difference" in last else last.get("refused") or last["peer"]
            print(f"{os.path.basename(path):40} {told}", flush=True)
    compared = [one["difference"] for one in rows if "difference" in one]
    near = sum(one < 1e-4 for one in compared)
    print(f"{len(rows)} networks: {len(compared)} run, {near} of them within 1e-4 of ONNX Runtime")
    if asked.json:
        with open(asked.json, "w") as file:
            json.dump(rows, file, indent=1)
    return 0 if near == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
