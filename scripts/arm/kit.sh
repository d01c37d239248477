#!/usr/bin/env bash
# Makes a kit that builds whole Swift programs for another Debian: another processor (arm64), or another release. It is made
# of Debian's packages alone, runs beside the toolchain of this machine and changes nothing of it.
# Usage: scripts/arm/kit.sh [ARCH] [SUITE]     ARCH arm64 (default) or amd64, SUITE bookworm (default) or trixie
#
# The kit lies in .cache/kit/ARCH-SUITE (3 GB, the larger part is shared between kits):
#   build ...        as `swift build`, for ARCH; takes --static-swift-stdlib
#   emulate PROG ... runs a program of ARCH; QEMU_CPU=cortex-a53 (no dot products, no LSE), cortex-a76, max: which one
#   cc ...           the C compiler for ARCH
#   shlibs           which package of SUITE has which shared library, for the field Depends
#   swift_static     Swift's static libraries for ARCH
# The compiler is Debian sid's `swiftlang`, whose packages for amd64 and arm64 have Foundation, Dispatch and Testing. It
# needs a newer libc than Debian 12 has, so that its programs are given sid's own.
# Needs: scripts/bootstrap.sh deb
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/debian.sh

arch=${1:-arm64} suite=${2:-bookworm}
case $arch in
arm64) triple=aarch64-linux-gnu processor=aarch64 ;;
amd64) triple=x86_64-linux-gnu processor=x86_64 ;;
*) echo "kit: no processor \"$arch\"; say arm64 or amd64" >&2 && exit 64 ;;
esac
case $suite in
bookworm) gcc=12 ;;
trixie) gcc=14 ;;
*) echo "kit: no release \"$suite\"; say bookworm or trixie" >&2 && exit 64 ;;
esac
[ "$(dpkg --print-architecture)" = amd64 ] ||
    { echo "kit: it is made for a machine with amd64; on $(dpkg --print-architecture) build natively" >&2 && exit 69; }

mkdir -p .cache/kit
shared=$(realpath .cache/kit)
kit=$shared/$arch-$suite
# The kits hold the names of their folders: in a folder that was moved, all but what apt fetched is made anew.
if [ "$(cat "$shared/place" 2>/dev/null)" != "$shared" ]; then
    rm -rf "$shared/toolchain" "$shared/toolchain-libs" "$shared"/swift-* "$shared"/*/complete
    echo "$shared" >"$shared/place"
fi
if [ -e "$kit/complete" ] && [ "$kit/complete" -nt scripts/arm/kit.sh ]; then exit 0; fi
began=$SECONDS
say() { echo "kit: $((SECONDS - began)) s: $*"; }

# What the program is linked with, and libstdc++ for Swift's runtime.
libraries="libc6-dev libgcc-$gcc-dev libstdc++-$gcc-dev zlib1g-dev libavcodec-dev libavformat-dev libavutil-dev
    libswscale-dev libopenblas-pthread-dev libv4l-dev libmosquitto-dev libssl-dev libsqlite3-dev libcurl4-openssl-dev"

# An apt of its own: another release and processor, nothing installed. $1 its name, $2 release, $3 processor.
apt_of() {
    local folder=$shared/apt/$1 site
    site=$(debian_site)
    mkdir -p "$folder"/{lists/partial,cache/archives/partial,alone}
    : >"$folder/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $2 main" >"$folder/sources.list"
    cat >"$folder/apt.conf" <<END
Dir::State "$folder"; Dir::State::status "$folder/status"; Dir::Cache "$folder/cache"; Debug::NoLocking "true";
Dir::Etc::sourcelist "$folder/sources.list"; Dir::Etc::sourceparts "/dev/null"; Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null"; APT::Architecture "$3"; APT::Architectures {"$3";}; APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false"; Acquire::Languages "none"; Acquire::Check-Valid-Until "false";
END
    APT_CONFIG=$folder/apt.conf apt-get -qq update
}
# Packages with everything that they depend on. $1 which apt.
get_with_dependencies() {
    APT_CONFIG=$shared/apt/$1/apt.conf apt-get -qq -y --download-only install "${@:2}" >/dev/null
}
get_alone() { (cd "$shared/apt/$1/alone" && APT_CONFIG=$shared/apt/$1/apt.conf apt-get -qq download "${@:2}"); }
unpack() { for package in "$shared/apt/$1"/cache/archives/*.deb; do dpkg-deb -x "$package" "$2"; done; }
swift_version() { dpkg-deb -f "$shared/apt/$1"/alone/swiftlang_*.deb Version; }
# The libraries that a package names in Depends, without Python and the editor that only the debugger uses.
linked_libraries() {
    for package in "$@"; do dpkg-deb -f "$package" Depends; done | tr ',' '\n' | sed -E 's/^ *([^ ]+).*/\1/' |
        grep '^\(lib\|zlib\)' | grep -v 'libpython\|libedit\|libswiftlang' | sort -u
}

# Sid's compiler for this machine. Nothing of it depends on what is built for.
make_toolchain() {
    say "the compiler"
    apt_of compiler sid amd64
    rm -f "$shared"/apt/compiler/alone/*.deb
    get_alone compiler swiftlang libswiftlang
    # shellcheck disable=SC2046 # a list of words
    get_with_dependencies compiler $(linked_libraries "$shared"/apt/compiler/alone/*.deb)
    rm -rf "$shared/toolchain" "$shared/toolchain-libs"
    mkdir "$shared/toolchain" "$shared/toolchain-libs"
    # Debugger, editor support and documentation stay outside: half of the package.
    dpkg-deb --fsys-tarfile "$shared"/apt/compiler/alone/swiftlang_*.deb | tar -x -C "$shared/toolchain" \
        --strip-components=4 --exclude='*lldb*' --exclude='*/clangd' --exclude='*ourcekit*' --exclude='*ourceKit*' \
        --exclude='*/docc*' --exclude='*wasm*' --exclude='*/swift/embedded' --exclude='*/swift_static' ./usr/libexec/swift
    dpkg-deb --fsys-tarfile "$shared"/apt/compiler/alone/libswiftlang_*.deb |
        tar -x -C "$shared/toolchain" --strip-components=4 ./usr/libexec/swift
    unpack compiler "$shared/toolchain-libs"
    local libs=$shared/toolchain-libs/usr/lib/x86_64-linux-gnu file
    for file in swift-frontend swift-driver swift-package swift-plugin-server clang-17 lld llvm-ar llvm-objcopy \
        llvm-objdump llvm-cov llvm-profdata; do
        [ -e "$shared/toolchain/bin/$file" ] || continue
        patchelf --set-interpreter "$libs/ld-linux-x86-64.so.2" "$shared/toolchain/bin/$file"
        echo "$shared/toolchain/bin/$file"
    done >"$shared/patched"
    { cat "$shared/patched" && find "$shared"/toolchain/lib/swift/{linux,pm,host} -name '*.so' -type f; } |
        while read -r file; do
            patchelf --force-rpath --set-rpath "$(patchelf --print-rpath "$file"):$libs" "$file"
        done
    rm "$shared/patched"
    swift_version compiler >"$shared/toolchain/version"
}

# Swift's libraries for the processor that is built for.
make_swift() {
    say "Swift's libraries for $arch"
    apt_of "swift-$arch" sid "$arch"
    rm -f "$shared/apt/swift-$arch"/alone/*.deb
    get_alone "swift-$arch" swiftlang libswiftlang
    [ "$(swift_version "swift-$arch")" = "$(cat "$shared/toolchain/version")" ] || {
        echo "kit: the compiler is $(cat "$shared/toolchain/version"), the libraries are $(swift_version "swift-$arch"):" \
            "remove .cache/kit and try again; while Debian builds a new version, try again tomorrow" >&2
        exit 69
    }
    local folder=$shared/swift-$arch
    rm -rf "$folder"
    mkdir "$folder"
    dpkg-deb --fsys-tarfile "$shared/apt/swift-$arch"/alone/swiftlang_*.deb | tar -x -C "$folder" --strip-components=5 \
        --exclude='*/host' --exclude='*/embedded' --exclude='*/swift/pm' \
        ./usr/libexec/swift/lib/swift ./usr/libexec/swift/lib/swift_static
    dpkg-deb --fsys-tarfile "$shared/apt/swift-$arch"/alone/libswiftlang_*.deb |
        tar -x -C "$folder" --strip-components=5 --exclude='*/host' ./usr/libexec/swift/lib/swift
    local part
    for part in swift swift_static; do ln -sfn ../../toolchain/lib/clang/17 "$folder/$part/clang"; done
    # Debian's modules for amd64 are of the vendor "pc", by which nobody asks for them.
    find "$folder" -name 'x86_64-pc-linux-gnu.*' | while read -r module; do
        ln -sfn "${module##*/}" "${module/x86_64-pc-linux-gnu/x86_64-unknown-linux-gnu}"
    done
}

# Packages as a root folder whose links stay inside. $1 which apt, $2 the folder.
make_root() {
    rm -rf "$2"
    mkdir "$2"
    unpack "$1" "$2"
    local folder link
    # Debian 12 has files in /lib still; amd64 has its loader in /lib64.
    for folder in bin lib lib64 sbin; do
        if [ -d "$2/$folder" ] && [ ! -L "$2/$folder" ]; then
            mkdir -p "$2/usr/$folder"
            cp -an "$2/$folder/." "$2/usr/$folder/"
            rm -rf "${2:?}/$folder"
        fi
        [ -e "$2/$folder" ] || ln -s "usr/$folder" "$2/$folder"
    done
    (cd "$2" && find . -type l -lname '/*') | while read -r link; do
        ln -sfn "$(cd "$2" && realpath -m --relative-to="$(dirname "$link")" ".$(readlink "$link")")" "$2/$link"
    done
}

# The libraries of the release that the program will run on.
make_kit() {
    say "the libraries of $suite for $arch"
    rm -rf "$kit"
    mkdir "$kit"
    apt_of "$arch-$suite" "$suite" "$arch"
    # shellcheck disable=SC2086 # a list of words
    get_with_dependencies "$arch-$suite" $libraries
    make_root "$arch-$suite" "$kit/sysroot"
    # Swift's shared libraries, which tests are linked with, need a newer libc than Debian 12 has.
    apt_of "$arch-newer" trixie "$arch"
    get_with_dependencies "$arch-newer" libc6 libstdc++6 libgcc-s1
    make_root "$arch-newer" "$kit/newer"
    local lib=$kit/sysroot/usr/lib/$triple name
    # Elsewhere update-alternatives makes these.
    for name in libblas.so.3 liblapack.so.3 libopenblas.so libopenblas.so.0; do
        [ -e "$lib/$name" ] || ln -s "openblas-pthread/$name" "$lib/$name"
    done
    cp "$lib/openblas-pthread/pkgconfig/openblas.pc" "$lib/pkgconfig/"
    sed -i "s#=/usr#=$kit/sysroot/usr#" "$lib"/pkgconfig/*.pc
    ln -sfn "../../../../swift-$arch/swift" "$kit/sysroot/usr/lib/swift"
    ln -sfn "../../../../swift-$arch/swift_static" "$kit/sysroot/usr/lib/swift_static"
    ln -sfn "../swift-$arch/swift_static" "$kit/swift_static"
    for name in "$shared/apt/$arch-$suite"/cache/archives/*.deb; do
        dpkg-deb -I "$name" shlibs 2>/dev/null || true
    done | grep -v '^udeb' | sort -u >"$kit/shlibs"
}

# The compilers with the folders of this kit.
make_commands() {
    local flags="" bundle=$kit/sdks/kit.artifactbundle
    cat >"$kit/cc" <<END
#!/bin/sh
exec $shared/toolchain/bin/clang --target=$triple --sysroot=$kit/sysroot -fuse-ld=lld -Wno-unused-command-line-argument "\$@"
END
    chmod +x "$kit/cc"
    if [ "$suite" = bookworm ]; then
        "$kit/cc" --driver-mode=g++ -O2 -fPIC -c scripts/arm/older-libc.cc -o "$kit/older-libc.o"
        flags=", \"-Xlinker\", \"$kit/older-libc.o\""
    fi
    mkdir -p "$bundle/kit"
    cat >"$bundle/info.json" <<END
{"schemaVersion": "1.0", "artifacts": {"kit": {"type": "swiftSDK", "version": "1", "variants": [{"path": "kit"}]}}}
END
    cat >"$bundle/kit/swift-sdk.json" <<END
{"schemaVersion": "4.0", "targetTriples": {"$processor-unknown-linux-gnu": {
    "sdkRootPath": "$kit/sysroot", "swiftResourcesPath": "$shared/swift-$arch/swift",
    "swiftStaticResourcesPath": "$shared/swift-$arch/swift_static", "toolsetPaths": ["toolset.json"]}}}
END
    cat >"$bundle/kit/toolset.json" <<END
{"schemaVersion": "1.0", "rootPath": "$shared/toolchain/bin",
 "swiftCompiler": {"extraCLIOptions":
    ["-use-ld=lld", "-no-toolchain-stdlib-rpath", "-Xclang-linker", "--sysroot=$kit/sysroot"$flags]},
 "cCompiler": {"extraCLIOptions": ["--sysroot=$kit/sysroot", "-fPIC"]},
 "cxxCompiler": {"extraCLIOptions": ["--sysroot=$kit/sysroot", "-fPIC"]}}
END
    cat >"$kit/build" <<END
#!/bin/sh
# As \`swift build\`, for $arch and $suite. Package manifests are programs too, which run here, with sid's libc.
libs=$shared/toolchain-libs/usr/lib/x86_64-linux-gnu
export PORCHLIGHT_ARCH=$arch PORCHLIGHT_KERNELS=.cache/kit/kernels PKG_CONFIG_PATH=$kit/sysroot/usr/lib/$triple/pkgconfig
# Swift 6.2 does not know the spelling that Swift 6.3 has. What did not change stays, so that it is not built again.
for file in Sources/KernelsBase/*.swift; do
    for target in KernelsBase KernelsDotProduct KernelsV3 KernelsV4 KernelsVNNI; do
        copy=\$PORCHLIGHT_KERNELS/\$target/\${file##*/}
        mkdir -p "\${copy%/*}"
        sed 's/@inline(always)/@inline(__always)/g' "\$file" >"\$copy.new"
        if cmp -s "\$copy.new" "\$copy"; then rm "\$copy.new"; else mv "\$copy.new" "\$copy"; fi
    done
done
exec $shared/toolchain/bin/swift-build --swift-sdks-path $kit/sdks --swift-sdk kit \\
    -Xbuild-tools-swiftc -Xlinker -Xbuild-tools-swiftc "--dynamic-linker=\$libs/ld-linux-x86-64.so.2" \\
    -Xbuild-tools-swiftc -Xlinker -Xbuild-tools-swiftc "-rpath=\$libs" "\$@"
END
    cat >"$kit/emulate" <<END
#!/bin/sh
if grep -q libswiftCore.so "\$1"; then root=$kit/newer; else root=$kit/sysroot; fi
exec qemu-$processor-static -L "\$root" \\
    -E "LD_LIBRARY_PATH=\$root/usr/lib/$triple:$shared/swift-$arch/swift/linux:$kit/sysroot/usr/lib/$triple" "\$@"
END
    chmod +x "$kit/build" "$kit/emulate"
}

[ -e "$shared/toolchain/version" ] || make_toolchain
[ -e "$shared/swift-$arch/swift_static/linux" ] || make_swift
make_kit
make_commands
touch "$kit/complete"
say "complete: .cache/kit/$arch-$suite"
