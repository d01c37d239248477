#!/bin/sh
# Tries Porchlight with the real Home Assistant, in a Python environment of its own below .cache.
# Usage: scripts/test-home-assistant.sh [MINUTES]   (how long a quiet camera is watched; default 10)
# HOME_ASSISTANT_PYTHON names a Python 3.13.2 or later; HOME_ASSISTANT_VENV an environment that is there already.
set -eu

cd "$(dirname "$0")/.."
minutes=${1:-10}
python=${HOME_ASSISTANT_PYTHON:-python3.13}
venv=${HOME_ASSISTANT_VENV:-.cache/home-assistant}

fail() {
    echo "test-home-assistant: $1" >&2
    exit 1
}

[ -x "${PORCHLIGHT_PROGRAM:-.build/release/porchlight}" ] || fail "porchlight is not built; run make build first"
PATH=$PATH:/usr/sbin command -v mosquitto >/dev/null || fail "mosquitto is missing; install it with: apt-get install mosquitto"
command -v ffmpeg >/dev/null || fail "ffmpeg is missing; install it with: apt-get install ffmpeg"
if [ ! -x "$venv/bin/hass" ]; then
    "$python" -m venv "$venv" || fail "$python is missing; name a Python 3.13.2 or later in HOME_ASSISTANT_PYTHON"
    "$venv/bin/pip" install -q uv
    "$venv/bin/uv" pip install -q --python "$venv/bin/python" -r Tests/home-assistant/requirements.txt
fi
exec "$venv/bin/python" Tests/home-assistant/try_it.py --minutes "$minutes"
