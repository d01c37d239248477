#!/bin/bash
# `make run`: a broker of its own, the first camera or else a demo clip, and the events in this terminal.
#   PORCHLIGHT_CONFIG=FILE   use this config, and the broker that it names
#   PORCHLIGHT_MODEL=PATH    use this model
#   PORCHLIGHT_SOURCE=SOURCE use this source (v4l2:/dev/… or file:/…) instead of looking for a camera
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
run=$root/.cache/run
binary=${PORCHLIGHT_PROGRAM:-$root/.build/release/porchlight}
started=()

say() { echo "run: $1"; }

fail() {
    echo "run: $1" >&2
    exit 69
}

# Ends what this script started, and nothing else; the daemon came last and goes first.
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    local i
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        kill -TERM "${started[i]}" 2>/dev/null || true
        wait "${started[i]}" 2>/dev/null || true
    done
}
trap clean_up EXIT

# In a session of its own, so that Ctrl-C comes here first and things end in order; with us gone for whatever reason,
# the kernel ends it.
start() {
    setpriv --pdeathsig TERM setsid "$@" &
    started+=($!)
}

quoted() {
    case $1 in *[[:cntrl:]]*) fail "this path cannot be used: $1" ;; esac
    printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

choose_model() {
    model=$root/Models/default
    if [ -n "${PORCHLIGHT_MODEL:-}" ]; then
        model=$(realpath -e -- "$PORCHLIGHT_MODEL") || fail "no model at PORCHLIGHT_MODEL=$PORCHLIGHT_MODEL"
    fi
    say "model $model"
}

# The first camera for which the program would choose a format. The keys of its JSON come sorted, one a line.
first_camera() {
    "$binary" cameras --json 2>/dev/null | awk -F '"' '
        $2 == "choice" { is_usable = 1 }
        $2 == "source" { if (is_usable) { print $4; exit } is_usable = 0 }' || true
}

choose_source() {
    source=${PORCHLIGHT_SOURCE:-$(first_camera)}
    if [ -z "$source" ]; then
        [ .cache/demo.mp4 -nt scripts/demo-clip.sh ] || scripts/demo-clip.sh
        say "no usable camera found: playing the demo clip, in which a person and then a cat come by"
        source=file:$root/.cache/demo.mp4
    else
        say "source $source"
    fi
}

# The first port that our broker gets; the one before it belongs to somebody else.
start_broker() {
    local pid
    for port in $(seq 18830 18860); do
        printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\n' "$port" \
            >"$run/mosquitto.conf"
        start "$(command -v mosquitto || echo /usr/sbin/mosquitto)" -c "$run/mosquitto.conf" 2>"$run/mosquitto.log"
        pid=${started[-1]}
        for _ in $(seq 100); do
            if grep -q ' running$' "$run/mosquitto.log"; then
                say "broker on 127.0.0.1:$port (to listen in: mosquitto_sub -p $port -v -t '#')"
                return
            fi
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        unset 'started[-1]'
    done
    fail "mosquitto does not start: $(tail -n 1 "$run/mosquitto.log")"
}

free_api_port() {
    local candidate
    for candidate in $(seq 8710 8740); do
        (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || { echo "$candidate" && return; }
    done
    fail "no free port for the API between 8710 and 8740"
}

write_config() {
    local socket=$run/api.sock api
    api=$(free_api_port)
    # A socket's name has room for 107 bytes.
    if [ ${#socket} -le 107 ]; then socket=$(quoted "$socket"); else socket=null; fi
    config=$run/porchlight.json
    cat >"$config" <<JSON
{
  "deviceId": "porchlight-demo",
  "cameras": { "front-door": { "source": $(quoted "$source"), "loop": false, "pace": "realtime" } },
  "model": { "path": $(quoted "$model") },
  "mqtt": { "host": "127.0.0.1", "port": $port },
  "api": { "listen": "127.0.0.1:$api", "socket": $socket },
  "storage": { "directory": $(quoted "$run/storage"), "maxMegabytes": 64, "maxDays": 1 }
}
JSON
    say "config $config, API on http://127.0.0.1:$api"
}

# Before anything is installed and built: what nobody can do without.
if [ "${1:-}" = --only-check ]; then
    [ -n "${PORCHLIGHT_CONFIG:-}" ] || choose_model >/dev/null
    exit 0
fi

[ -x "$binary" ] || fail "$binary is not built; use: make run"
options=(--events)
if [ -n "${PORCHLIGHT_CONFIG:-}" ]; then
    config=$PORCHLIGHT_CONFIG
    [ -r "$config" ] || fail "PORCHLIGHT_CONFIG=$config cannot be read"
    say "config $config"
else
    rm -rf "$run"
    mkdir -p "$run"
    choose_model
    choose_source
    start_broker
    write_config
    case $source in file:*) options+=(--until-clips-end) ;; esac
fi

case " ${options[*]} " in
*" --until-clips-end "*) say "starting; it ends with the clip, or with Ctrl-C" ;;
*) say "starting; Ctrl-C ends it" ;;
esac
start "$binary" run --config "$config" "${options[@]}"
daemon=${started[-1]}
interrupted=no
trap 'interrupted=yes; kill -TERM "$daemon" 2>/dev/null || true' INT TERM HUP

# `wait` returns early when a signal came: the daemon is then still on its way out.
status=0
wait "$daemon" || status=$?
while kill -0 "$daemon" 2>/dev/null; do
    status=0
    wait "$daemon" || status=$?
done
if [ "$interrupted" = yes ]; then say "ended"; fi
exit "$status"
