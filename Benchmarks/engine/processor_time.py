#!/usr/bin/env python3
"""Processor time of a pass on one thread, ours beside ONNX Runtime's, for machines on which others work at the same time:

    PORCHLIGHT=.build/release/porchlight .cache/engine-benchmark/peers/bin/python \\
        Benchmarks/engine/processor_time.py [--before PROGRAM] MODEL.onnx ...

Each engine runs in a process of its own with few and with more passes; the difference of their times, by the number of
passes between, is a pass without loading. The smallest of some rounds counts. PROGRAM is another build to compare with.
"""
import argparse
import os
import subprocess
import sys

FEW, MANY = 4, 34


def processor_seconds(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def milliseconds(command):
    more = processor_seconds(command(MANY)) - processor_seconds(command(FEW))
    return more / (MANY - FEW) * 1e3


def ours(build, model):
    return lambda runs: [build, "bench", "--model", model, "--threads", "1", "--runs", str(runs)]


def onnx_runtime(model):
    peers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers.py")
    return lambda runs: [sys.executable, peers, "onnxruntime", model, "1", str(runs)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+")
    parser.add_argument("--before", help="an older build of porchlight")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    builds = [options.before] if options.before else []
    builds.append(os.environ.get("PORCHLIGHT", ".build/release/porchlight"))
    print("| network | " + "before | " * (len(builds) - 1) + "porchlight | ONNX Runtime | ratio |")
    print("|---|" + "---|" * (len(builds) + 2))
    for model in options.models:
        engines = [ours(build, model) for build in builds] + [onnx_runtime(model)]
        best = [float("inf")] * len(engines)
        for _ in range(options.rounds):
            best = [min(old, milliseconds(engine)) for old, engine in zip(best, engines)]
        name = os.path.basename(model).removesuffix(".onnx")
        figures = " | ".join(f"{time:.2f}" for time in best)
        print(f"| {name} | {figures} | {best[-1] / best[-2]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
