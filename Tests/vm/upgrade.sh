# A new package while the daemon runs and tells: settings, faces and what still waits for the broker are kept; an older package is
# refused and changes nothing; removing ends the service.
without_haste
start_broker
modprobe vivid n_devs=1
configure door /dev/video0
systemctl start porchlight
within "the camera is online" 120 is camera/door/status online
settings_are() { porchlight processor describe door --json | jq -e '.Settings.ConnectedHome.MinConfidence == 41'; }
mosquitto_pub -h 127.0.0.1 -q 1 -t porchlight/vm/processor/door/settings/set \
    -m '{"SettingsForUpdate": {"ConnectedHomeForUpdate": {"MinConfidence": 41}}}'
within "it takes a setting" 60 settings_are
# While a camera is looked at, the emulator has no time for a face.
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
within "and a face" 120 porchlight faces add anna /srv/astronaut.png
# Somebody comes by.
jq '.cameras.door = { "source": "file:/srv/demo.mp4", "pace": "full" }' /etc/porchlight/porchlight.json >/srv/config
cp /srv/config /etc/porchlight/porchlight.json
systemctl restart porchlight
within "it runs" 120 is status online

# A listener whose session the broker keeps.
keeper=(-h 127.0.0.1 -i keeper -c -q 1 -t porchlight/vm/processor/door/event)
holds "somebody listens" mosquitto_sub "${keeper[@]}" -E
pkill mosquitto
# $1 events at least wait for the broker.
waiting() { porchlight debug dump --json | jq -e ".queues.outbox.waiting >= $1"; }
within "without a broker an event waits" 600 waiting 1
waited=$(porchlight debug dump --json | jq .queues.outbox.waiting) daemon=$(state_of MainPID)
holds "an older package is refused" not apt-get -qq -y --allow-downgrades install /srv/older.deb
holds "and leaves the daemon alone" is_state MainPID "$daemon"
holds "a newer one is installed" apt-get -qq -y -o Dpkg::Options::=--force-confold install /srv/newer.deb
newer() { [ "$(state_of MainPID)" != "$daemon" ] && is_state ActiveState active; }
within "its daemon takes the place of the old one" 120 newer
holds "which was stopped, not killed" has_logged 'after="\?stopped'
holds "one daemon runs" test "$(pgrep -c -x porchlight)" -eq 1
within "what waited is kept" 60 waiting "$waited"
start_broker
mosquitto_sub "${keeper[@]}" -C 1 -W 180 >/srv/event
holds "and is told: $(jq -c '[.time, .label, .replayed]' /srv/event)" jq -e .replayed /srv/event
within "the setting is there" 120 settings_are
knows_anna() { porchlight faces list | grep anna; }
holds "the face is known" knows_anna

holds "it is removed" apt-get -qq -y remove porchlight
within "the broker says that the box is away" 30 is status offline
holds "no daemon is left" not pgrep -x porchlight
holds "what was stored stays" test -e /var/lib/porchlight -a -e /etc/porchlight/porchlight.json
holds "the same package finds it again" apt-get -qq -y install /srv/newer.deb
holds "and starts" systemctl restart porchlight
within "with its setting" 120 settings_are
holds "and its face" knows_anna
