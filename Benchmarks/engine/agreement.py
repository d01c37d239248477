#!/usr/bin/env python3
"""Which networks our engine runs, and how far its outputs are from ONNX Runtime's.

    agreement.py [--program .build/release/EnginePasses] [--size 320x320] [--json FILE] NETWORK.onnx ...
    agreement.py [--program .build/release/EnginePasses] [--json FILE] --list FOLDER/list.json

Every network is run in a process of its own. A difference is the largest one of any output, in proportion to the largest number
of that output; where it is large, a second number tells how far ONNX Runtime without its optimizations is from ONNX Runtime. In
8 bits a number between two steps may go either way, so there the nearer of the two counts. A list as `networks.py` writes it says
of each network which size its open sides get. It needs the packages numpy and onnxruntime.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy

NEAR = 1e-4


def colours_behind(sides):
    pixels = all(not isinstance(side, int) or side >= 16 for side in sides[1:3])
    return len(sides) == 4 and (sides[0] == 1 or not isinstance(sides[0], int)) and sides[3] == 3 and pixels


def planar_shape(sides, size):
    """The shape in which ours is fed; open sides of a picture are `size`, all others 1: an open batch is one picture."""
    if colours_behind(sides):
        sides = [sides[0], sides[3], sides[1], sides[2]]
    usual = [1, 3, size[1], size[0]] if len(sides) == 4 else [1] * len(sides)
    return [side if isinstance(side, int) else usual[axis] for axis, side in enumerate(sides)]


def numbers(shape):
    return (numpy.arange(numpy.prod(shape, dtype=int)) * 7919 % 256).astype(numpy.float32).reshape(shape)


def eight_bits(path):
    return "int8" in os.path.basename(path) or "quant" in os.path.basename(path)


def feed(session, size, told=None):
    """Numbers for every input of a session of ONNX Runtime, and the shape of the first, which is `told` if anything is."""
    types = {"uint8": "uint8", "float16": "float16", "int32": "int32", "int64": "int64", "double": "float64"}
    given, first = {}, told
    for entry in session.get_inputs():
        shape = told if told and not given else planar_shape(entry.shape, size)
        first = first or shape
        values = numbers(shape)
        if colours_behind(entry.shape):
            values = values.transpose(0, 2, 3, 1)
        given[entry.name] = values.astype(types.get(entry.type[7:-1], "float32"))
    return given, first


def theirs(path, size, told=None, otherwise=False):
    """What ONNX Runtime gives, and the shape of the first input; `otherwise` with its optimizations off where they are on."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    # Its faster 8-bit kernels saturate on some processors.
    if eight_bits(path) != otherwise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given, first = feed(session, size, told)
    return session.run(None, given), first


def ours(program, path, shape, folder):
    outputs = os.path.join(folder, "outputs")
    command = [program, path, "1", "best", outputs, "x".join(map(str, shape))]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        raise RuntimeError((result.stdout + result.stderr).strip().splitlines()[-1].removeprefix(f"{path}: "))
    sides = [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("output ")]
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


def row(program, path, size, folder, told=None):
    try:
        expected, shape = theirs(path, size, told)
        if not all(numpy.isfinite(one.astype(numpy.float64)).all() for one in expected):
            raise RuntimeError("ONNX Runtime itself gives numbers that are none")
    except Exception as error:
        return {"network": path, "peer": f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"}
    try:
        outputs = ours(program, path, shape, folder)
        found = {"network": path, "difference": difference(expected, outputs)}
    except Exception as error:
        return {"network": path, "refused": str(error)}
    if not found["difference"] < NEAR:
        try:
            other = theirs(path, size, told, otherwise=True)[0]
            found["own"] = difference(expected, other)
            if eight_bits(path):
                found["difference"] = min(found["difference"], difference(other, outputs))
        except Exception:
            pass  # Where its own shapes change there is no number.
    return found


def told_of(row):
    if "difference" not in row:
        return row.get("refused") or row["peer"]
    own = f" (ONNX Runtime's own optimizations: {row['own']:.1e})" if "own" in row else ""
    return f"{row['difference']:.1e}{own}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--list", help="list.json of networks.py")
    parser.add_argument("--program", default=".build/release/EnginePasses")
    parser.add_argument("--size", default="320x320")
    parser.add_argument("--json")
    asked = parser.parse_args()
    usual = [int(side) for side in asked.size.split("x")]
    listed = [{"path": path} for path in asked.networks]
    if asked.list:
        with open(asked.list) as file:
            listed += json.load(file)["networks"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for one in listed:
            path = one["path"]
            rows.append(row(asked.program, path, one.get("size", usual), folder, one.get("shape")))
            print(f"{os.path.basename(path):40} {told_of(rows[-1])}", flush=True)
    compared = [one for one in rows if "difference" in one]
    near = sum(one["difference"] < NEAR for one in compared)
    as_its_own = sum(NEAR <= one["difference"] <= 2 * one.get("own", 0) for one in compared)
    print(f"{len(rows)} networks: {len(compared)} run, {near} of them within {NEAR:g} of ONNX Runtime, "
          f"and {as_its_own} within twice of what its own optimizations change")
    if asked.json:
        with open(asked.json, "w") as file:
            json.dump(rows, file, indent=1)
    return 0 if near == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
