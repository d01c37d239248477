# A daemon that takes more memory than its unit allows: it alone is ended, starts again and says so. The bound is put below what
# it takes, since it does not grow.
modprobe vivid n_devs=1
start_broker
configure door /dev/video0
systemctl start porchlight
within "the camera is online" 120 is camera/door/status online
systemctl set-property --runtime porchlight MemoryMax=8M
within "over its bound it is ended" 60 is_state Result oom-kill
systemctl set-property --runtime porchlight MemoryMax=320M
within "and started again" 60 is_state NRestarts 1
within "the next start knows why the one before ended" 120 has_logged 'after="\?out of memory'
within "and it watches" 120 is camera/door/status online
within "health says so" 120 restarted_after "out of memory"
holds "the system's log has the reason" has_logged oom-kill
holds "the broker has lost nothing: it is another service" pgrep mosquitto
