#!/usr/bin/env bash
# `make reproduce`: whether the commit that is checked out gives the same package in two folders. Builds it twice from
# clones of its own, whose names have different lengths. Takes twice as long as `make deb`, and leaves the package where that does.
# Usage: scripts/reproduce.sh [ARCH] [SUITE]     as scripts/deb.sh
# Needs: scripts/bootstrap.sh deb
set -euo pipefail
cd "$(dirname "$0")/.."
own=$PWD
mkdir -p .build .cache/kit
work=$(mktemp -d "$own/.build/reproduce.XXXXXX")
trap 'rm -rf "$work"' EXIT

# $1 the clone's folder.
package_of() {
    git clone -q --no-checkout "$own" "$1"
    git -C "$1" -c advice.detachedHead=false checkout -q "$commit"
    mkdir "$1/.cache"
    ln -s "$own/.cache/kit" "$1/.cache/kit"
    (cd "$1" && scripts/deb.sh "${arguments[@]}")
}

arguments=("$@")
# Somebody may commit meanwhile.
commit=$(git rev-parse HEAD)
package_of "$work/one"
package_of "$work/another/further/down"
one=$(echo "$work"/one/.build/packages/*.deb)
other=$(echo "$work"/another/further/down/.build/packages/*.deb)
if cmp "$one" "$other"; then
    mkdir -p .build/packages
    cp "$one" .build/packages/
    echo "reproduce: $(basename "$one") is the same from two folders: $(sha256sum <"$one" | cut -d' ' -f1)"
else
    dpkg-deb -R "$one" "$work/tree-of-one"
    dpkg-deb -R "$other" "$work/tree-of-other"
    diff -rq "$work/tree-of-one" "$work/tree-of-other" | sed "s|$work/||g" >&2 || true
    echo "reproduce: ${commit:0:7} gives two packages" >&2
    exit 1
fi
