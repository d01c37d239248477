#!/usr/bin/env python3
"""Measures our engine and its peers in turns, each turn a process of its own; see run.sh."""
import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = ["onnxruntime", "openvino", "litert", "ncnn"]


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith(("model name", "Model")):
                return line.split(":", 1)[1].strip()
    return platform.machine()


class Contest:
    """One network in one precision at one number of threads: who runs it, and what they needed."""

    def __init__(self, name, threads, commands):
        self.name, self.threads, self.commands = name, threads, commands
        self.turns = {who: [] for who in commands}

    def round(self):
        for who, command in self.commands.items():
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode == 0:
                self.turns[who].append(json.loads(result.stdout.strip().splitlines()[-1]))
            else:
                print(f"{self.name}, {who}: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)

    def best(self, who):
        return min(turn["minMs"] for turn in self.turns[who]) if self.turns.get(who) else None


def contests(model, folder, asked, program):
    name = os.path.splitext(os.path.basename(model))[0]
    front = ["chrt", "-f", "10"] if asked.realtime else []

    def ours(path, threads, *more):
        command = [*program, "bench", "--json", "--model", path, "--threads", str(threads), "--runs", str(asked.runs)]
        return [*front, *command, *more]

    def theirs(peer, path, threads):
        script = [sys.executable, os.path.join(HERE, "peers.py"), peer, path, str(threads), str(asked.runs)]
        return front + script

    files = {
        "onnxruntime": model, "openvino": model, "litert": f"{folder}/litert/made/network_float32.tflite",
        "ncnn": f"{folder}/ncnn/network.ncnn.param"}
    made = []
    for threads in asked.threads:
        commands = {"porchlight": ours(model, threads)}
        if platform.machine() == "x86_64":
            commands["porchlight, AVX2"] = ours(model, threads, "--kernels", "x86-64-v3")
        for peer in PEERS:
            if os.path.exists(files[peer]):
                commands[peer] = theirs(peer, files[peer], threads)
        made.append(Contest(f"{name}, floats", threads, commands))
    quantized = f"{folder}/onnxruntime-int8.onnx"
    if os.path.exists(quantized) and os.path.exists(f"{folder}/porchlight-int8.onnx"):
        commands = {"porchlight": ours(f"{folder}/porchlight-int8.onnx", 1), "porchlight, their file": ours(quantized, 1)}
        for peer in ("onnxruntime", "openvino"):
            commands[peer] = theirs(peer, quantized, 1)
        made.append(Contest(f"{name}, 8 bits", 1, commands))
    return made


def number(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}"


def tables(all_contests):
    columns = ["porchlight", "porchlight, AVX2", *PEERS]
    lines = ["Milliseconds per frame (minimum over all process starts):", ""]
    lines += ["| | threads | " + " | ".join(columns) + " |", "|---|---|" + "---|" * len(columns)]
    for contest in all_contests:
        cells = [number(contest.best(who)) for who in columns]
        lines.append(f"| {contest.name} | {contest.threads} | " + " | ".join(cells) + " |")
    lines += ["", "Ratios, the peer's time over ours (above 1: porchlight is faster; in brackets the AVX2 kernels):", ""]
    lines += ["| | threads | " + " | ".join(PEERS) + " |", "|---|---|" + "---|" * len(PEERS)]
    for contest in all_contests:
        ours, older = contest.best("porchlight"), contest.best("porchlight, AVX2")
        cells = []
        for peer in PEERS:
            theirs = contest.best(peer)
            cell = number(theirs / ours if theirs and ours else None)
            cells.append(cell + (f" ({theirs / older:.2f})" if theirs and older else ""))
        lines.append(f"| {contest.name} | {contest.threads} | " + " | ".join(cells) + " |")
    lines += ["", "Memory that the network adds to the process (MB), and milliseconds from the file to the first result:", ""]
    lines += ["| | threads | " + " | ".join(["porchlight", *PEERS]) + " |", "|---|---|" + "---|" * (len(PEERS) + 1)]
    for contest in all_contests:
        cells = []
        for who in ["porchlight", *PEERS]:
            turns = contest.turns.get(who)
            if not turns:
                cells.append("–")
                continue
            memory = statistics.median(turn["growthMb"] for turn in turns)
            cells.append(f"{memory:.0f} MB, {min(turn['loadMs'] for turn in turns):.0f} ms")
        lines.append(f"| {contest.name} | {contest.threads} | " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+", help="MODEL.onnx=FOLDER with what convert.py made of it")
    parser.add_argument("--threads", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="process starts of each")
    parser.add_argument("--runs", type=int, default=60, help="passes per process start")
    parser.add_argument("--realtime", action="store_true", help="chrt -f 10 for all (root): other programs wait")
    asked = parser.parse_args()
    program = shlex.split(os.environ["PORCHLIGHT"])
    all_contests = []
    for pair in asked.models:
        model, folder = pair.split("=", 1)
        all_contests += contests(model, folder, asked, program)
    for index in range(asked.rounds):
        for contest in all_contests:
            contest.round()
        print(f"round {index + 1} of {asked.rounds}", file=sys.stderr)
    versions = sorted({turn["name"] for contest in all_contests for turns in contest.turns.values() for turn in turns if "name" in turn})
    kernels = sorted({turn["kernels"] for contest in all_contests for turns in contest.turns.values() for turn in turns if "kernels" in turn})
    print(f"{time.strftime('%Y-%m-%d')}, {processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
          f"{asked.rounds} process starts of {asked.runs} passes each, in turns.")
    print(f"porchlight with {', '.join(kernels)} kernels; {', '.join(versions)}.\n")
    print("\n".join(tables(all_contests)))


if __name__ == "__main__":
    main()
