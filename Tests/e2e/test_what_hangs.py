"""A driver, a disk or a thread that does not come back: within seconds what is published says so, and what can go on does."""

import ctypes
import json
import os
import socket
import subprocess
import time

import pytest
from conftest import FAKE_CAMERA, ROOT, camera_frames, fake_camera, wait_for
from test_api_trouble import over_tcp
from test_states_cannot_lie import after_first

# Seconds: for the fault to come, the judge to be sure, and a busy machine.
WITHIN = 20


def watch(launch, toy, tmp_path, library, faults, cameras=None, **options):
    """A daemon with a fake camera `door`."""
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    door = {"source": f"v4l2:{FAKE_CAMERA}", "format": "MJPG", "width": 1280, "height": 720, "fps": 10}
    environment = {**fake_camera(library, frames, "MJPG", "1280x720", faults=faults), **options.pop("environment", {})}
    return launch(toy, {"door": door, **(cameras or {})}, environment=environment, **options)


def threads(daemon, name):
    """Ids of the daemon's threads of that name."""
    folder = f"/proc/{daemon.process.pid}/task"
    found = []
    for thread in os.listdir(folder):
        with open(f"{folder}/{thread}/comm") as comm:
            if comm.read().strip() == name:
                found.append(int(thread))
    return found


def status_message(daemon):
    return daemon.rekognition().describe_stream_processor(Name="door").get("StatusMessage", "")


class Manager:
    """What systemd would hear."""

    def __init__(self, folder):
        self.path = str(folder / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "2000000"}

    def heard(self):
        """All messages that came since the last call."""
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.mark.parametrize("fault", ["hang@50:25000", "stall@50,hangoff:25000", "eio@50,hangclose:25000"])
def test_a_driver_call_that_does_not_return_is_told_and_harms_no_other_camera(
    launch, listener, toy, tmp_path, fake_camera_library, fault
):
    manager = Manager(tmp_path)
    daemon = watch(
        launch, toy, tmp_path, fake_camera_library, fault,
        cameras={"yard": {"source": f"file:{toy.clip}", "loop": True}}, environment=manager.environment,
    )
    wait_for("the person is seen", lambda: "ON" in listener.texts("processor/door/person"), 30)
    # Its own and those of its decoder, which have its name.
    before = set(threads(daemon, "cam-door"))
    wait_for("the camera is offline", lambda: "offline" in after_first(listener.texts("camera/door/status"), "online"), WITHIN)
    wait_for("its visit is ended", lambda: [
        e for e in listener.events("ended") if e["reason"] == "camera_lost" and e["camera"] == "door"], 4)
    assert listener.last("processor/door/person") == "OFF"
    wait_for("the processor waits", lambda: listener.last("processor/door/status") == "STARTING", 4)
    reason = wait_for("the reason is told", lambda: json.loads(listener.last("camera/door/health"))["reason"], 4)
    assert "/dev/video42" in reason and "unplug" in reason and "restart the box" in reason, reason
    assert status_message(daemon) == reason
    status, health = over_tcp(daemon.port)
    assert status == 503 and any(reason in problem for problem in health["problems"]), health
    assert listener.last("camera/yard/status") == "online"
    manager.heard()
    time.sleep(3)
    heard = manager.heard()
    assert "WATCHDOG=1" in heard, "one camera is no reason to end all"
    assert any("unplug" in message for message in heard if message.startswith("STATUS=")), heard
    assert set(threads(daemon, "cam-door")) <= before, "never a second thread on the same device"
    wait_for("it comes back by itself", lambda: listener.last("camera/door/status") == "online", 40)
    wait_for("the processor runs again", lambda: listener.last("processor/door/status") == "RUNNING", 10)
    wait_for("all is well", lambda: over_tcp(daemon.port)[0] == 200, 5)


def test_a_driver_that_hangs_for_ever_does_not_keep_the_daemon_from_ending(
    launch, listener, toy, tmp_path, fake_camera_library
):
    daemon = watch(launch, toy, tmp_path, fake_camera_library, "hang@50")
    wait_for("the camera is offline", lambda: "offline" in after_first(listener.texts("camera/door/status"), "online"), 30)
    took = daemon.stop()
    assert daemon.process.returncode == 0
    assert took < 4, f"took {took:.1f} s"
    wait_for("offline", lambda: listener.last("test-box/status") == "offline", 5)
    assert listener.last("processor/door/person") == "OFF"


class StoppedThread:
    """One thread of a program stands still, as in a call that does not return: ptrace(2) stops it and nothing else."""

    seize, interrupt, detach = 0x4206, 0x4207, 17
    any_thread = 0x40000000

    def __init__(self, thread):
        self.thread = thread
        library = ctypes.CDLL(None, use_errno=True)
        library.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        library.ptrace.restype = ctypes.c_long
        self.library = library

    def call(self, request):
        if self.library.ptrace(request, self.thread, None, None) != 0:
            pytest.skip(f"ptrace is not allowed here: {os.strerror(ctypes.get_errno())}")

    def __enter__(self):
        self.call(self.seize)
        self.call(self.interrupt)
        os.waitpid(self.thread, self.any_thread)
        return self

    def __exit__(self, *_):
        if self.library.ptrace(self.detach, self.thread, None, None) != 0:
            # It has ended; its parent hears of that only when we have.
            os.waitpid(self.thread, self.any_thread | os.WNOHANG)


def test_an_analysis_that_stands_still_is_told_and_systemd_hears_no_more(launch, listener, toy, tmp_path):
    manager = Manager(tmp_path)
    daemon = launch(toy, environment=manager.environment)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    with StoppedThread(threads(daemon, "analysis")[0]):
        wait_for("nobody claims to look", lambda: listener.last("camera/door/status") == "offline", WITHIN)
        assert listener.last("/person") == "OFF"
        wait_for("the processor leaves RUNNING", lambda: listener.last("processor/door/status") == "STARTING", 4)
        assert "analysis" in json.loads(listener.last("camera/door/health"))["reason"]
        assert "analysis" in status_message(daemon)
        status, health = over_tcp(daemon.port)
        assert status == 503 and any("analysis" in problem for problem in health["problems"]), health
        manager.heard()
        time.sleep(3)
        heard = manager.heard()
        assert heard and "WATCHDOG=1" not in heard, heard
    wait_for("it looks again", lambda: listener.last("processor/door/status") == "RUNNING", 10)
    wait_for("the camera is online", lambda: listener.last("camera/door/status") == "online", 5)
    wait_for("the old visit is over", lambda: [e for e in listener.events("ended") if e["reason"] == "camera_lost"], 5)
    wait_for("a person is seen again", lambda: listener.last("/person") == "ON", 30)
    manager.heard()
    wait_for("systemd hears of it", lambda: "WATCHDOG=1" in manager.heard(), 5)


def test_a_thread_to_the_broker_that_stands_still_is_told_and_systemd_hears_no_more(launch, listener, toy, tmp_path):
    manager = Manager(tmp_path)
    daemon = launch(toy, environment=manager.environment)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    with StoppedThread(threads(daemon, "mqtt")[0]):
        status, health = wait_for("it is told", lambda: (
            found if (found := over_tcp(daemon.port))[0] == 503 else None), WITHIN)
        assert any("MQTT" in problem and "the broker hears nothing" in problem for problem in health["problems"]), health
        wait_for("the broker tells the will", lambda: listener.last("test-box/status") == "offline", WITHIN)
        manager.heard()
        time.sleep(3)
        heard = manager.heard()
        assert heard and "WATCHDOG=1" not in heard, heard
        assert daemon.rekognition().describe_stream_processor(Name="door")["Status"] == "RUNNING", "it goes on looking"
    wait_for("all is well", lambda: over_tcp(daemon.port)[0] == 200, 20)
    wait_for("it is online again", lambda: listener.last("test-box/status") == "online", 20)
    manager.heard()
    wait_for("systemd hears of it", lambda: "WATCHDOG=1" in manager.heard(), 5)


def test_an_analysis_that_stands_still_does_not_keep_the_daemon_from_ending(launch, listener, toy, tmp_path):
    daemon = launch(toy)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    with StoppedThread(threads(daemon, "analysis")[0]):
        began = time.monotonic()
        daemon.process.terminate()
        wait_for("the labels are off", lambda: listener.last("/person") == "OFF", 5)
        wait_for("the box is offline", lambda: listener.last("test-box/status") == "offline", 5)
        assert time.monotonic() - began < 5
    daemon.process.wait(5)


def test_a_disk_that_hangs_is_told_and_all_is_well_when_it_answers_again(launch, listener, toy, tmp_path):
    subprocess.run([ROOT / "Tests/FakeDisk/build.sh", tmp_path], check=True)
    flag = tmp_path / "disk-hangs"
    manager = Manager(tmp_path)
    disk = {"LD_PRELOAD": str(tmp_path / "libfakedisk.so"), "FAKE_DISK_HANG": str(flag), "FAKE_DISK_PATH": "porchlight.sqlite"}
    daemon = launch(toy, environment={**disk, **manager.environment})
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    flag.touch()
    wait_for("nobody claims to tell what is seen", lambda: listener.last("camera/door/status") == "offline", WITHIN + 15)
    wait_for("nobody is said to be there", lambda: listener.last("/person") == "OFF", 4)
    wait_for("the processor leaves RUNNING", lambda: listener.last("processor/door/status") == "STARTING", 4)
    assert "disk" in json.loads(listener.last("camera/door/health"))["reason"]
    status, health = over_tcp(daemon.port)
    assert status == 503 and any("disk" in problem for problem in health["problems"]), health
    manager.heard()
    time.sleep(3)
    assert "WATCHDOG=1" not in manager.heard()
    flag.unlink()
    wait_for("it runs again", lambda: listener.last("processor/door/status") == "RUNNING", 20)
    wait_for("a person is seen again", lambda: listener.last("/person") == "ON", 30)
    assert over_tcp(daemon.port)[0] == 200
    flag.touch()
    took = daemon.stop()
    flag.unlink()
    assert took < 5.5, f"took {took:.1f} s"
    assert listener.last("/person") == "OFF" and listener.last("test-box/status") == "offline"
