#!/usr/bin/env bash
# `make test-packages`: packages in clean Debian systems: installed, used, upgraded, removed, purged, and no way back to an
# older one. The systems are folders without systemd, so that starting, restarting and stopping of the services is not seen.
# Usage: scripts/test-packages.sh [PACKAGE…]     default: all in .build/packages
# A package for another processor is tried in an emulator, which the kernel is told of for as long as the test runs.
# Needs: root, scripts/bootstrap.sh packages
# shellcheck disable=SC2016 # what is in single quotes is for the shell in the other system
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/holds.sh
. scripts/debian.sh

[ "$(id -u)" = 0 ] || { echo "test-packages: chroot needs root; say: sudo make test-packages" >&2 && exit 77; }
packages=("$@")
[ $# -gt 0 ] || packages=(.build/packages/*.deb)
work=$(mktemp -d)
# Swift reads a program's arguments from /proc.
leave_system() { ! mountpoint -q "$work/system/proc" || umount "$work/system/proc"; }
trap 'leave_system; forget_emulator; rm -rf "$work" "$said"' EXIT
chmod 755 "$work"

skipped=0

formats=/proc/sys/fs/binfmt_misc
told=
# Whether this kernel runs programs of arm64, by qemu if need be; it is told where to find it (package qemu-user-static).
runs_arm64() {
    local emulator=/usr/lib/binfmt.d/qemu-aarch64.conf
    [ -e $formats/register ] || mount -t binfmt_misc none $formats 2>/dev/null || return 1
    [ ! -e $formats/qemu-aarch64 ] || return 0
    [ -e $emulator ] && cat $emulator >$formats/register || return 1
    told=1
}
forget_emulator() { [ -z "$told" ] || echo -1 >$formats/qemu-aarch64; }

# A system as small as Debian has them. $1 release, $2 processor, $3 folder.
make_system() {
    local site
    site=$(debian_site)
    mkdir -p .cache/systems
    local kept=.cache/systems/$1-$2.tar
    if [ ! -e "$kept" ]; then
        echo "test-packages: making a clean $1 for $2"
        mmdebstrap --quiet --format=tar --variant=apt --mode=root --arch="$2" "$1" "$kept.part" "$site" &&
            mv "$kept.part" "$kept"
    fi
    mkdir "$3"
    tar -x -C "$3" -f "$kept" --exclude='./dev/*'
    # Nothing may start there.
    printf '#!/bin/sh\nexit 101\n' >"$3/usr/sbin/policy-rc.d"
    chmod 755 "$3/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$3/etc/resolv.conf"
    : >"$3/dev/null" && chmod 666 "$3/dev/null"
    mount -t proc proc "$3/proc"
}

inside() { chroot "$system" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
apt_install() { inside apt-get -qq -y --no-install-recommends --allow-downgrades -o Dpkg::Options::=--force-confold install "$1"; }

try_package() {
    local package=$1 version arch release
    version=$(dpkg-deb -f "$package" Version) arch=$(dpkg-deb -f "$package" Architecture)
    release=$(release_of "$package")
    if [ "$arch" != "$(dpkg --print-architecture)" ] && { [ "$arch" != arm64 ] || ! runs_arm64; }; then
        echo "test-packages: SKIPPED $(basename "$package"): this kernel cannot run programs of $arch" >&2
        skipped=$((skipped + 1))
        return
    fi
    system=$work/system
    leave_system
    rm -rf "$system"
    make_system "$release" "$arch" "$system"
    echo "$(basename "$package") on Debian $(cat "$system/etc/debian_version") ($release, $arch)"
    holds "lintian has neither an error nor a warning" lintian --allow-root --fail-on error,warning "$package"
    cp "$package" "$system/var/tmp/first.deb"
    renumbered "$package" "$version.1" "$system/var/tmp/newer.deb"
    renumbered "$package" "0.0.1-1" "$system/var/tmp/older.deb"
    scripts/deb/picture.py "$system/var/tmp/picture.png"

    inside apt-get -qq update
    holds "it installs, and apt brings what it needs" apt_install /var/tmp/first.deb
    holds "the program runs" inside porchlight --version
    holds "and by its other name" inside porchlight-notify --version
    # apt was asked for what is needed, and libcurl4 is only recommended.
    inside sh -c 'echo "{\"targets\": {\"house\": {\"kind\": \"webhook\", \"url\": \"http://127.0.0.1:1/\"}}}" >/var/tmp/notify.json'
    holds "without libcurl the notices say what to install" \
        inside sh -c 'porchlight-notify check --config /var/tmp/notify.json | grep "apt install libcurl4"'
    holds "a picture is looked at" inside porchlight detect /var/tmp/picture.png
    holds "the user is there, and is in the cameras' group" inside sh -c 'id -nG porchlight | grep -w video'
    holds "the config belongs to root and the service's group" \
        inside sh -c 'test "$(stat -c %U:%G:%a /etc/porchlight/porchlight.json)" = root:porchlight:640'
    holds "the service is enabled" inside test -e /etc/systemd/system/multi-user.target.wants/porchlight.service
    holds "that of the notices is not: it has no config yet" \
        not inside test -e /etc/systemd/system/multi-user.target.wants/porchlight-notify.service
    holds "every command has its man page" inside sh -c '
        for page in porchlight porchlight-detect porchlight-processor-create porchlight-notify; do
            dpkg -L porchlight | grep -q "/man1/$page.1.gz" || exit 1; done'
    holds "nothing of the package was changed" inside dpkg --verify porchlight

    inside sh -c 'mkdir -p /var/lib/porchlight && echo kept >/var/lib/porchlight/store &&
        sed -i "s|/dev/video0|/dev/video9|" /etc/porchlight/porchlight.json'
    holds "an upgrade installs" apt_install /var/tmp/newer.deb
    holds "the config keeps what its owner wrote" inside grep -q video9 /etc/porchlight/porchlight.json
    holds "and its group" inside sh -c 'test "$(stat -c %G:%a /etc/porchlight/porchlight.json)" = porchlight:640'
    holds "the store is kept" inside grep -q kept /var/lib/porchlight/store
    holds "an older package is refused" not apt_install /var/tmp/older.deb
    holds "with the reason" inside sh -c 'dpkg -i /var/tmp/older.deb 2>&1 | grep "is older"'
    holds "the newer one is still whole" inside porchlight --version
    holds "and dpkg says so" inside sh -c "dpkg-query -W -f '\${db:Status-Abbrev} \${Version}' porchlight | grep 'ii  $version.1'"

    holds "it is removed" inside apt-get -qq -y remove porchlight
    holds "config and store stay" inside test -e /etc/porchlight/porchlight.json -a -e /var/lib/porchlight/store
    holds "the program is gone" not inside test -e /usr/bin/porchlight
    holds "purging works" inside apt-get -qq -y purge porchlight
    holds "nothing stays" not inside sh -c '
        ls -d /etc/porchlight /var/lib/porchlight* /usr/share/porchlight /usr/bin/porchlight* \
            /etc/systemd/system/*/porchlight* /etc/systemd/system/porchlight* /var/lib/systemd/deb-systemd-helper-*/porchlight* \
            2>/dev/null | grep .'
    holds "the users are gone" not inside getent passwd porchlight porchlight-notify
}

for package in "${packages[@]}"; do try_package "$package"; done
if [ "$failures" -gt 0 ]; then echo "test-packages: $failures failed" >&2 && exit 1; fi
echo "test-packages: $((${#packages[@]} - skipped)) of ${#packages[@]} packages were tried, and hold"
