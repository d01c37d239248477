#!/bin/sh
# Adds up .cache/results into a last line "N passed, N failed"; ends with 1 when anything failed.
# Tests count one by one; so does each step that is not itself a list of tests.
set -eu
cd "$(dirname "$0")/../.cache/results" 2>/dev/null || {
    echo "tally: no results; run make test first" >&2
    exit 1
}
touch steps

# $1: attribute; sums it over the <testsuite> tags of every report, of which xunit's are the innermost.
sum() { cat ./*.xml 2>/dev/null | grep -o '<testsuite [^>]*>' | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }

tests=$(sum tests)
skipped=$(sum skipped)
failed=$(($(sum failures) + $(sum errors)))
step_passed=$(grep -c '^passed' steps || true)
step_failed=$(grep '^failed' steps | grep -c -v -E '^failed (swift|end-to-end|page|training) tests$' || true)
lists_passed=$(grep -c -E '^passed (swift|end-to-end|page|training) tests$' steps || true)
# A list that failed without naming a test has crashed.
lists_failed=$(grep -c -E '^failed (swift|end-to-end|page|training) tests$' steps || true)
if [ "$lists_failed" -gt 0 ] && [ "$failed" -eq 0 ]; then failed=$lists_failed; fi

passed=$((tests - skipped - $(sum failures) - $(sum errors) + step_passed - lists_passed))
failed=$((failed + step_failed))
if [ "$skipped" -gt 0 ]; then echo "$skipped skipped: their reasons are in the output above"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
