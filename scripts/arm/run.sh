#!/bin/sh
# Compiles the kernels for arm64 as Embedded Swift, runs them in an emulator against their plain twins, and looks at the
# 1x1 tiles: multiplications by lane and dot products, nothing spilled. Takes seconds.
# Needs: swiftc, clang and llvm-objdump of the Swift toolchain; Debian packages qemu-user-static,
# gcc-aarch64-linux-gnu, libc6-dev-arm64-cross.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/include"
cp "$root"/Sources/CKernels/include/*.h "$work/include/"
printf 'module CKernels { header "CKernels.h" export * }\n' > "$work/include/module.modulemap"
printf 'float expf(float);\nfloat erff(float);\nfloat tanhf(float);\n' > "$work/include/libm.h"
printf 'module Libm { header "libm.h" export * }\n' >> "$work/include/module.modulemap"

# One module: all sources without their imports of each other.
for file in "$root"/Sources/KernelTypes/*.swift "$root"/Sources/KernelsBase/*.swift \
    "$root"/Sources/Kernels/Scalar/*.swift "$root"/scripts/arm/differential.swift; do
    name=$(basename "$(dirname "$file")")_$(basename "$file")
    sed -E -e '/^(package |internal |public )?import KernelTypes/d' \
        -e 's/^(internal )?import Glibc/import Libm/' "$file" > "$work/$name"
done

# Twice: for every processor, and for those with dot products (Cortex-A75 and later).
for variant in base dotprod; do
    case $variant in
    base) flags="" ;;
    dotprod) flags="-D KERNELS_DOT -Xcc -march=armv8.2-a+dotprod" ;;
    esac
    # shellcheck disable=SC2086  # flags are words
    swiftc -swift-version 6 -Ounchecked -wmo -parse-as-library -enable-experimental-feature Embedded \
        -target aarch64-none-none-elf -Xfrontend -disable-stack-protector -package-name porchlight \
        -module-name Kernels $flags -I "$work/include" -c "$work"/*.swift -o "$work/$variant.o"
    llvm-objdump -d --no-show-raw-insn --mattr=+dotprod "$work/$variant.o" > "$work/$variant.txt"
done

tile=$(sed -n '/[^d]tile3yy.*>:/,/\tret/p' "$work/base.txt")
lanes=$(printf '%s\n' "$tile" | grep -c 'fmla.*s\[[0-3]\]' || true)
spills=$(printf '%s\n' "$tile" | grep -cE '(str|ldr|stp|ldp)[[:space:]]+q.*\[sp' || true)
echo "1x1 tile: $lanes multiplications by lane, $spills spills"
if [ "$lanes" -lt 16 ] || [ "$spills" -gt 0 ]; then exit 1; fi

tile=$(sed -n '/quantizedTile3yy.*>:/,/\tret/p' "$work/dotprod.txt")
dots=$(printf '%s\n' "$tile" | grep -c 'sdot.*4b\[[0-3]\]' || true)
spills=$(printf '%s\n' "$tile" | grep -cE '(str|ldr|stp|ldp)[[:space:]]+q.*\[sp' || true)
echo "8-bit tile: $dots dot products by lane, $spills spills"
if [ "$dots" -lt 24 ] || [ "$spills" -gt 0 ]; then exit 1; fi

tile=$(sed -n '/[^e]bytePairTileyy.*>:/,/\tret/p' "$work/base.txt")
products=$(printf '%s\n' "$tile" | grep -cE 'smlal2?[[:space:]].*8h' || true)
spills=$(printf '%s\n' "$tile" | grep -cE '(str|ldr|stp|ldp)[[:space:]]+q.*\[sp' || true)
echo "8-bit tile without dot products: $products products of the second input, $spills spills"
if [ "$products" -lt 8 ] || [ "$spills" -gt 0 ]; then exit 1; fi
if grep -q 'sdot' "$work/base.txt"; then
    echo "the kernels for every processor have dot products, which not every processor has" >&2
    exit 1
fi

clang --target=aarch64-linux-gnu --gcc-toolchain=/usr -c "$root/Sources/CKernels/cpu.c" \
    -I "$work/include" -o "$work/cpu.o"
for variant in base dotprod; do
    clang --target=aarch64-linux-gnu -fuse-ld=lld --gcc-toolchain=/usr -static "$work/$variant.o" "$work/cpu.o" -lm \
        -o "$work/$variant"
    echo "$variant:"
    qemu-aarch64-static -cpu max "$work/$variant"
done
