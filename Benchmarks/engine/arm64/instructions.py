#!/usr/bin/env python3
"""Instructions of a pass on arm64, ours beside ncnn's: `instructions.py --set FOLDER --list FOLDER/list.json [--cpu NAME]`.

Called by `arm64.sh`, which makes the set. Counted in an emulator: what two passes take more than one. An emulator knows no caches
and no pipelines: fewer instructions are a reason to be faster, not a time.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import onnx  # noqa: E402

from agreement import eight_bits  # noqa: E402
from convert import without_strided_slices  # noqa: E402
from listed import Failure, measured_once, networks, shape_of  # noqa: E402

LIMIT = 900


class Emulator:
    def __init__(self, folder, cpu):
        self.folder, self.cpu = folder, cpu

    def counted(self, *program):
        root = os.path.join(self.folder, "system")
        settings = {
            "LD_LIBRARY_PATH": f"{root}/usr/lib/aarch64-linux-gnu:{root}/usr/lib/aarch64-linux-gnu/openblas-pthread", "PYTHONHOME": f"{root}/usr",
            "PYTHONPATH": f"{root}/site", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = ["qemu-aarch64", "-cpu", self.cpu, "-L", root, "-plugin", os.path.join(self.folder, "count.so")]
        for name, value in settings.items():
            command += ["-E", f"{name}={value}"]
        try:
            done = subprocess.run([*command, *program], capture_output=True, text=True, timeout=LIMIT)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"more than {LIMIT} s") from late
        said = done.stderr.strip().splitlines() or ["nothing was said"]
        counts = [line for line in said if line.startswith("instructions ")]
        if done.returncode or not counts:
            others = [line for line in [*done.stdout.strip().splitlines(), *said] if line not in counts]
            raise Failure((others or [f"ended with {done.returncode}"])[-1][:150])
        return int(counts[-1].split()[1])

    def passes(self, *program, behind=()):
        return self.counted(*program, "2", *behind) - self.counted(*program, "1", *behind)


def ncnn_form(row, shape, folder):
    """The network as ncnn reads it, made once by its own converter."""
    work = os.path.join(folder, "ncnn", row["name"])
    param = os.path.join(work, "network.ncnn.param")
    if not os.path.exists(param):
        os.makedirs(work, exist_ok=True)
        model = onnx.load(row["path"])
        for dim, side in zip(model.graph.input[0].type.tensor_type.shape.dim, shape):
            dim.dim_value = side
        try:
            model = without_strided_slices(model)
        except (KeyError, IndexError):
            pass
        copy = os.path.join(work, "network.onnx")
        onnx.save(model, copy)
        sides = ",".join(map(str, shape))
        subprocess.run(
            [os.path.join(folder, "pnnx"), copy, "fp16=0", f"inputshape=[{sides}]"], cwd=work,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not os.path.exists(param):
            raise Failure("ncnn's converter does not take it")
    with open(param + ".shape", "w") as file:
        json.dump(shape, file)
    return param


def measured(row, emulator, folder):
    shape = shape_of(row)
    sides = "x".join(map(str, shape))
    ours = emulator.passes(os.path.join(folder, "EnginePasses"), row["path"], behind=("best", "/dev/null", sides))
    python = os.path.join(folder, "system", "usr", "bin", "python3.11")
    try:
        theirs = emulator.passes(python, os.path.join(HERE, "passes.py"), ncnn_form(row, shape, folder))
    except Failure as failure:
        return {"ours": ours, "failure": str(failure)}
    return {"ours": ours, "ncnn": theirs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", required=True, help="the folder that arm64.sh has filled")
    parser.add_argument("--list", required=True, help="list.json of networks.py")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the list; otherwise all detectors in floats")
    parser.add_argument("--cpu", default="cortex-a72", help="as qemu names them")
    parser.add_argument("--json", help="what was measured, and what is kept of an earlier run")
    options = parser.parse_args()
    rows = [
        row for row in networks(options.list)
        if (row["name"] in options.only if options.only else row["family"] == "detector") and not eight_bits(row["path"])]
    rows.sort(key=lambda row: row["megabytes"])
    emulator = Emulator(options.set, options.cpu)
    ratios = []
    print("| network | porchlight, millions | ncnn | ratio |\n|---|---|---|---|")
    for row, found in measured_once(rows, options.json, lambda row: measured(row, emulator, options.set)):
        if "ncnn" in found:
            ratios.append(found["ncnn"] / found["ours"])
            print(f"| {row['name']} | {found['ours'] / 1e6:.0f} | {found['ncnn'] / 1e6:.0f} | {ratios[-1]:.2f} |", flush=True)
        else:
            ours = f"{found['ours'] / 1e6:.0f}" if "ours" in found else "–"
            print(f"| {row['name']} | {ours} | {found['failure']} | – |", flush=True)
    if ratios:
        print(f"\nncnn's instructions over ours, {len(ratios)} networks: {statistics.median(ratios):.2f} in the median, "
              f"smallest {min(ratios):.2f}.")


if __name__ == "__main__":
    main()
