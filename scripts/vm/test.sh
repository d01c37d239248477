#!/usr/bin/env bash
# `make test-vm`: the package in a machine with the real kernel, systemd as the first process and cameras of the drivers vivid
# and uvcvideo. By hand: it takes ten to thirty minutes. Usage: scripts/vm/test.sh [TEST…]   (default: all of Tests/vm)
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(.build/packages/*_amd64.deb)
[ -e "${packages[0]}" ] || { echo "test-vm: no package is there; say: make deb" >&2 && exit 69; }
package=${packages[0]}
for other in "${packages[@]}"; do [ "$other" -ot "$package" ] || package=$other; done
scripts/vm/build.sh "$package"
tests=("$@")
[ $# -gt 0 ] || for file in Tests/vm/*.sh; do
    name=$(basename "$file" .sh)
    [ "$name" = support ] || tests+=("$name")
done
failures=0
for test in "${tests[@]}"; do
    echo "== $test"
    scripts/vm/run.sh "$test" || failures=$((failures + 1))
done
if [ "$failures" -gt 0 ]; then echo "test-vm: $failures of ${#tests[@]} failed" >&2 && exit 1; fi
echo "test-vm: ${#tests[@]} tests hold"
