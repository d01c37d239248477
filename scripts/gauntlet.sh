#!/bin/sh
# Builds the program and runs what takes long: gauntlet.sh breakages ROWS JOBS | endurance SECONDS SEED | brokers
set -eu
cd "$(dirname "$0")/.."
what=${1:?usage: gauntlet.sh breakages|endurance|brokers}
swift build -c release --product porchlight
scripts/python.sh
python=$PWD/.venv/bin/python
case $what in
breakages)
    # Single rows are for whoever mends them; the page has all.
    report=
    [ -n "${2:-}" ] || report="--report $PWD/docs/gauntlet.md"
    # shellcheck disable=SC2086 # a list of words
    cd Tests && exec "$python" -m gauntlet --only "${2:-}" --jobs "${3:-3}" $report
    ;;
endurance)
    cd Tests
    if [ -n "${3:-}" ]; then set -- --seconds "$2" --seed "$3"; else set -- --seconds "$2"; fi
    exec "$python" -m gauntlet.endurance "$@"
    ;;
brokers)
    # Beside the tests' own, so that a broker's needs never change what the tests run with.
    [ -x .cache/brokers/bin/amqtt ] || {
        mkdir -p .cache && "${PYTHON:-/usr/bin/python3}" -m venv .cache/brokers
        .cache/brokers/bin/python -m pip install --quiet --disable-pip-version-check amqtt
    }
    PATH=$PATH:$PWD/.cache/brokers/bin PORCHLIGHT_ALL_BROKERS=1 exec "$python" -m pytest -q -rs Tests/e2e/test_real_brokers.py
    ;;
esac
