#!/usr/bin/env bash
# Boots the machine of scripts/vm/build.sh, runs one test of Tests/vm in it with systemd as the first process, and ends with the
# test's status; 125 when it gave none. A test that says `# boots` may boot the machine again, and finds what it has written.
# The machine is emulated, so that its clock says little: about ten times slower.
# Usage: scripts/vm/run.sh TEST [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."

test=Tests/vm/${1:?usage: run.sh TEST}.sh
limit=${2:-900}
share=$(mktemp -d)
trap 'rm -rf "$share" "$share.disk"' EXIT
chmod 755 "$share"
cat scripts/holds.sh Tests/vm/support.sh "$test" >"$share/test.sh"
disk=()
if grep -q '^# boots' "$test"; then
    truncate -s 256M "$share.disk"
    /usr/sbin/mkfs.ext4 -q "$share.disk"
    disk=(-drive "file=$share.disk,format=raw,if=virtio")
fi
# Without AVX: the emulator takes three times as long for a pass with it, and the daemon would take its own analysis for hung.
processor=max,-avx,-avx2,-fma,-avx512f
boot() {
    timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu "$processor" -M pc -nodefaults -no-user-config -display none \
        -no-reboot -smp 1 -m 1024 -kernel .cache/vm/kernel -initrd .cache/vm/start.cpio \
        -append "console=ttyS0 quiet panic=-1 mitigations=off audit=0 selinux=0 apparmor=0 no_timer_check tsc=reliable" \
        -drive file=.cache/vm/root.sqfs,format=raw,if=virtio,readonly=on "${disk[@]}" \
        -virtfs local,path="$share",mount_tag=test,security_model=none,multidevs=remap \
        -device virtio-rng-pci -serial file:"$share/console" </dev/null || true
}
boot
while [ -e "$share/again" ]; do
    rm "$share/again"
    boot
done
[ ! -e "$share/said" ] || cat "$share/said"
if [ ! -e "$share/status" ]; then
    echo "vm: the test did not end within $limit s; the console's last words:" >&2
    tail -n 20 "$share/console" >&2
    exit 125
fi
exit "$(cat "$share/status")"
