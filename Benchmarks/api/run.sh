#!/bin/sh
# How many signed API calls a second this machine answers while it watches a camera: DescribeStreamProcessor with SigV4
# over kept connections (wrk), and what a clip that plays at 10 frames a second loses meanwhile.
#
#   Benchmarks/api/run.sh [--seconds N] [--connections N]
#
# Needs mosquitto, ffmpeg and wrk (Debian packages); boto3 is installed into .venv when it is missing.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${PORCHLIGHT_VENV:-$root/.venv}
for tool in mosquitto ffmpeg wrk; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing; install it with: apt-get install $tool" >&2
        exit 69
    }
done
if [ ! -x "$root/.build/release/porchlight" ]; then
    echo "building porchlight (release)" >&2
    (cd "$root" && swift build -c release --product porchlight)
fi
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
if ! "$venv/bin/python" -c 'import boto3' 2>/dev/null; then
    echo "installing boto3 into $venv" >&2
    "$venv/bin/pip" install -q boto3
fi
exec "$venv/bin/python" "$root/Benchmarks/api/load.py" "$@"
