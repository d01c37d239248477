#!/bin/sh
# Builds the fake camera: build.sh FOLDER -> FOLDER/libfakev4l2.so. Needs only a C compiler and the kernel's headers.
set -eu
here=$(dirname "$0")
out=${1:?usage: build.sh FOLDER}
mkdir -p "$out"
# Built beside and moved, so that two tests may build at one time.
part="$out/.libfakev4l2.$$.so"
"${CC:-cc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -pthread \
    -o "$part" "$here"/spec.c "$here"/control.c "$here"/device.c "$here"/interpose.c -ldl
mv "$part" "$out/libfakev4l2.so"
