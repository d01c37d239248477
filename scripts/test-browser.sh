#!/bin/sh
# Builds the daemon and looks at its page in a real browser.
set -eu
cd "$(dirname "$0")/.."
swift build -c release --product porchlight
scripts/python.sh
# Not among the tests' own: only these tests need a browser.
.venv/bin/python -c 'import selenium, axe_core_python' 2>/dev/null ||
    .venv/bin/python -m pip install --quiet --disable-pip-version-check selenium axe-core-python
exec .venv/bin/python -m pytest -q -rs Tests/e2e/test_page*.py
