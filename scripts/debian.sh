# What several scripts ask of Debian; for sourcing.
# shellcheck shell=bash

# Where this machine's apt gets its packages.
debian_site() {
    # shellcheck disable=SC2016 # apt's own format
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n 1
}

# The release that a package of ours is for. $1 package.
release_of() {
    case $(dpkg-deb -f "$1" Version) in
    *+deb12) echo bookworm ;;
    *+deb13) echo trixie ;;
    *) echo "for which Debian is $1?" >&2 && return 64 ;;
    esac
}

# The same package with another version, packed in no time. $1 package, $2 version, $3 result.
renumbered() {
    local folder old
    folder=$(mktemp -d)
    old=$(dpkg-deb -f "$1" Version)
    dpkg-deb -R "$1" "$folder/tree"
    sed -i "s|^Version: .*|Version: $2|" "$folder/tree/DEBIAN/control"
    sed -i "s|$old|$2|g" "$folder/tree/DEBIAN/preinst"
    dpkg-deb --root-owner-group -Zgzip -z1 --build "$folder/tree" "$3" >/dev/null
    rm -rf "$folder"
}
