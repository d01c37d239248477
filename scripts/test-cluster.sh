#!/bin/sh
# `make test-cluster`: boxes at a cluster of three brokers on this machine, of which one is killed and comes back. By hand: it
# takes ten minutes and ends what it started after twenty-five.
# Usage: scripts/test-cluster.sh [BOXES]     PORCHLIGHT_PROGRAM=FILE: that program instead of one that is built now
set -eu
cd "$(dirname "$0")/.."
[ -n "${PORCHLIGHT_PROGRAM:-}" ] || swift build -c release --product porchlight
scripts/python.sh
PORCHLIGHT_CLUSTER=1 PORCHLIGHT_CLUSTER_BOXES="${1:-200}" exec timeout --signal INT --kill-after 60 1500 \
    .venv/bin/python -m pytest -q -s Tests/e2e/test_cluster.py
