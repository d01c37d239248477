#!/usr/bin/env python3
"""Instructions per frame of our engine and its peers, which do not depend on what else the machine does.

    Benchmarks/engine/run.sh --instructions MODEL.onnx ...

Counted by valgrind's callgrind (Debian package valgrind), which knows no AVX-512: everybody runs the AVX2 code. The difference of
two runs, one with more passes than the other, leaves the loading out.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import peers

HERE = os.path.dirname(os.path.abspath(__file__))
PASSES = (2, 4)


def counted(command, environment):
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], capture_output=True, text=True,
        env={**os.environ, **environment})
    found = re.search(r"Collected\s*:\s*(\d+)", result.stderr)
    if not found or result.returncode != 0:
        raise RuntimeError((result.stderr.strip().splitlines() or ["nothing was said"])[-1])
    return int(found.group(1))


def per_pass(command, environment=None):
    less, more = (counted([*command, str(passes)], environment or {}) for passes in PASSES)
    return (more - less) / (PASSES[1] - PASSES[0])


def stripped(program, folder):
    """A copy of the program and of its Swift libraries without debug data, which valgrind's reader stumbles over."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    libraries = [path for path in re.findall(r"=> (\S+)", listed) if "swift" in path]
    for path in [program, *libraries]:
        copy = shutil.copy(path, folder)
        subprocess.run(["strip", "--strip-debug", copy], check=True)
    return os.path.join(folder, os.path.basename(program))


def main():
    if sys.argv[1] == "--passes":
        engine, path, passes = sys.argv[2], sys.argv[3], int(sys.argv[4])
        run, _ = peers.ENGINES[engine](path, 1)
        for _ in range(passes):
            run()
        return
    if not shutil.which("valgrind"):
        raise SystemExit("valgrind is missing: apt-get install valgrind")
    names = ["porchlight", *peers.ENGINES]
    print("Million instructions per frame, one thread, AVX2 code (valgrind):\n")
    print("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    with tempfile.TemporaryDirectory() as folder:
        program = stripped(os.environ["ENGINE_PASSES"], folder)
        for pair in sys.argv[1:]:
            model, made = pair.split("=", 1)
            files = {
                "onnxruntime": model, "openvino": model, "litert": f"{made}/litert/made/network_float32.tflite",
                "ncnn": f"{made}/ncnn/network.ncnn.param"}
            cells = [f"{per_pass([program, model], {'LD_LIBRARY_PATH': folder}) / 1e6:.1f}"]
            for engine, path in files.items():
                try:
                    count = per_pass([sys.executable, os.path.abspath(__file__), "--passes", engine, path])
                    # What compiles code at the start may need more for fewer passes; that says nothing then.
                    cells.append(f"{count / 1e6:.1f}" if count > 0 else "–")
                except RuntimeError as error:
                    print(f"{engine}: {error}", file=sys.stderr)
                    cells.append("–")
            name = os.path.splitext(os.path.basename(model))[0]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
