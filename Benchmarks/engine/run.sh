#!/bin/sh
# Our engine and ONNX Runtime on one network, in turns, each turn a new process: what this machine does, said by one command.
#
#   Benchmarks/engine/run.sh MODEL.onnx [--threads N] [--rounds N] [--runs N] [--realtime]
#
# PORCHLIGHT_BENCH overrides the command that is measured (default: .build/release/porchlight bench).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${PORCHLIGHT_VENV:-$root/.venv}
if [ $# -lt 1 ] || [ ! -f "$1" ]; then
    echo "usage: $0 MODEL.onnx [--threads N] [--rounds N] [--runs N] [--realtime]" >&2
    exit 64
fi
if [ -z "${PORCHLIGHT_BENCH:-}" ]; then
    PORCHLIGHT_BENCH="$root/.build/release/porchlight bench"
    if [ ! -x "$root/.build/release/porchlight" ]; then
        echo "building porchlight (release)" >&2
        (cd "$root" && swift build -c release --product porchlight)
    fi
fi
export PORCHLIGHT_BENCH
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
if ! "$venv/bin/python" -c 'import numpy, onnxruntime' 2>/dev/null; then
    echo "installing onnxruntime and numpy into $venv" >&2
    "$venv/bin/pip" install -q onnxruntime numpy
fi
exec "$venv/bin/python" "$root/Benchmarks/engine/compare.py" "$@"
