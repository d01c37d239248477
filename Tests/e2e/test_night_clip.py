"""A real clip of a front door at night: one person walks in after three seconds, stands left, and is leaving at the end."""

import urllib.request

import pytest
from conftest import FAKE_CAMERA, camera_frames, clip, fake_camera, wait_for

PERSON_IN_VIEW_SECONDS = 4.0
RIGHT_HALF = {"BoundingBox": {"Left": 0.5, "Top": 0.0, "Width": 0.5, "Height": 1.0}}
LEFT_HALF_POLYGON = {"Polygon": [{"X": 0, "Y": 0}, {"X": 0.5, "Y": 0}, {"X": 0.5, "Y": 1}, {"X": 0, "Y": 1}]}


def assert_exactly_one_person_visit(listener):
    events = listener.events()
    started = [event for event in events if event["phase"] == "started"]
    ended = [event for event in events if event["phase"] == "ended"]
    assert [event["event_type"] for event in started] == ["person"], events
    assert [event["id"] for event in ended] == [event["id"] for event in started], events
    assert "ON" not in listener.texts("/pet")
    assert "ON" not in listener.texts("/package")
    assert listener.texts("/person")[-1] == "OFF"


def test_one_person_at_the_door_is_one_visit(launch, listener, night):
    daemon = launch(night, {"door": clip(night.clip)}, arguments=["--until-clips-end"])
    wait_for("the camera is online", lambda: listener.last("camera/door/status") == "online")
    daemon.process.wait(40)
    assert daemon.process.returncode == 0
    wait_for("the status is offline", lambda: listener.last("test-box/status") == "offline")
    assert_exactly_one_person_visit(listener)


def test_the_state_is_on_within_a_second_of_the_person_being_in_view(launch, listener, night):
    launch(night, {"door": clip(night.clip)})
    wait_for("the person is seen", lambda: "ON" in listener.texts("/person"), 30)
    started = listener.events("started")
    times = {topic: when for when, topic, payload, _ in reversed(listener.messages) if payload in (b"online", b"ON")}
    online = next(when for topic, when in times.items() if topic.endswith("camera/door/status"))
    on = next(when for topic, when in times.items() if topic.endswith("/person"))
    assert on - online < PERSON_IN_VIEW_SECONDS + 1.0, f"took {on - online:.2f} s; {started}"
    wait_for("the state goes off when the clip is over", lambda: listener.last("/person") == "OFF", 20)
    assert listener.all("/person/image")[-1].startswith(b"\xff\xd8")


@pytest.mark.parametrize("kind,width,height", [("MJPG", 1280, 720), ("YUYV", 640, 480)])
def test_a_v4l2_camera_with_the_same_frames_gives_the_same_events(
    launch, listener, night, tmp_path, fake_camera_library, kind, width, height
):
    frames = camera_frames(night, tmp_path / "frames", kind)
    launch(
        night,
        {"door": {"source": f"v4l2:{FAKE_CAMERA}", "format": kind, "width": width, "height": height, "fps": 10}},
        environment=fake_camera(fake_camera_library, frames, kind, f"{width}x{height}", end="unplug"),
    )
    wait_for("the person is seen", lambda: listener.events("started"), 30)
    wait_for("the camera is gone", lambda: listener.events("ended"), 30)
    assert_exactly_one_person_visit(listener)


def test_a_region_over_the_right_half_hears_nothing_of_a_person_who_stands_left(launch, listener, night):
    daemon = launch(night)
    wait_for("the API is up", lambda: listener.last("processor/door/status"))
    daemon.rekognition().update_stream_processor(Name="door", RegionsOfInterestForUpdate=[RIGHT_HALF])
    wait_for("the region is in force", lambda: '"revision":2' in (listener.last("/door/settings") or "").replace(" ", ""))
    # Two whole rounds of the clip pass.
    wait_for("two rounds are played", lambda: rounds_analysed(daemon) >= 2, 60)
    assert listener.events("started") == []
    daemon.rekognition().update_stream_processor(Name="door", RegionsOfInterestForUpdate=[LEFT_HALF_POLYGON])
    wait_for("the left half hears the person", lambda: listener.events("started"), 30)


def rounds_analysed(daemon):
    token = daemon.credentials()["bearerToken"]
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.port}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    text = urllib.request.urlopen(request, timeout=5).read().decode()
    line = next(line for line in text.splitlines() if line.startswith("porchlight_camera_frames_in_total"))
    return float(line.split()[-1]) / 97
