# Two cameras of one name, as two webcams of one model are: both are seen, and both come back.
modprobe vivid n_devs=2 node_types=0x1,0x1
udevadm settle
start_broker
configure left /dev/video0 right /dev/video1
systemctl start porchlight
within "the first is online" 120 is camera/left/status online
within "the second is online" 120 is camera/right/status online
holds "both have one name" test "$(cat /sys/class/video4linux/video?/name | sed 's/-[0-9]*-.*//' | sort -u | wc -l)" -eq 1
holds "the list tells both apart" test "$(porchlight cameras | grep -c /dev/video)" -ge 2
# Both are of one device in this driver.
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
within "pulled out, the first is away" 60 is camera/left/status offline
within "and the second" 60 is camera/right/status offline
echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
within "the first is back" 60 is camera/left/status online
within "the second is back" 60 is camera/right/status online
