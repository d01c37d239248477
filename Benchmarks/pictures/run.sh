#!/bin/sh
# What a picture costs before it reaches the network, stage by stage, beside OpenCV (libjpeg-turbo) and
# FFmpeg's swscale:
#
#   Benchmarks/pictures/run.sh PHOTOGRAPH.jpg [ROUNDS]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache/picture-benchmark
[ -f "${1:-}" ] || { echo "usage: Benchmarks/pictures/run.sh PHOTOGRAPH.jpg [ROUNDS]" >&2; exit 64; }
PICTURE_BENCHMARK=${PICTURE_BENCHMARK:-$root/.build/release/PictureBenchmark}
export PICTURE_BENCHMARK
[ -x "$PICTURE_BENCHMARK" ] || (cd "$root" && swift build -c release --product PictureBenchmark)
if [ ! -e "$cache/ready-2" ]; then
    echo "installing OpenCV and PyAV into $cache" >&2
    python3 -m venv "$cache"
    "$cache/bin/pip" install -q numpy opencv-python-headless av
    touch "$cache/ready-2"
fi
exec "$cache/bin/python" "$root/Benchmarks/pictures/compare.py" "$@"
