#!/bin/sh
# Builds the daemon and looks at its page in a real browser: test-browser.sh chromium|webkit
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product porchlight
scripts/python.sh
case ${1:-chromium} in
chromium) exec .venv/bin/python -m pytest -q -rs Tests/e2e/test_page*.py ;;
# It has no screen of its own.
webkit)
    PORCHLIGHT_BROWSER=webkit exec xvfb-run --auto-servernum --server-args='-screen 0 1400x1000x24' \
        .venv/bin/python -m pytest -q -rs Tests/e2e/test_page*.py
    ;;
*)
    echo "test-browser: \"$1\" is unknown; say chromium or webkit" >&2
    exit 64
    ;;
esac
