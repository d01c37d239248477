#!/bin/sh
# Builds the disk that hangs when a test says so: build.sh FOLDER -> FOLDER/libfakedisk.so. Needs only a C compiler.
set -eu
here=$(dirname "$0")
out=${1:?usage: build.sh FOLDER}
mkdir -p "$out"
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -o "$out/libfakedisk.so" "$here/disk.c" -ldl
