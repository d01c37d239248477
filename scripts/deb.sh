#!/usr/bin/env bash
# Makes a Debian package in which Swift's runtime is inside: .build/packages/porchlight_VERSION_ARCH.deb.
# Usage: scripts/deb.sh [ARCH] [SUITE]     ARCH amd64 or arm64, SUITE bookworm or trixie; default: this machine's own
#
# For this machine's own processor and release its Swift builds; for others the kit that scripts/arm/kit.sh makes. One commit
# gives the same bytes in every folder (scripts/reproduce.sh): times, order and owners are those of the commit.
# Needs: scripts/bootstrap.sh deb
set -euo pipefail
cd "$(dirname "$0")/.."

own_arch=$(dpkg --print-architecture)
own_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
arch=${1:-$own_arch} suite=${2:-$own_suite}
case $suite in
bookworm) release=12 ;;
trixie) release=13 ;;
*) echo "deb: no release \"$suite\"; say bookworm or trixie" >&2 && exit 64 ;;
esac
case $arch in
amd64 | arm64) ;;
*) echo "deb: no processor \"$arch\"; say amd64 or arm64" >&2 && exit 64 ;;
esac
export LC_ALL=C.UTF-8 SWIFT_DETERMINISTIC_HASHING=1
umask 022
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
maintainer="Porchlight maintainers <maintainers@porchlight.invalid>"

scratch=$PWD/.build/deb/$arch-$suite
root=$scratch/root
mkdir -p "$scratch" .build/packages
if [ "$arch-$suite" = "$own_arch-$own_suite" ]; then
    build=(swift build)
    emulate=()
    shlibs() { cat /var/lib/dpkg/info/*:"$own_arch".shlibs; }
else
    scripts/arm/kit.sh "$arch" "$suite"
    kit=$PWD/.cache/kit/$arch-$suite
    build=("$kit/build")
    emulate=("$kit/emulate")
    shlibs() { cat "$kit/shlibs"; }
fi

# Swift writes the length of a source's path into code, even where the path itself is left out. So every build has its folder
# at one place, which only the build sees. Where the system does not allow that, the folder stays where it is.
place=/usr/src
apart=(unshare --mount)
[ "$(id -u)" = 0 ] || apart+=(--map-root-user)
if ! "${apart[@]}" mount --bind "$PWD" "$place" 2>/dev/null; then
    echo "deb: no mounts of its own here (unshare): the bytes will be those of this folder alone" >&2
    place=$PWD apart=(env)
fi
in_its_place() {
    # shellcheck disable=SC2016 # what is in single quotes is for the shell that sees the mount
    "${apart[@]}" sh -c '[ "$1" = "$2" ] || mount --bind "$1" "$2"; cd "$2" && shift 2 && exec "$@"' sh "$PWD" "$place" "$@"
}

# Every function has a section of its own, and symbols are not exported, so that the linker leaves out what nobody calls.
# It keeps equal functions once, packs the relocations, and leaves out the tables for exceptions of C++. No path of this
# machine gets into the program.
compile() {
    local flags
    flags=(-c release --static-swift-stdlib --scratch-path "$place/${scratch#"$PWD/"}/swift" -Xswiftc -gnone -Xswiftc -use-ld=lld
        -Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc "-ffile-prefix-map=$place=/porchlight"
        -Xlinker --no-export-dynamic -Xlinker --icf=all -Xlinker --build-id=sha1 -Xlinker -s
        -Xlinker -z -Xlinker pack-relative-relocs -Xlinker -z -Xlinker now
        -Xlinker "$PWD/scripts/deb/no_unwinding.ld" -Xlinker --no-eh-frame-hdr)
    in_its_place "${build[@]}" "${flags[@]}" --product porchlight "${JOBS[@]}"
    local bin
    bin=$(in_its_place "${build[@]}" "${flags[@]}" --show-bin-path)
    cp "$PWD${bin#"$place"}/porchlight" "$scratch/porchlight"
    # ICU's table of 800 languages would be most of the program.
    if grep -q 'icudt[0-9]' "$scratch/porchlight"; then
        echo "deb: ICU is linked: something imports the whole of Foundation, FoundationEssentials has to do" >&2 && exit 70
    fi
    # Without the tables it could not be caught.
    if readelf --dyn-syms -W "$scratch/porchlight" | grep -q __cxa_throw; then
        echo "deb: something that is linked throws an exception of C++: leave out scripts/deb/no_unwinding.ld" >&2 && exit 70
    fi
    patchelf --remove-rpath "$scratch/porchlight"
    scripts/deb/same_bytes.py "$scratch/porchlight"
    ln -sfn porchlight "$scratch/porchlight-notify"
}

# The packages that have the shared libraries which the program names.
dependencies() {
    readelf -d "$scratch/porchlight" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u |
        sed -E 's/^(.*)\.so\.(.*)$/\1 \2/; s/^(.*)-([0-9.]*)\.so$/\1 \2/' | while read -r name number; do
        shlibs | grep "^$name $number " | cut -d' ' -f3- | head -n 1 | grep . ||
            { echo "deb: no package of $suite is known to have $name.so.$number" >&2 && exit 70; }
    done | sort -u | paste -sd, | sed 's/,/, /g'
}

# 0.1.0 as it was released, or 0.1.0+git… for what came after it.
package_version() {
    local number
    number=$("${emulate[@]}" "$scratch/porchlight" --version)
    if grep -A2 '^## \[Unreleased\]' CHANGELOG.md | grep -q '^### '; then
        number+=+git$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M).$(git rev-parse --short=7 HEAD 2>/dev/null || echo 0)
    fi
    echo "$number-1+deb$release"
}

# Man pages and completion are what the program says of itself. `porchlight notify` has the page porchlight-notify by its name.
describe_commands() {
    local name day
    day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)
    mkdir -p "$root/usr/share/bash-completion/completions"
    "${emulate[@]}" "$scratch/porchlight" --experimental-dump-help >"$scratch/porchlight.json"
    scripts/deb/manual.py "$scratch/porchlight.json" "$root/usr/share/man/man1" "$version" "$day"
    for name in porchlight porchlight-notify; do
        "${emulate[@]}" "$scratch/$name" --generate-completion-script bash | sed 1d \
            >"$root/usr/share/bash-completion/completions/$name"
    done
    gzip -9n "$root"/usr/share/man/man1/*.1
}

describe_package() {
    local doc=$root/usr/share/doc/porchlight
    rm "$doc/LICENSE" "$doc/CONTRIBUTING.md" "$doc/ARCHITECTURE.md" # the licence is in `copyright`
    mv "$doc/CHANGELOG.md" "$doc/changelog"
    scripts/deb/changelog.py CHANGELOG.md "$version" "$suite" "$maintainer" "$SOURCE_DATE_EPOCH" \
        >"$doc/changelog.Debian"
    gzip -9n "$doc/changelog" "$doc/changelog.Debian"
    install -m 644 packaging/copyright "$doc/copyright"
    install -D -m 644 packaging/lintian-overrides "$root/usr/share/lintian/overrides/porchlight"
}

# What dpkg reads: control, maintainer scripts, conffiles, sums.
control_files() {
    local name needed
    mkdir "$root/DEBIAN"
    needed=$(dependencies)
    sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@MAINTAINER@|$maintainer|; s|@DEPENDS@|$needed|" \
        -e "s|@SIZE@|$(installed_kilobytes)|" packaging/control >"$root/DEBIAN/control"
    for name in preinst postinst prerm postrm; do
        sed "s|@VERSION@|$version|g" "packaging/$name" >"$root/DEBIAN/$name"
        chmod 755 "$root/DEBIAN/$name"
    done
    (cd "$root" && find etc -type f | sort | sed 's|^|/|' >DEBIAN/conffiles)
    (cd "$root" && find usr -type f | sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
}

# As Debian counts: every file in whole kilobytes, one for a folder or link. Not `du`, which depends on the file system.
installed_kilobytes() {
    find "$root" -mindepth 1 ! -path "$root/DEBIAN*" -printf '%y %s\n' |
        awk '{ sum += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print sum }'
}

# As `dpkg-deb --build`, but told which processor's programs it compresses: xz finds a tenth more in them then. Whoever reads
# xz reads that. $1 the root, $2 the package.
make_package() {
    local plain=$scratch/package tune
    case $arch in
    amd64) tune=(--x86 --lzma2=preset=9e) ;;
    arm64) tune=(--arm64 "--lzma2=preset=9e,lp=2,lc=2") ;;
    esac
    rm -rf "$plain"
    mkdir "$plain"
    dpkg-deb --root-owner-group -Znone --build "$1" "$plain/package.deb" >/dev/null
    (
        cd "$plain"
        ar x package.deb
        xz --threads=1 "${tune[@]}" data.tar
        xz --threads=1 -9 control.tar
        rm package.deb
        ar rcD package.deb debian-binary control.tar.xz data.tar.xz
    )
    mv "$plain/package.deb" "$2"
    rm -rf "$plain"
}

JOBS=(${JOBS:+--jobs "$JOBS"})
compile
version=$(package_version)
rm -rf "$root"
mkdir "$root"
make -s install BINARY="$scratch/porchlight" DESTDIR="$root" PREFIX=/usr >/dev/null
describe_commands
describe_package
control_files
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
rm -f .build/packages/porchlight_*+deb"${release}_$arch.deb"
package=.build/packages/porchlight_${version}_$arch.deb
make_package "$root" "$package"
echo "deb: $package: $(stat -c %s "$package") bytes, $(installed_kilobytes) kB installed"
sed -n 's/^Depends: /deb: needs /p' "$root/DEBIAN/control"
