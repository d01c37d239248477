# Lines of a test in shell: what holds and what does not, with what was said. For sourcing; `failures` counts.
# shellcheck shell=bash
failures=0
said=$(mktemp)

# $1 what must hold, then the command that shows it.
holds() {
    local what=$1
    shift
    if "$@" >"$said" 2>&1; then echo "  ok      $what"; else fails "$what"; fi
}

# $1 what does not hold; the reason lies in `said`.
fails() {
    echo "  FAILED  $1" >&2
    sed 's/^/          /' "$said" >&2
    failures=$((failures + 1))
}

not() { ! "$@"; }
