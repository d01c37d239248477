#!/bin/sh
# Holds the units to what systemd itself can check: the syntax of every line, and how small their sandboxes are.
set -eu
cd "$(dirname "$0")"

fail() {
    echo "systemd check: $1" >&2
    exit 1
}

command -v systemd-analyze >/dev/null || fail "systemd-analyze is missing; install it with: apt-get install systemd"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $1: the unit's name. $2: the exposure that it may have, times ten, as `systemd-analyze security` counts it; 0 is a unit that
# can do nothing at all. The rest: lines that both tools pass a unit without.
check() {
    name=$1 threshold=$2
    shift 2
    # `verify` wants the program to be there; before the installation a stand-in is.
    sed "s|^ExecStart=/usr/bin/$name |ExecStart=/bin/true |" "$name.service" >"$work/$name.service"
    grep -q '^ExecStart=/bin/true' "$work/$name.service" || fail "ExecStart is not /usr/bin/$name"
    systemd-analyze verify --man=no --recursive-errors=no "$work/$name.service" 2>"$work/complaints" || {
        cat "$work/complaints" >&2
        fail "verify refused $name.service"
    }
    # `verify` ends with 0 for lines that it does not understand.
    if grep "$name.service" "$work/complaints" >&2; then fail "verify complained about $name.service"; fi

    systemd-analyze security --offline=true --no-pager --threshold="$threshold" "$name.service" >"$work/table" || {
        grep -v "✓" "$work/table" >&2
        fail "the sandbox of $name is wider than $threshold (tenths of exposure)"
    }
    tail -n 1 "$work/table"

    for line in "$@"; do
        grep -q "^$line" "$name.service" || fail "$line is missing in $name.service"
    done

    if command -v systemd-sysusers >/dev/null; then
        mkdir -p "$work/root"
        systemd-sysusers --root="$work/root" --dry-run "$PWD/$name.sysusers" >/dev/null 2>"$work/complaints" || {
            cat "$work/complaints" >&2
            fail "sysusers refused $name.sysusers"
        }
    fi
}

check porchlight 17 Type=notify WatchdogSec= MemoryMax= DeviceAllow=char-video4linux NoNewPrivileges=yes \
    RuntimeDirectoryPreserve=yes PrivateUsers=yes
# It may reach the internet, and nothing else.
check porchlight-notify 11 Type=notify WatchdogSec= MemoryMax= PrivateDevices=yes NoNewPrivileges=yes \
    User=porchlight-notify Environment=OPENBLAS_NUM_THREADS=1
echo "systemd check: the units are valid and their sandboxes narrow enough"
