#!/usr/bin/env python3
"""Measures our engine and ONNX Runtime in turns, each turn a process of its own; see run.sh."""
import argparse
import json
import os
import platform
import resource
import shlex
import statistics
import subprocess
import sys
import time


def onnx_runtime(model, threads, runs):
    """One turn of ONNX Runtime, in this process: the same input, warm-up and clock as `porchlight bench`."""
    import numpy
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feed = {}
    for entry in session.get_inputs():
        shape = [side if isinstance(side, int) else 1 for side in entry.shape]
        count = int(numpy.prod(shape))
        feed[entry.name] = (numpy.arange(count) * 7919 % 256).astype(numpy.float32).reshape(shape)
    for _ in range(10):
        session.run(None, feed)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(None, feed)
        times.append((time.perf_counter() - start) * 1e3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    version = f"ONNX Runtime {onnxruntime.__version__}"
    print(json.dumps({"minMs": min(times), "medianMs": statistics.median(times), "peakRssMb": peak, "name": version}))


def turn(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith(("model name", "Model")):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7, help="process starts of each")
    parser.add_argument("--runs", type=int, default=100, help="passes per process start")
    parser.add_argument("--realtime", action="store_true", help="chrt -f 10 for both (root): other programs wait")
    parser.add_argument("--onnx-runtime", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.onnx_runtime:
        onnx_runtime(asked.model, asked.threads, asked.runs)
        return
    numbers = ["--threads", str(asked.threads), "--runs", str(asked.runs)]
    ours = shlex.split(os.environ["PORCHLIGHT_BENCH"]) + ["--json", "--model", asked.model] + numbers
    theirs = [sys.executable, __file__, "--onnx-runtime", asked.model] + numbers
    if asked.realtime:
        ours, theirs = (["chrt", "-f", "10"] + command for command in (ours, theirs))
    results = {"porchlight": [], "onnx runtime": []}
    for number in range(asked.rounds):
        results["porchlight"].append(turn(ours))
        results["onnx runtime"].append(turn(theirs))
        last = [f"{name} {runs[-1]['minMs']:.2f}" for name, runs in results.items()]
        print(f"round {number + 1} of {asked.rounds}: " + ", ".join(last) + " ms", file=sys.stderr)
    kernels = results["porchlight"][0]["kernels"]
    version = results["onnx runtime"][0]["name"]
    print(f"{os.path.basename(asked.model)}, {asked.threads} thread(s), {asked.rounds} process starts of {asked.runs} runs")
    print(f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {kernels} kernels; {version}")
    print(f"{'':14}{'min ms':>9}{'median ms':>11}{'peak MB':>9}")
    best = {}
    for name, runs in results.items():
        best[name] = min(run["minMs"] for run in runs), statistics.median(run["medianMs"] for run in runs)
        peak = max(run["peakRssMb"] for run in runs)
        print(f"{name:14}{best[name][0]:9.2f}{best[name][1]:11.2f}{peak:9.1f}")
    ratio = [ours / theirs for ours, theirs in zip(best["porchlight"], best["onnx runtime"])]
    print(f"{'ratio':14}{ratio[0]:9.2f}{ratio[1]:11.2f}   (below 1: porchlight is faster)")


if __name__ == "__main__":
    main()
