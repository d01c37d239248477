#!/bin/sh
# Makes .venv with what the tests in Python need; does nothing when it is there.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv/bin/python ] || "${PYTHON:-/usr/bin/python3}" -m venv .venv
cmp -s Tests/requirements.txt .venv/installed.txt && exit
echo "installing boto3, pytest, numpy, onnx, onnxruntime, selenium, axe and ruff into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
cp Tests/requirements.txt .venv/installed.txt
