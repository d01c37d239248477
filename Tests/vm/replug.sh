# A camera that is pulled out twenty times: it is online again each time, and no descriptor is left behind.
modprobe vivid n_devs=1
start_broker
configure door /dev/video0
systemctl start porchlight
within "the camera is online" 120 is camera/door/status online
before=$(descriptors)
for time in $(seq 20); do
    echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
    within "pulled out ($time)" 60 is camera/door/status offline || break
    echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
    within "back ($time)" 60 is camera/door/status online || break
done
holds "no descriptor is left behind: $before, then $(descriptors)" test "$(descriptors)" -le $((before + 2))
holds "it is the same process all the time" is_state NRestarts 0
