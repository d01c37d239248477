# What the tests in the machine share; stands before each of them, and scripts/holds.sh before it.
# shellcheck disable=SC2154 # said and failures are of scripts/holds.sh
set -u
# Until a command succeeds. $1 what is waited for, $2 seconds at most, then the command.
within() {
    local what=$1 seconds=$2 end
    shift 2
    end=$((SECONDS + seconds))
    until "$@" >"$said" 2>&1; do
        if [ $SECONDS -ge "$end" ]; then
            fails "within $seconds s: $what"
            return 1
        fi
        sleep 0.5
    done
    echo "  ok      $what"
}

# Of the unit's watchdog, for tests that are about something else: a look, or a face, takes seconds here.
without_haste() {
    mkdir -p /etc/systemd/system/porchlight.service.d
    printf '[Service]\nWatchdogSec=300\n' >/etc/systemd/system/porchlight.service.d/emulator.conf
    systemctl daemon-reload
}

# It keeps sessions and retained states while it is away.
start_broker() {
    printf 'listener 1883 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location /tmp/\n' >/tmp/mosquitto.conf
    mosquitto -c /tmp/mosquitto.conf -d
}

# A config for these cameras: NAME PATH NAME PATH …
configure() {
    local cameras=() mask
    while [ $# -gt 1 ]; do
        cameras+=("\"$1\": { \"source\": \"v4l2:$2\", \"width\": 640, \"height\": 360, \"fps\": 5 }")
        shift 2
    done
    mask=$(
        IFS=,
        echo "${cameras[*]}"
    )
    printf '{ "deviceId": "vm", "cameras": { %s }, "mqtt": { "host": "127.0.0.1" } }\n' "$mask" >/etc/porchlight/porchlight.json
}

# The retained payload of a topic below the box.
retained() { timeout 5 mosquitto_sub -h 127.0.0.1 -C 1 -W 3 -t "porchlight/vm/$1"; }
is() { [ "$(retained "$1")" = "$2" ]; }
restarted_after() { [ "$(retained health | jq -r .lastRestart)" = "$1" ]; }
state_of() { systemctl show porchlight -p "$1" --value; }
is_state() { [ "$(state_of "$1")" = "$2" ]; }
log() { journalctl -u porchlight --no-pager -o cat; }
# Shows the newest lines where they lack the words.
has_logged() { log | grep -q "$1" || { log | tail -n 25 && false; }; }
descriptors() { find "/proc/$(state_of MainPID)/fd" -mindepth 1 | wc -l; }
# Ends this boot by a command; the host starts the machine again. What failed until now ends the test.
boot_again() {
    [ "$failures" -eq 0 ] || exit 1
    echo "  --      $*"
    sync -f /test/said
    touch /test/again
    "$@"
    sleep infinity
}
finish() { exit $((failures > 0)); }
trap finish EXIT
