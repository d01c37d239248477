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
