#!/usr/bin/env bash
# Makes the machine that `make test-vm` boots, in .cache/vm: Debian's kernel, a small Debian with systemd, mosquitto and the
# package, and what mounts it.
# Usage: scripts/vm/build.sh PACKAGE     Does nothing when the package was built in before.
# Needs: root (mmdebstrap), scripts/bootstrap.sh vm
# shellcheck disable=SC2016 # what is in single quotes is for apt or the shell of the machine
set -euo pipefail
cd "$(dirname "$0")/../.."

package=$(realpath "${1:?usage: build.sh PACKAGE}")
. scripts/debian.sh
release=$(release_of "$package")
glue=$PWD/Tests/vm
mkdir -p .cache/vm && cd .cache/vm
stamp=$(cat "$package" "$glue"/machine/* "$OLDPWD"/scripts/{vm/build,debian,demo-clip}.sh | sha256sum | cut -d' ' -f1)
[ "$(cat stamp 2>/dev/null)" != "$stamp" ] || exit 0
rm -f stamp

# --- The kernel: as an ELF file, which qemu starts without decompressing it in the slow machine.
if [ ! -e kernel ]; then
    echo "vm: fetching Debian's kernel"
    image=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
    rm -rf unpacked && mkdir unpacked
    (cd unpacked && apt-get -qq -o APT::Sandbox::User=root download "$image" && dpkg-deb -x ./*.deb . && rm ./*.deb)
    python3 - unpacked/boot/vmlinuz-* <<'PYTHON'
import lzma, pathlib, sys
image = pathlib.Path(sys.argv[1]).read_bytes()
pathlib.Path("kernel").write_bytes(lzma.LZMADecompressor().decompress(image[image.find(b"\xfd7zXZ\0"):]))
PYTHON
    depmod -b unpacked "$(ls unpacked/lib/modules)"
fi
version=$(ls unpacked/lib/modules)
modules=lib/modules/$version

# --- Debian with the package
echo "vm: making a $release with $(basename "$package")"
site=$(debian_site)
rm -rf root
mmdebstrap --quiet --mode=root --variant=minbase --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include=systemd-sysv,udev,dbus,kmod,procps,v4l-utils,mosquitto,mosquitto-clients,jq,curl,sudo,expect \
    --customize-hook="copy-in $package /var/tmp" \
    --customize-hook='chroot "$1" apt-get -qq -y --no-install-recommends install /var/tmp/'"$(basename "$package")" \
    "$release" root "$site" >log 2>&1 || { tail -n 20 log >&2 && exit 1; }
rm -rf root/var/lib/apt/lists/* root/var/cache/apt/*.bin root/var/tmp/*
# For the tests: the package as it is made, newer and older ones, and somebody who comes by.
(cd "$OLDPWD" && scripts/demo-clip.sh)
mkdir root/srv/packages
cp "$package" root/srv/packages/
renumbered "$package" "$(dpkg-deb -f "$package" Version).1" root/srv/newer.deb
renumbered "$package" 0.0.1-1 root/srv/older.deb
cp ../demo.mp4 ../photos/astronaut.png root/srv/
mkdir -p "root/$modules"
(cd unpacked && find "$modules"/kernel/{drivers/media,drivers/usb/{core,common,host,gadget},drivers/virtio,drivers/block,drivers/char,fs/{9p,netfs,overlayfs,squashfs,fscache},net/9p,lib,crypto} \
    -name '*.ko' 2>/dev/null | cpio --quiet -pdm ../root && cp "$modules"/modules.{order,builtin,builtin.modinfo} "../root/$modules/")
depmod -b root "$version"
install -m 755 "$glue/machine/run-test" root/usr/sbin/run-test
gcc -O2 -Wall -Wextra -static -o root/usr/bin/webcam "$glue/machine/webcam.c" -lpthread
install -m 644 "$glue/machine/run-test.service" root/etc/systemd/system/run-test.service
mkdir -p root/etc/systemd/system/basic.target.wants root/test
ln -sf ../run-test.service root/etc/systemd/system/basic.target.wants/run-test.service
echo virtio_console >root/etc/modules-load.d/test.conf
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer getty@tty1.service mosquitto.service; do
    ln -sf /dev/null "root/etc/systemd/system/$unit"
done
# The tests start it when its config is there.
rm -f root/etc/systemd/system/multi-user.target.wants/porchlight.service
echo vm >root/etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 vm\n' >root/etc/hosts
: >root/etc/fstab
echo 0123456789abcdef0123456789abcdef >root/etc/machine-id
rm -f root.sqfs
mksquashfs root root.sqfs -comp lz4 -noappend -quiet -no-progress -no-xattrs

# --- What mounts it
rm -rf start && mkdir -p start/{bin,dev,proc,sys,lower,upper,system,modules}
cp /bin/busybox start/bin/
for module in virtio_blk virtio_pci squashfs overlay ext4 9p 9pnet_virtio; do
    modprobe -d unpacked -S "$version" --show-depends "$module"
done | awk '/^insmod/ && !seen[$2]++ { print $2 }' | while read -r file; do
    cp "$file" start/modules/ && basename "$file" >>start/modules/order
done
install -m 755 "$glue/machine/init" start/init
(cd start && find . | cpio --quiet -o -H newc >../start.cpio)
echo "$stamp" >stamp
