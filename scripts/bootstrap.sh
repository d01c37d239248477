#!/bin/sh
# Installs the Debian packages that are missing for what is wanted, and checks the Swift toolchain.
# Usage: scripts/bootstrap.sh build|check|fuzz|run|test|gauntlet|brokers|cluster|chromium|webkit|deb|arm|packages|vm
# Does nothing when everything is there.
set -eu

wanted=${1:-build}

# libraries to build against, and what Swift's package manager calls
packages="git ca-certificates pkg-config gcc libc6-dev libstdc++-12-dev zlib1g-dev
    libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libopenblas-dev libv4l-dev libmosquitto-dev libssl-dev libsqlite3-dev
    libcurl4-openssl-dev"
case $wanted in
build) ;;
# what Swift tests start: a broker, clips and certificates
check) packages="$packages mosquitto mosquitto-clients ffmpeg openssl shellcheck" ;;
# the first inputs are made by a script
fuzz) packages="$packages python3" ;;
# the demo: a broker of its own, a clip made by ffmpeg, setpriv and setsid
run) packages="$packages mosquitto mosquitto-clients ffmpeg util-linux" ;;
# boto3 lives in a venv; a browser looks at the page; the unit is checked by systemd itself; the last three run the arm64
# kernels in an emulator
test) packages="$packages mosquitto mosquitto-clients ffmpeg util-linux python3 python3-venv systemd
    chromium chromium-driver shellcheck openssl binutils gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static" ;;
# a broker, pictures, and motion to compare with
gauntlet) packages="$packages mosquitto mosquitto-clients ffmpeg openssl python3 python3-venv motion" ;;
# brokers of others; none of them is started here
brokers) packages="$packages mosquitto mosquitto-clients ffmpeg openssl python3 python3-venv nats-server rabbitmq-server" ;;
# three nodes of one broker, and what shares the boxes out among them
cluster) packages="$packages mosquitto mosquitto-clients ffmpeg openssl python3 python3-venv rabbitmq-server haproxy" ;;
# browsers, which look at the page; the second one needs a screen
chromium) packages="$packages mosquitto mosquitto-clients ffmpeg openssl python3 python3-venv chromium chromium-driver" ;;
webkit) packages="$packages mosquitto mosquitto-clients ffmpeg openssl python3 python3-venv webkit2gtk-driver xvfb xauth" ;;
# a package, the cross kit, and an emulator in which an arm64 program says what its commands are
deb) packages="$packages python3 binutils xz-utils patchelf g++ qemu-user-static" ;;
# the same, and a broker, a clip and boto3 for the daemon in the emulator
arm) packages="$packages python3 python3-venv binutils patchelf g++ qemu-user-static mosquitto mosquitto-clients ffmpeg" ;;
# packages in clean systems of their own, those of another processor in an emulator
packages) packages="python3 mmdebstrap arch-test lintian qemu-user-static" ;;
# a machine of its own, with Debian's kernel
vm) packages="python3 mmdebstrap squashfs-tools busybox-static cpio kmod qemu-system-x86 gcc libc6-dev e2fsprogs" ;;
*)
    echo "bootstrap: \"$wanted\" is unknown; say build, check, fuzz, run, test, gauntlet, brokers, cluster, chromium, webkit, deb, arm, packages or vm" >&2
    exit 64
    ;;
esac

fail() {
    echo "bootstrap: $1" >&2
    exit 69
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

check_swift() {
    command -v swift >/dev/null ||
        fail "swift is missing; install Swift 6.3 for Debian 12 (https://www.swift.org/install/linux) and put it into PATH"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case $version in
    '') fail "\"swift --version\" says nothing that can be understood; is this toolchain whole?" ;;
    [0-5].* | 6.[0-2]) fail "Swift $version is too old; 6.3 or newer is needed" ;;
    esac
}

install_missing() {
    missing=
    for package in $packages; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0

    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "not root and no sudo; run as root: apt-get install$missing"
        as_root=sudo
    fi
    had_broker=no
    ! is_installed mosquitto || had_broker=yes
    echo "bootstrap: installing$missing"
    $as_root apt-get -qq update || fail "apt-get update failed; is the network there?"
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >/dev/null ||
        fail "apt-get could not install:$missing"
    [ "$had_broker" = yes ] || leave_no_broker_behind
}

# Debian starts a broker with the package. Nobody asked for that one: the demo and the tests start their own.
leave_no_broker_behind() {
    is_installed mosquitto && command -v systemctl >/dev/null || return 0
    if [ -d /run/systemd/system ]; then
        $as_root systemctl --quiet disable --now mosquitto.service
    else
        $as_root systemctl --quiet disable mosquitto.service
    fi || fail "the system's own mosquitto could not be switched off; see: systemctl status mosquitto"
    echo "bootstrap: the system's own mosquitto.service is switched off; to have it: systemctl enable --now mosquitto"
}

command -v apt-get >/dev/null ||
    fail "no apt-get here; this is made for Debian 12. Needed are: $(echo "$packages" | xargs)"
check_swift
install_missing
