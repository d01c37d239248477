# What the driver vivid can break: the picture's flag, the queue, the start of the stream. Each is over in seconds.
modprobe vivid n_devs=1
start_broker
configure door /dev/video0
systemctl start porchlight
within "the camera is online" 120 is camera/door/status online
set_control() { v4l2-ctl -d /dev/video0 --set-ctrl "$1"; }
for fault in inject_v4l2_buf_flag_error=1 inject_vidioc_qbuf_error=1 inject_fatal_streaming_error=1; do
    set_control "$fault"
    sleep 5
    within "after $fault it is online" 90 is camera/door/status online
done
set_control percentage_of_dropped_buffers=50
sleep 10
holds "with half of the pictures lost it stays online" is camera/door/status online
set_control percentage_of_dropped_buffers=0
holds "it is the same process all the time" is_state NRestarts 0
