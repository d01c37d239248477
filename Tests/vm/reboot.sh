# A box that is rebooted, and one whose power is cut: it watches again by itself, with the settings that it was given.
# boots: this root remembers.
boot=$(($(cat /var/boots 2>/dev/null || echo 0) + 1))
echo "$boot" >/var/boots
settings_are() { [ "$(retained processor/door/settings | jq .minConfidence)" = "$1" ]; }
set_confidence() {
    mosquitto_pub -h 127.0.0.1 -q 1 -t porchlight/vm/processor/door/settings/set \
        -m "{\"SettingsForUpdate\": {\"ConnectedHomeForUpdate\": {\"MinConfidence\": $1}}}"
    within "it takes a setting: $1" 60 settings_are "$1"
}
start_broker
case $boot in
1)
    echo vivid >/etc/modules-load.d/vivid.conf
    echo options vivid n_devs=1 >/etc/modprobe.d/vivid.conf
    modprobe vivid
    configure door /dev/video0
    holds "the service is for every boot" systemctl enable --now porchlight
    within "the camera is online" 120 is camera/door/status online
    set_confidence 61
    boot_again systemctl reboot
    ;;
2)
    within "after a reboot it watches by itself" 180 is camera/door/status online
    within "it knows that it was stopped" 120 restarted_after stopped
    holds "the setting is there" settings_are 61
    set_confidence 62
    # As a power cut does: nothing is written, nobody is asked.
    echo 1 >/proc/sys/kernel/sysrq
    boot_again eval "echo b >/proc/sysrq-trigger"
    ;;
3)
    within "after a power cut it watches by itself" 180 is camera/door/status online
    within "it knows that its power was cut" 120 restarted_after "power cut or reset"
    holds "a setting of the last second is there" settings_are 62
    ;;
esac
