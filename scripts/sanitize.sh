#!/bin/bash
# `make sanitize`: the Swift tests under ThreadSanitizer and under AddressSanitizer.
#   SANITIZER=thread   only this one (thread or address); both by default
#   FILTER=StoreTests  only tests whose names match; all by default
set -euo pipefail
cd "$(dirname "$0")/.."

# Kernels are compared with their plain twins elsewhere and would take hours; a preloaded driver or disk cannot come before
# the sanitizer's own library; a store is damaged by writing into its file, which takes minutes here; what waits for a
# minute at most has too little time.
skipped='KernelTests|ONNXOperatorTests|CaptureTests|DatabaseTests|ThreadHeartbeatTests'
# Swift's own crash report would wait for a debugger.
export SWIFT_BACKTRACE=enable=no
export TSAN_OPTIONS="exitcode=66 suppressions=$PWD/scripts/sanitize/thread.txt"
# OpenSSL, libavcodec and OpenBLAS keep what they made at their start.
export ASAN_OPTIONS="detect_leaks=0 exitcode=66"

case ${1:-both} in
both) sanitizers=(thread address) ;;
thread | address) sanitizers=("$1") ;;
*)
    echo "sanitize: SANITIZER is \"$1\"; say thread or address" >&2
    exit 64
    ;;
esac

status=0
for sanitizer in "${sanitizers[@]}"; do
    log=$PWD/.cache/sanitize/$sanitizer.log
    mkdir -p .cache/sanitize
    echo "sanitize: building for the $sanitizer sanitizer (the first time takes minutes)"
    swift build -c release --build-tests --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" >"$log" 2>&1 || {
        grep -E 'error:' "$log" | head -n 20 >&2
        echo "sanitize: it does not build; the whole of it is in $log" >&2
        exit 69
    }
    echo "sanitize: testing"
    # Not `swift test`, which would build once more with other flags.
    if ".build-$sanitizer/release/porchlightPackageTests.xctest" --testing-library swift-testing \
        --filter "${2:-.}" --skip "$skipped" >"$log" 2>&1; then
        tail -n 1 "$log"
    else
        grep -aE '✘|SUMMARY: (Thread|Address)Sanitizer' "$log" | sort | uniq -c | sort -rn | head -n 40 || tail -n 20 "$log"
        echo "sanitize: $sanitizer: the whole of it is in $log" >&2
        status=1
    fi
done
exit "$status"
