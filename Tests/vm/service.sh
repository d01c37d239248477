# The unit as the package brings it: cameras in its sandbox, notify, a kill, a process that stands still, memory.
modprobe vivid n_devs=1
start_broker
configure door /dev/video0
holds "the service starts and says when it is ready" systemctl start porchlight
within "the camera is online in the sandbox, by the group video" 120 is camera/door/status online
holds "the process is not root" test "$(stat -c %U "/proc/$(state_of MainPID)")" = porchlight
holds "users are the unit's own" is_state PrivateUsers yes
holds "its memory is bounded" test "$(state_of MemoryMax)" -le $((320 << 20))
holds "check asks the daemon and blames nobody" porchlight check
holds "threads' ranks fill no journal" not has_logged "thread priority"

systemctl kill -s KILL porchlight
within "killed, it is started again" 60 is_state NRestarts 1
within "the next start knows that it was killed" 120 has_logged 'after="\?crashed'
within "and watches" 120 is camera/door/status online

systemctl kill -s STOP porchlight
within "standing still, systemd's watchdog starts it again" 240 is_state NRestarts 2
within "the next start knows that it stood still" 120 has_logged 'after="\?hung'
within "and it watches" 120 is camera/door/status online

began=$SECONDS
systemctl stop porchlight
holds "it stops within the unit's limit" test $((SECONDS - began)) -le 15
holds "cleanly" is_state Result success
within "the broker says that the box is away" 10 is status offline
