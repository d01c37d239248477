#!/usr/bin/env bash
# `make test-arm`: the packaged program for arm64 in an emulator, beside the program of this machine. Takes long.
# Usage: scripts/arm/test.sh [STEP…]     kernels, pictures, quantize, daemon, suites; default: all in this order
#   CPUS="cortex-a53 max"       processors (default: cortex-a53 cortex-a72 cortex-a76 max)
#   SUITE_CPU=cortex-a53        the processor for the Swift suites, the quantizer and the daemon
#   REBUILD=1                   the program is built again, though it is there
#   PORCHLIGHT_PROGRAM=FILE     the program to compare with (default: .build/release/porchlight)
# Needs: scripts/bootstrap.sh arm
set -euo pipefail
cd "$(dirname "$0")/../.."

read -ra cpus <<<"${CPUS:-cortex-a53 cortex-a72 cortex-a76 max}"
suite_cpu=${SUITE_CPU:-cortex-a53}
steps=("$@")
[ $# -gt 0 ] || steps=(kernels pictures quantize daemon suites)
kit=$PWD/.cache/kit/arm64-bookworm
built=$PWD/.build/deb/arm64-bookworm
native=${PORCHLIGHT_PROGRAM:-$PWD/.build/release/porchlight}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

note() { echo "test-arm: $*"; }
failed() {
    note "FAILED: $*" >&2
    failures=$((failures + 1))
}
emulated() { QEMU_CPU=$cpu "$kit/emulate" "$built/porchlight" "$@"; }

# The instruction set that must be chosen: dot products are there from the Cortex-A75 on.
expected_kernels() {
    case $1 in
    cortex-a53 | cortex-a72) echo arm64 ;;
    *) echo arm64-dotprod ;;
    esac
}

test_kernels() {
    local cpu chosen
    for cpu in "${cpus[@]}"; do
        chosen=$(emulated bench --model Models/default --runs 1 --threads 1 --json |
            sed -n 's/.*"kernels" *: *"\([^"]*\)".*/\1/p')
        if [ "$chosen" = "$(expected_kernels "$cpu")" ]; then
            note "$cpu: kernels $chosen"
        else
            failed "$cpu chooses the kernels \"$chosen\""
        fi
    done
}

# Two photographs and made-up shapes: of PNGs everything that is printed must be equal. libavcodec decodes JPEGs otherwise
# on every processor (its transforms round in their own way), so that these may be one point of a percent apart.
test_pictures() {
    local cpu
    "$native" detect --model Models/default --json "$work"/photos/*.jpg >"$work/native.json"
    "$native" detect --model Models/default --min-confidence 5 "$work"/pictures/*.png >"$work/native.txt"
    note "this machine sees $(grep -c % "$work/native.txt" || true) things in $(find "$work/pictures" -name '*.png' | wc -l) pictures"
    for cpu in "${cpus[@]}"; do
        emulated detect --model Models/default --min-confidence 5 "$work"/pictures/*.png >"$work/$cpu.txt"
        if cmp -s "$work/native.txt" "$work/$cpu.txt"; then
            note "$cpu: detect prints the same"
        else
            failed "$cpu: detect prints something else"
            diff "$work/native.txt" "$work/$cpu.txt" >&2 || true
        fi
        emulated detect --model Models/default --json "$work"/photos/*.jpg >"$work/$cpu.json"
        if scripts/arm/apart.py "$work/native.json" "$work/$cpu.json" 1 >"$work/said"; then
            note "$cpu: JPEGs: $(cat "$work/said")"
        else
            failed "$cpu: JPEGs: $(cat "$work/said")"
        fi
    done
}

test_quantize() {
    local cpu=$suite_cpu
    "$native" model quantize Models/default --calibrate "$work/pictures" -o "$work/native.onnx" >/dev/null
    emulated model quantize Models/default --calibrate "$work/pictures" -o "$work/arm.onnx" >/dev/null
    if cmp "$work/native.onnx" "$work/arm.onnx"; then
        note "$cpu: the quantized network is the same, byte for byte ($(stat -c %s "$work/arm.onnx"))"
    else
        failed "$cpu: the quantized network differs"
    fi
}

# A real broker and stock boto3.
test_daemon() {
    scripts/python.sh
    printf '#!/bin/sh\nQEMU_CPU=%s exec %s %s "$@"\n' "$suite_cpu" "$kit/emulate" "$built/porchlight" >"$work/program"
    chmod +x "$work/program"
    if PORCHLIGHT_PROGRAM=$work/program .venv/bin/python -m pytest -q Tests/e2e/test_demo_clip.py; then
        note "$suite_cpu: the daemon tells the demo clip"
    else
        failed "$suite_cpu: the daemon and the demo clip"
    fi
}

# Not among them: tests that start brokers, play drivers with LD_PRELOAD or wait for what an emulator is too slow for.
test_suites() {
    local flags tests
    # Swift's libraries are sid's here and know a newer libc, in whose place the emulator runs the tests. Debian's Swift has no
    # library for this module, of which no test uses anything.
    local overlay=$kit/../swift-arm64/swift/linux/lib_Testing_Foundation.a
    [ -e "$overlay" ] || printf '!<arch>\n' >"$overlay"
    flags=(-c release --scratch-path "$PWD/.build/deb/arm64-bookworm-tests" -Xswiftc -use-ld=lld
        -Xlinker --allow-shlib-undefined -Xlinker -lstdc++)
    "$kit/build" "${flags[@]}" --build-tests ${JOBS:+--jobs "$JOBS"}
    tests=$("$kit/build" "${flags[@]}" --show-bin-path)/porchlightPackageTests.xctest
    [ -e "$tests" ] || tests=$(find "$(dirname "$tests")" -maxdepth 1 -name '*PackageTests.xctest' | head -n 1)
    if QEMU_CPU=$suite_cpu "$kit/emulate" "$tests" --testing-library swift-testing \
        --filter '^(BaseTests|KernelTests|InferTests|InterpretTests|GateTests|FacesTests|EvaluateTests|SettingsTests|StoreTests|RekognitionTests)\.'; then
        note "$suite_cpu: the Swift suites pass"
    else
        failed "$suite_cpu: the Swift suites"
    fi
}

scripts/arm/kit.sh arm64 bookworm
if [ ! -x "$built/porchlight" ] || [ -n "${REBUILD:-}" ]; then scripts/deb.sh arm64 bookworm; fi
[ -x "$native" ] || swift build -c release --product porchlight
mkdir "$work/pictures" "$work/photos"
scripts/demo-clip.sh "$work/demo.mp4"
cp .cache/photos/*.png "$work/pictures/"
for photo in astronaut chelsea; do
    ffmpeg -nostdin -loglevel error -i ".cache/photos/$photo.png" -q:v 3 "$work/photos/$photo.jpg"
done
for seed in 1 2 3; do scripts/deb/picture.py "$work/pictures/shapes-$seed.png" 320 240 "$seed"; done
for step in "${steps[@]}"; do
    began=$SECONDS
    "test_$step"
    note "$step took $((SECONDS - began)) s"
done
if [ "$failures" -gt 0 ]; then note "$failures failed" >&2 && exit 1; fi
note "all is equal"
