#!/bin/sh
# Builds the daemon and looks at its page in a real browser.
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product porchlight
scripts/python.sh
exec .venv/bin/python -m pytest -q -rs Tests/e2e/test_page*.py
