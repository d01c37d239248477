#!/bin/sh
# Holds porchlight.service to what systemd itself can check: the syntax of every line, and how small the sandbox is.
set -eu
cd "$(dirname "$0")"

# Exposure times ten, as `systemd-analyze security` counts it; 0 is a unit that can do nothing at all.
threshold=20

fail() {
    echo "systemd check: $1" >&2
    exit 1
}

command -v systemd-analyze >/dev/null || fail "systemd-analyze is missing; install it with: apt-get install systemd"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# `verify` wants the program to be there; before the installation a stand-in is.
sed 's|^ExecStart=/usr/bin/porchlight|ExecStart=/bin/true|' porchlight.service >"$work/porchlight.service"
grep -q '^ExecStart=/bin/true' "$work/porchlight.service" || fail "ExecStart is not /usr/bin/porchlight"
systemd-analyze verify --man=no --recursive-errors=no "$work/porchlight.service" 2>"$work/complaints" || {
    cat "$work/complaints" >&2
    fail "verify refused porchlight.service"
}
# `verify` ends with 0 for lines that it does not understand.
if grep "porchlight.service" "$work/complaints" >&2; then fail "verify complained about porchlight.service"; fi

systemd-analyze security --offline=true --no-pager --threshold="$threshold" porchlight.service >"$work/table" || {
    grep -v "✓" "$work/table" >&2
    fail "the sandbox is wider than $threshold (tenths of exposure)"
}
tail -n 1 "$work/table"

# In a line of its own, since both tools pass a unit without them.
for line in Type=notify WatchdogSec= MemoryMax= DeviceAllow=char-video4linux NoNewPrivileges=yes \
    RuntimeDirectoryPreserve=yes; do
    grep -q "^$line" porchlight.service || fail "$line is missing in porchlight.service"
done

if command -v systemd-sysusers >/dev/null; then
    mkdir "$work/root"
    systemd-sysusers --root="$work/root" --dry-run "$PWD/porchlight.sysusers" >/dev/null 2>"$work/complaints" || {
        cat "$work/complaints" >&2
        fail "sysusers refused porchlight.sysusers"
    }
fi
echo "systemd check: porchlight.service is valid and its sandbox narrow enough"
