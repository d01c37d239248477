#!/bin/bash
# `make fuzz`: gives the parsers what strangers could send, made up by libFuzzer. Needs a release build.
#   TARGET=json       only this parser; `all` (the default) takes one after the other
#   SECONDS=3600      for so long in all; 60 by default
#   scripts/fuzz.sh replay FILE   once more what was found: the folder's name is the parser's
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD/.cache/fuzz
program=$root/build/porchlight-fuzz
all=(json manifest http mqtt commands pictures onnx cbor)
known=${all[*]}
# Not Swift's own crash report, which waits for a debugger; AddressSanitizer and libFuzzer tell enough.
export SWIFT_BACKTRACE=enable=no
# OpenSSL, libavcodec and OpenBLAS keep what they made at their start.
export ASAN_OPTIONS=detect_leaks=0

fail() {
    echo "fuzz: $1" >&2
    exit 64
}

build() {
    echo "fuzz: building (the first time takes minutes)"
    swift build -c release --target Kernels
    make --no-print-directory -s -j "$(nproc)" -f Tests/Fuzz/Makefile
}

# Longer texts say nothing new, and small ones are more of them a second.
longest() {
    case $1 in
    onnx) echo 24576 ;;
    *) echo 4096 ;;
    esac
}

# An input that takes longer hangs. A model may ask for a gigabyte of constants, which AddressSanitizer makes slow.
patience() {
    case $1 in
    onnx) echo 60 ;;
    *) echo 20 ;;
    esac
}

# $1: parser, $2: seconds. What it learns stays in .cache/fuzz/corpus for the next time.
try() {
    local corpus=$root/corpus/$1 found=$root/found/$1
    mkdir -p "$corpus" "$found"
    echo "fuzz: $1 for $2 s"
    if FUZZ_TARGET=$1 "$program" -max_total_time="$2" -timeout="$(patience "$1")" -rss_limit_mb=3072 -max_len="$(longest "$1")" \
        -artifact_prefix="$found/" -print_final_stats=1 "$corpus" "$root/seeds/$1" >"$found/log" 2>&1; then
        grep -E 'stat::(number_of_executed_units|average_exec_per_sec)|^Done' "$found/log" | sed 's/^/fuzz:   /'
        return 0
    fi
    tail -n 40 "$found/log"
    echo "fuzz: $1: a finding lies in .cache/fuzz/found/$1; once more: scripts/fuzz.sh replay FILE" >&2
    return 1
}

if [ "${1:-}" = replay ]; then
    [ -r "${2:-}" ] || fail "replay needs a file from .cache/fuzz/found"
    target=$(basename "$(dirname "$(realpath "$2")")")
    FUZZ_TARGET=$target exec "$program" -timeout="$(patience "$target")" -rss_limit_mb=3072 "$2"
fi

target=${1:-all}
seconds=${2:-60}
case $seconds in '' | *[!0-9]*) fail "SECONDS is \"$seconds\", no whole number" ;; esac
[ "$target" = all ] || all=("$target")
build
rm -rf "$root/seeds"
"${PYTHON:-/usr/bin/python3}" Tests/Fuzz/seeds.py "$root/seeds"
[ -d "$root/seeds/${all[0]}" ] || fail "no parser is called \"$target\"; there are: $known"
status=0
for one in "${all[@]}"; do try "$one" $(((seconds + ${#all[@]} - 1) / ${#all[@]})) || status=1; done
exit "$status"
