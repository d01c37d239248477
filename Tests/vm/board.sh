# The README's section "On a board", command by command, by somebody who may use sudo, on a Debian that has no Porchlight yet; with
# a broker as config/mosquitto.example.conf has it.
mkdir /srv/doc
cp /usr/share/doc/porchlight/README.md /usr/share/doc/porchlight/config/mosquitto.example.conf /srv/doc/
holds "the package is removed" apt-get -qq -y purge porchlight
rm /etc/systemd/system/mosquitto.service
without_haste
modprobe vivid n_devs=1
useradd --create-home --shell /bin/bash anna
echo 'anna ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna
mkdir ~anna/.build
ln -s /srv/packages ~anna/.build/packages
# A login, as over SSH. $1 what is typed.
anna() { runuser --login anna --command "$1"; }
# At a terminal, with answers. $1 what is typed, then words of the question and the answer, in turns.
asked() {
    {
        printf 'set timeout 240\nspawn runuser --login anna --command {%s}\n' "$1"
        shift
        while [ $# -gt 1 ]; do
            printf 'expect timeout { exit 97 } eof { exit 98 } {%s}\nsend -- {%s}\nsend -- "\\r"\n' "$1" "$2"
            shift 2
        done
        printf 'expect timeout { exit 97 } eof\nexit [lindex [wait] 3]\n'
    } >/srv/asked
    expect -f /srv/asked
}

cp /srv/doc/mosquitto.example.conf /etc/mosquitto/conf.d/porchlight.conf
sed -n 's/^#   \(sudo .*\)/\1/p' /srv/doc/mosquitto.example.conf >/srv/broker
holds "the broker's example says what to do" test "$(wc -l </srv/broker)" -ge 3
while read -r command <&3; do
    case $command in
    *mosquitto_passwd*) holds "$command" asked "$command" "Password:" lantern "Reenter password:" lantern ;;
    *) holds "$command" anna "$command" ;;
    esac
done 3</srv/broker
as_user=(-h 127.0.0.1 -u porchlight -P lantern)
within "the broker runs" 60 mosquitto_pub "${as_user[@]}" -t hello -m there
holds "nobody comes in without the password" not mosquitto_pub -h 127.0.0.1 -t hello -m there

sed -n '/^## On a board/,/^## /p' /srv/doc/README.md | sed -n '/^```sh/,/^```/p' | sed '/^```/d; s/ *#.*//' >/srv/commands
holds "the README has commands" test "$(wc -l </srv/commands)" -ge 5
while read -r command <&3; do
    case $command in
    "make deb") ;; # the package has been made
    *"porchlight setup") holds "$command" asked "$command" "MQTT broker" localhost TLS n User porchlight Password lantern Camera 1 ;;
    *) holds "$command" anna "$command" ;;
    esac
done 3</srv/commands
holds "the service runs" systemctl is-active porchlight
holds "at every start of the box" systemctl is-enabled porchlight
holds "others cannot read the password" \
    test "$(stat -c %U:%G:%a /etc/porchlight/mqtt.password)" = root:porchlight:640
told() { timeout 5 mosquitto_sub "${as_user[@]}" -C 1 -W 3 -t "$1"; }
online() { [ "$(told "porchlight/+/camera/$camera/status")" = online ]; }
camera=$(jq -r '.cameras | keys[0]' /etc/porchlight/porchlight.json)
within "the camera is online" 120 online
within "Home Assistant is told of the box" 60 told 'homeassistant/device/+/config'
holds "after the next login processors need no sudo" anna "porchlight processor list"
holds "what is plugged in is shown" anna "sudo -u porchlight porchlight cameras"
# It asks the daemon, which in the emulator now and then waits for a look.
within "with all options setup asks nothing" 240 anna "sudo porchlight setup --yes --broker 127.0.0.1 --user porchlight \
    --password-file /etc/porchlight/mqtt.password --camera /dev/video0"
within "and the camera is online again" 120 online
