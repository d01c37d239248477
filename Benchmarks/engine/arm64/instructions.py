#!/usr/bin/env python3
"""Instructions of a pass on arm64, ours beside those of ncnn and ONNX Runtime:
`instructions.py --set FOLDER --list FOLDER/list.json [--cpu NAME]`, or `--model FILE:1x3x416x416 …` instead of a list.

Called by `arm64.sh`, which makes the set. Counted in an emulator: what two passes take more than one. An emulator knows no caches
and no pipelines: fewer instructions are a reason to be faster, not a time.
"""
import argparse
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
# What ONNX Runtime reads of /proc/cpuinfo: the part's number (Arm's MIDR_EL1), and what it has beyond NEON.
PARTS = {
    "cortex-a53": ("0xd03", ""), "cortex-a55": ("0xd05", " asimdhp asimddp"), "cortex-a72": ("0xd08", ""),
    "cortex-a76": ("0xd0b", " asimdhp asimddp")}


class Emulator:
    def __init__(self, folder, cpu):
        self.folder, self.cpu = folder, cpu
        part, more = PARTS[cpu]
        self.file("proc/cpuinfo", f"""processor\t: 0
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32{more}
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: {part}
CPU revision\t: 0

""")
        for name in ("possible", "present"):
            self.file(f"sys/devices/system/cpu/{name}", "0\n")

    def file(self, path, text):
        """A program in the emulator reads this instead of the machine's own file."""
        path = os.path.join(self.folder, "system", path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

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
    return param


def measured(row, emulator, folder):
    shape = shape_of(row)
    sides = "x".join(map(str, shape))
    python = [os.path.join(folder, "system", "usr", "bin", "python3.11"), os.path.join(HERE, "passes.py")]
    programs = {
        "ours": lambda: emulator.passes(
            os.path.join(folder, "EnginePasses"), row["path"], behind=("best", "/dev/null", sides)),
        "ncnn": lambda: emulator.passes(*python, ncnn_form(row, shape, folder), behind=(sides,)),
        "ONNX Runtime": lambda: emulator.passes(*python, row["path"], behind=(sides,)),
    }
    found = {}
    for name, passes in programs.items():
        try:
            found[name] = passes()
        except Failure as failure:
            found[name] = str(failure)
    return found


def given(text):
    """A row for `FILE:SHAPE`."""
    path, _, sides = text.rpartition(":")
    if not path:
        raise argparse.ArgumentTypeError(f"{text!r} names no shape: say FILE:1x3x416x416")
    name = os.path.splitext(os.path.basename(path))[0]
    return {"name": name, "path": os.path.abspath(path), "shape": [int(side) for side in sides.split("x")]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", required=True, help="the folder that arm64.sh has filled")
    parser.add_argument("--list", help="list.json of networks.py")
    parser.add_argument("--model", nargs="+", default=[], type=given, metavar="FILE:SHAPE", help="networks instead of a list")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the list; otherwise all detectors in floats")
    parser.add_argument("--cpu", default="cortex-a72", choices=PARTS, help="as qemu names them")
    parser.add_argument("--json", help="what was measured, and what is kept of an earlier run")
    options = parser.parse_args()
    rows = options.model or sorted(of_list(options), key=lambda row: row["megabytes"])
    emulator = Emulator(options.set, options.cpu)
    others = ("ncnn", "ONNX Runtime")
    ratios = {name: [] for name in others}
    print("| network | porchlight, millions | " + " | ".join(f"{name} | ratio" for name in others) + " |")
    print("|---|---|" + "---|---|" * len(others))
    for row, found in measured_once(rows, options.json, lambda row: measured(row, emulator, options.set)):
        ours = found.get("ours", "–")
        cells = [millions(ours)]
        for name in others:
            theirs = found.get(name, "–")
            ratio = theirs / ours if isinstance(theirs, int) and isinstance(ours, int) else None
            ratios[name] += [ratio] if ratio else []
            cells += [millions(theirs), f"{ratio:.2f}" if ratio else "–"]
        print(f"| {row['name']} | " + " | ".join(cells) + " |", flush=True)
    for name, values in ratios.items():
        if values:
            print(f"\n{name}'s instructions over ours, {len(values)} networks: {statistics.median(values):.2f} in the median, "
                  f"smallest {min(values):.2f}.")


def of_list(options):
    return [
        row for row in networks(options.list)
        if (row["name"] in options.only if options.only else row["family"] == "detector") and not eight_bits(row["path"])]


def millions(count):
    return f"{count / 1e6:.0f}" if isinstance(count, int) else count


if __name__ == "__main__":
    main()
