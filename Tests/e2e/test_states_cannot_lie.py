"""After restarts, crashes, lost brokers and unplugged cameras, what is published is true."""

import json
import signal
import socket
import time

import pytest
from conftest import FAKE_CAMERA, Listener, camera_frames, fake_camera, wait_for


def test_sigterm_ends_within_two_seconds_with_everything_off(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    took = daemon.stop()
    assert daemon.process.returncode == 0
    assert took < 2.0, f"took {took:.2f} s"
    wait_for("offline", lambda: listener.last("test-box/status") == "offline", 5)
    assert listener.last("/person") == "OFF"
    assert listener.last("camera/door/status") == "offline"
    assert listener.events("ended")[-1]["reason"] == "shutdown"


@pytest.mark.parametrize("hangs", ["request", "broker", "both"])
def test_sigterm_ends_before_systemd_kills_whatever_hangs(launch, broker, listener, toy, hangs):
    daemon = launch(toy)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(daemon.folder / "api.sock"))
        if hangs != "broker":
            # Its body never comes whole.
            slow.sendall(
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
                b"X-Amz-Target: RekognitionService.ListStreamProcessors\r\nContent-Length: 100000\r\n\r\n{"
            )
            time.sleep(0.3)
        if hangs != "request":
            broker.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        took = daemon.stop()
    assert took < 4.9, f"took {took:.2f} s"
    assert daemon.process.returncode == 0
    if hangs != "request":
        broker.process.send_signal(signal.SIGCONT)
    wait_for("offline", lambda: listener.last("test-box/status") == "offline", 15)
    if hangs == "request":
        assert listener.last("/person") == "OFF"
        assert listener.events("ended")[-1]["reason"] == "shutdown"
        off = next(at for at, topic, payload, _ in reversed(listener.messages) if topic.endswith("test-box/status"))
        assert off - began < 2.0, "the ends are told before the slow request is over"


def test_a_crash_in_the_middle_of_a_visit_is_told_after_the_restart(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    visit = wait_for("the visit is published", lambda: listener.events("started"))[-1]["id"]
    daemon.kill()
    wait_for("the will speaks", lambda: listener.last("test-box/status") == "offline", 10)
    daemon.start()
    wait_for("it is back", lambda: listener.last("test-box/status") == "online", 20)
    topics = [(topic, payload) for _, topic, payload, _ in listener.messages]
    off = max(i for i, (topic, payload) in enumerate(topics) if topic.endswith("/person") and payload == b"OFF")
    online = max(i for i, (topic, payload) in enumerate(topics) if topic.endswith("test-box/status"))
    assert off < online, "OFF must be published before online"
    ended = wait_for("the visit is ended", lambda: [e for e in listener.events("ended") if e["id"] == visit], 10)
    assert [event["reason"] for event in ended] == ["restart"]


def test_processors_survive_a_restart(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    region = {"Polygon": [{"X": 0, "Y": 0}, {"X": 1, "Y": 0}, {"X": 0.5, "Y": 1}]}
    client.update_stream_processor(
        Name="door",
        SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PERSON", "PET"], "MinConfidence": 61.5}},
        RegionsOfInterestForUpdate=[region],
    )
    daemon.kill()
    daemon.start()
    wait_for("it is back", lambda: listener.last("test-box/status") == "online", 20)
    after = wait_for("the API answers", lambda: described(daemon))
    assert after["Settings"]["ConnectedHome"]["Labels"] == ["PERSON", "PET"]
    assert after["Settings"]["ConnectedHome"]["MinConfidence"] == pytest.approx(61.5, abs=1e-4)
    assert after["RegionsOfInterest"] == [region]
    wait_for("it runs again", lambda: described(daemon)["Status"] == "RUNNING")


def described(daemon):
    try:
        return daemon.rekognition().describe_stream_processor(Name="door")
    except Exception:  # noqa: BLE001 - the daemon is just starting
        return None


def test_a_broker_that_is_away_at_the_start_and_later_is_found_and_told_everything(launch, broker, toy):
    broker.kill()
    daemon = launch(toy)
    wait_for("the API answers without a broker", lambda: described(daemon))
    broker.start()
    listener = Listener(broker.port)
    wait_for("online", lambda: listener.last("test-box/status") == "online", 70)
    wait_for("a visit", lambda: listener.events("started"), 40)
    listener.close()
    broker.kill()
    broker.start()
    late = Listener(broker.port)
    wait_for("a broker that forgot everything is whole again", lambda: late.last("test-box/status") == "online", 20)
    assert late.last("camera/door/status") == "online"
    assert late.last("processor/door/settings")
    assert late.last("/pet") == "OFF"
    late.close()


def test_an_unplugged_camera_is_offline_its_visit_ended_and_comes_back(launch, listener, toy, tmp_path, fake_camera_library):
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    launch(
        toy,
        {"door": {"source": f"v4l2:{FAKE_CAMERA}", "format": "MJPG", "width": 1280, "height": 720, "fps": 10}},
        environment=fake_camera(fake_camera_library, frames, "MJPG", "1280x720", faults="unplug@50:3000"),
    )
    wait_for("the person is seen", lambda: "ON" in listener.texts("/person"), 30)
    wait_for("the camera is offline", lambda: "offline" in after_first(listener.texts("camera/door/status"), "online"), 15)
    wait_for("the visit is ended", lambda: [e for e in listener.events("ended") if e["reason"] == "camera_lost"], 5)
    assert "OFF" in after_first(listener.texts("/person"), "ON")
    reasons = [json.loads(text)["reason"] for text in listener.texts("camera/door/health")]
    assert any("unplug" in reason or "no camera" in reason for reason in reasons), reasons
    wait_for("it comes back", lambda: listener.last("camera/door/status") == "online", 30)


def after_first(texts, word):
    return texts[texts.index(word) + 1 :] if word in texts else []


@pytest.mark.parametrize("fault", ["eio@40", "stall@40", "truncate@40-45", "error@40", "nodht@0+"])
def test_a_faulty_camera_goes_on(launch, listener, toy, tmp_path, fake_camera_library, fault):
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    daemon = launch(
        toy,
        {"door": {"source": f"v4l2:{FAKE_CAMERA}", "format": "MJPG", "width": 1280, "height": 720, "fps": 10}},
        environment=fake_camera(fake_camera_library, frames, "MJPG", "1280x720", faults=fault),
    )
    wait_for("the person is seen in spite of the fault", lambda: listener.events("started"), 60)
    wait_for("the camera is online", lambda: listener.last("camera/door/status") == "online", 30)
    assert daemon.is_running()
