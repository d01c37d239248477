#!/usr/bin/env python3
"""Processor time of a pass on one thread, ours beside ONNX Runtime's, for machines on which others work at the same time:

    PORCHLIGHT=.build/release/EnginePasses .cache/engine-benchmark/peers/bin/python \\
        Benchmarks/engine/processor_time.py [--before PROGRAM] [--json FILE] MODEL.onnx ...
    ... Benchmarks/engine/processor_time.py [--json FILE] --list FOLDER/list.json

Each turn is a process of its own, and the turns alternate; the smallest of some rounds counts. Of ours, a process with few passes
and one with more: the difference, by the number of passes between, is a pass without loading. PORCHLIGHT and PROGRAM are builds
of `porchlight` or of EnginePasses, which alone takes networks with any open sides. A list as `networks.py` writes it says of each
network its family and the size of its open sides; medians stand below the table. With --json what was measured before is kept.
"""
import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import time

import onnxruntime

import peers
from listed import Failure, networks, shape_of

FEW, WARM, LEAST, MOST = 4, 3, 10, 900
FORK = multiprocessing.get_context("fork")


def processor_seconds(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise Failure((said.strip().splitlines() or [f"{command[0]} ended with {status}"])[-1])
    return usage.ru_utime + usage.ru_stime


class Ours:
    """A build of ours and a network: the smallest times that processes with few and with many passes took."""

    def __init__(self, program, model, shape):
        self.program, self.model, self.shape = program, model, shape
        self.few = self.many = float("inf")

    def command(self, passes):
        if os.path.basename(self.program).startswith("EnginePasses"):
            return [self.program, self.model, str(passes), "best", "/dev/null", "x".join(map(str, self.shape))]
        size = ["--size", f"{self.shape[3]}x{self.shape[2]}"] if len(self.shape) == 4 else []
        return [self.program, "bench", "--model", self.model, "--threads", "1", "--runs", str(passes), *size]

    def turn(self, passes):
        # The first passes are slower: the processor has to get up to speed, too. Both begin with as many.
        self.few = min(self.few, processor_seconds(self.command(FEW + passes)))
        self.many = min(self.many, processor_seconds(self.command(FEW + 2 * passes)))

    def milliseconds(self, passes):
        return (self.many - self.few) / passes * 1e3


class Theirs:
    """ONNX Runtime and a network: the smallest time of a pass, of turns that take as long as they are told."""

    def __init__(self, model, shape):
        self.model, self.shape, self.best = model, shape, float("inf")

    def turn(self, seconds):
        """How many passes it made. A process of its own, but one that has loaded the library already."""
        near, far = multiprocessing.Pipe()
        process = FORK.Process(target=self.passes, args=(seconds, far))
        process.start()
        far.close()
        try:
            told = near.recv()
        except EOFError:
            told = "ONNX Runtime ended without a result"
        process.join()
        if isinstance(told, str):
            raise Failure(told)
        count, spent = told
        self.best = min(self.best, spent / count * 1e3)
        return count

    def passes(self, seconds, far):
        try:
            run, _ = peers.onnx_runtime(self.model, 1, self.shape)
            for _ in range(WARM):
                run()
            start, count, spent = time.process_time(), 0, 0
            while spent < seconds or count < LEAST:
                run()
                count += 1
                spent = time.process_time() - start
            far.send((count, spent))
        except Exception as error:
            far.send(f"{type(error).__name__}: {str(error).splitlines()[0][:200]}")

    def milliseconds(self, _):
        return self.best


def measured(row, builds, options):
    """The milliseconds of every build and of ONNX Runtime."""
    shape = shape_of(row)
    other, engines = Theirs(row["path"], shape), [Ours(build, row["path"], shape) for build in builds]
    passes = None
    for _ in range(options.rounds):
        count = other.turn(options.seconds)
        passes = passes or min(count, MOST)
        for engine in engines:
            engine.turn(passes)
    return [engine.milliseconds(passes) for engine in [*engines, other]]


def inputs_of(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return [entry.shape for entry in session.get_inputs()]


def rows_of(options):
    rows = []
    for path in options.models:
        rows.append({"name": os.path.basename(path).removesuffix(".onnx"), "path": path, "inputs": inputs_of(path)})
    if options.list:
        rows += networks(options.list)
    return rows


def line(row):
    figures = " | ".join(f"{one:.2f}" for one in row["milliseconds"])
    return f"| {row['name']} | {row.get('family', '')} | {figures} | {row['ratio']:.2f} |"


def summary(done):
    """The share that runs, the medians, and where ours is slowest beside the other."""
    ran = sorted((row for row in done if "ratio" in row), key=lambda row: row["ratio"])
    # 8 bits are another question.
    floats, bytes_ = [row for row in ran if not eight_bits(row)], [row for row in ran if eight_bits(row)]
    print(f"\n{len(ran)} of {len(done)} networks run: {len(ran) / len(done):.1%}.")
    kinds = {
        "all in floats": floats, "detectors": [row for row in floats if row.get("family") == "detector"], "8 bits": bytes_}
    for kind, rows in kinds.items():
        if rows:
            print(f"Median ratio over {kind} ({len(rows)}): {statistics.median(row['ratio'] for row in rows):.2f}; "
                  f"smallest {rows[0]['ratio']:.2f}, {sum(row['ratio'] < 0.5 for row in rows)} below 0.5.")
    print("The ten slowest in floats: " + ", ".join(f"{row['name']} {row['ratio']:.2f}" for row in floats[:10]) + ".")
    for row in done:
        if "failure" in row:
            print(f"- {row['name']}: {row['failure']}")


def eight_bits(row):
    return "int8" in row["name"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--list", help="list.json of networks.py")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the list")
    parser.add_argument("--json", help="what was measured, and what is kept of an earlier run")
    parser.add_argument("--before", help="an older build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.6, help="that the passes of a turn take")
    options = parser.parse_args()
    builds = [options.before] if options.before else []
    builds.append(os.environ.get("PORCHLIGHT", ".build/release/porchlight"))
    known = {}
    if options.json and os.path.exists(options.json):
        with open(options.json) as file:
            known = {row["name"]: row for row in json.load(file)}
    print("| network | family | " + "before | " * (len(builds) - 1) + "porchlight | ONNX Runtime | ratio |")
    print("|---|---|" + "---|" * (len(builds) + 2))
    for row in rows_of(options):
        if options.only and row["name"] not in options.only:
            continue
        if row["name"] not in known or options.only:
            found = {key: row[key] for key in ("name", "family") if key in row}
            try:
                found["milliseconds"] = [round(one, 3) for one in measured(row, builds, options)]
                found["ratio"] = round(found["milliseconds"][-1] / found["milliseconds"][-2], 3)
            except Failure as failure:
                found["failure"] = str(failure).removeprefix(row["path"] + ": ")
            known[row["name"]] = found
            if options.json:
                with open(options.json, "w") as file:
                    json.dump(list(known.values()), file, indent=1)
        if "ratio" in known[row["name"]]:
            print(line(known[row["name"]]), flush=True)
    summary(list(known.values()))


if __name__ == "__main__":
    main()
