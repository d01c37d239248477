# A USB webcam by the kernel's driver uvcvideo, pulled out while it streams and plugged in again: it is online again each time.
modprobe -a dummy_hcd gadgetfs uvcvideo
mkdir /run/gadget
plug_in() {
    mount -t gadgetfs gadgetfs /run/gadget
    webcam "$(find /run/gadget -type f)" &
    plugged=$!
}
pull_out() {
    kill -9 "$plugged"
    wait "$plugged" 2>/dev/null
    umount /run/gadget
}
camera() { find /dev/v4l/by-path -name '*usb*video-index0' | grep .; }
plug_in
within "the kernel has a webcam" 60 camera
start_broker
configure door "$(camera)"
systemctl start porchlight
within "the webcam is online" 120 is camera/door/status online
holds "the list has its name" test "$(porchlight cameras | grep -c 'Test Webcam')" -ge 1
before=$(descriptors)
for time in $(seq 20); do
    pull_out
    within "pulled out ($time)" 60 is camera/door/status offline || break
    plug_in
    within "back ($time)" 90 is camera/door/status online || break
done
holds "no descriptor is left behind: $before, then $(descriptors)" test "$(descriptors)" -le $((before + 2))
holds "it is the same process all the time" is_state NRestarts 0
