#!/usr/bin/env bash
# Instructions of a pass on arm64, ours beside those of ncnn and ONNX Runtime, counted in an emulator: for the detectors of a list of
# networks, or for some files. Before them, with --loops, our inner loops by llvm-mca's models of the processors.
#
#   Benchmarks/engine/arm64.sh --list .cache/networks/list.json [--cpu cortex-a53] [--only NAME ...] [--json FILE]
#   Benchmarks/engine/arm64.sh --model Models/default/porchlight.onnx:1x3x256x480 [--cpu cortex-a53]
#   Benchmarks/engine/arm64.sh --loops
#
# Puts into .cache/engine-arm64: our passes and the Python packages of ncnn and ONNX Runtime for arm64, Python for arm64 from Debian,
# ncnn's converter for this machine, and a plugin for Debian's qemu-user.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$PWD/.cache/engine-arm64
kit=$PWD/.cache/kit
here=Benchmarks/engine/arm64
scripts/bootstrap.sh deb
scripts/arm/kit.sh arm64 bookworm
for tool in qemu-aarch64=qemu-user llvm-mca=llvm; do
    command -v "${tool%=*}" >/dev/null && continue
    [ "$(id -u)" = 0 ] && sudo= || sudo=sudo
    $sudo apt-get install -y --no-install-recommends "${tool#*=}"
done
mkdir -p "$folder/debs" "$folder/wheels"
cc -O2 -shared -fPIC -o "$folder/count.so" "$here/count.c"
"$kit/arm64-bookworm/build" -c release --static-swift-stdlib --scratch-path .build/engine-arm64 -Xswiftc -use-ld=lld \
    --product EnginePasses
built=$("$kit/arm64-bookworm/build" -c release --scratch-path .build/engine-arm64 --show-bin-path)
if [ "${1:-}" = --loops ]; then exec "$here/loops.py" "$built"; fi
cp "$built/EnginePasses" "$folder/"
if [ ! -e "$folder/ready" ]; then
    rm -rf "$folder/system"
    mkdir -p "$folder/system/site"
    (cd "$folder/debs" && APT_CONFIG=$kit/apt/arm64-bookworm/apt.conf apt-get -qq download python3.11-minimal \
        libpython3.11-minimal libpython3.11-stdlib libexpat1 zlib1g libbz2-1.0 liblzma5 libffi8 libssl3 libuuid1 libgomp1)
    # What our passes are linked with, then what Python needs beside it.
    for package in "$kit"/apt/arm64-bookworm/cache/archives/*.deb "$folder"/debs/*.deb; do
        dpkg-deb -x "$package" "$folder/system"
    done
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install -q numpy 'onnx>=1.17,<2'
    "$folder/venv/bin/pip" install -q --no-deps --target "$folder/tools" pnnx
    ln -sf tools/pnnx/pnnx "$folder/pnnx"
    "$folder/venv/bin/pip" download -q --no-deps --only-binary=:all: --python-version 3.11 --platform manylinux_2_28_aarch64 \
        --platform manylinux2014_aarch64 -d "$folder/wheels" ncnn numpy onnxruntime
    for wheel in "$folder"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$folder/system/site"; done
    touch "$folder/ready"
fi
exec "$folder/venv/bin/python" "$here/instructions.py" --set "$folder" "$@"
