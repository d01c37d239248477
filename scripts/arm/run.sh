#!/bin/sh
# Compiles the kernels for arm64 as Embedded Swift, runs them in an emulator against their plain twins, and looks at the
# 1x1 tile: by-lane multiplications, nothing spilled. Takes seconds.
# Needs: swiftc, clang and llvm-objdump of the Swift toolchain; Debian packages qemu-user-static,
# gcc-aarch64-linux-gnu, libc6-dev-arm64-cross.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/include"
cp "$root"/Sources/CKernels/include/*.h "$work/include/"
printf 'module CKernels { header "CKernels.h" export * }\n' > "$work/include/module.modulemap"
printf 'float expf(float);\n' > "$work/include/libm.h"
printf 'module Libm { header "libm.h" export * }\n' >> "$work/include/module.modulemap"

# One module: all sources without their imports of each other.
for file in "$root"/Sources/KernelTypes/*.swift "$root"/Sources/KernelsBase/*.swift \
    "$root"/Sources/Kernels/Scalar/*.swift "$root"/scripts/arm/differential.swift; do
    name=$(basename "$(dirname "$file")")_$(basename "$file")
    sed -E -e '/^(package |internal |public )?import KernelTypes/d' \
        -e 's/^(internal )?import Glibc/import Libm/' "$file" > "$work/$name"
done

swiftc -swift-version 6 -Ounchecked -wmo -parse-as-library -enable-experimental-feature Embedded \
    -target aarch64-none-none-elf -Xfrontend -disable-stack-protector -package-name porchlight -module-name Kernels \
    -I "$work/include" -c "$work"/*.swift -o "$work/kernels.o"

tile=$(llvm-objdump -d --no-show-raw-insn "$work/kernels.o" | sed -n '/tile3yy.*>:/,/\tret/p')
lanes=$(printf '%s\n' "$tile" | grep -c 'fmla.*s\[[0-3]\]' || true)
spills=$(printf '%s\n' "$tile" | grep -cE '(str|ldr|stp|ldp)[[:space:]]+q.*\[sp' || true)
echo "1x1 tile: $lanes multiplications by lane, $spills spills"
[ "$lanes" -ge 16 ] && [ "$spills" -eq 0 ]

clang --target=aarch64-linux-gnu --gcc-toolchain=/usr -c "$root/Sources/CKernels/cpu.c" \
    -I "$work/include" -o "$work/cpu.o"
clang --target=aarch64-linux-gnu -fuse-ld=lld --gcc-toolchain=/usr -static "$work/kernels.o" "$work/cpu.o" -lm \
    -o "$work/differential"
qemu-aarch64-static "$work/differential"
