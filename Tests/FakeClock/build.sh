#!/bin/sh
# Builds the wall clock that tests set: build.sh FOLDER -> FOLDER/libfakeclock.so. Needs only a C compiler.
set -eu
here=$(dirname "$0")
out=${1:?usage: build.sh FOLDER}
mkdir -p "$out"
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -o "$out/libfakeclock.so" "$here/clock.c"
