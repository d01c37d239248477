"""What other programs can use, we use; what cannot be used is named with what to do."""

import json
import os
import subprocess

import pytest

from conftest import FAKE_CAMERA, PROGRAM, clip, fake_camera, wait_for


def video_frames(scene, folder, encoder, ending):
    """The scene as a camera's video, one picture in each file, with a key frame each second."""
    folder.mkdir()
    options = ["-c:v", encoder, "-pix_fmt", "yuv420p", "-g", "10", "-bf", "0", "-f", "image2", folder / f"%04d.{ending}"]
    made = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", scene.clip, *options], capture_output=True)
    if made.returncode:
        pytest.skip(f"this ffmpeg has no {encoder}")
    return folder


def check(daemon, environment=None):
    result = subprocess.run(
        [PROGRAM, "check", "--config", daemon.config],
        env={**os.environ, **(environment or daemon.environment)}, capture_output=True, text=True, timeout=60,
    )
    return result.returncode, result.stdout + result.stderr


def told(listener, camera):
    return json.loads(listener.last(f"camera/{camera}/health") or "{}")


def test_a_person_is_seen_by_a_camera_that_sends_nothing_but_h264(launch, listener, toy, fake_camera_library, tmp_path):
    frames = video_frames(toy, tmp_path / "frames", "libx264", "h264")
    environment = fake_camera(fake_camera_library, frames, "H264", "1280x720")
    launch(toy, {"door": {"source": f"v4l2:{FAKE_CAMERA}"}}, environment=environment)
    wait_for("the camera is online", lambda: listener.last("camera/door/status") == "online", 60)
    assert told(listener, "door")["running"].startswith("H264 1280x720")
    wait_for("a person came", lambda: [e for e in listener.events("started") if e["event_type"] == "person"], 60)


def test_two_names_of_one_device_are_named_and_the_first_camera_works(launch, listener, toy, fake_camera_library):
    environment = {"LD_PRELOAD": str(fake_camera_library), "FAKE_V4L2": "42 formats=YUYV sizes=640x480 fps=10"}
    other = "/dev/v4l/by-id/usb-Fake_Camera_42-video-index0"
    cameras = {"door": {"source": f"v4l2:{FAKE_CAMERA}"}, "garden": {"source": f"v4l2:{other}"}}
    daemon = launch(toy, cameras, environment=environment)
    wait_for("the first is online", lambda: listener.last("camera/door/status") == "online", 60)
    reason = wait_for("the second is explained", lambda: "another name" in told(listener, "garden").get("reason", "") and
                      told(listener, "garden")["reason"], 60)
    assert "cameras.door" in reason and "fuser" not in reason
    code, words = check(daemon)
    assert code == 78 and "another name of the device that cameras.door has" in words
    daemon.stop()
    code, words = check(daemon)
    assert "another name of the device that cameras.door has" in words


def test_a_camera_that_is_named_later_is_watched_and_the_old_name_is_cleared(launch, listener, toy):
    daemon = launch(toy, {"front": clip(toy.clip, loop=True)})
    wait_for("the first camera is watched", lambda: listener.last("processor/front/status") == "RUNNING", 60)
    daemon.stop()
    settings = json.loads(daemon.config.read_text())
    settings["cameras"] = {"porch": clip(toy.clip, loop=True), "garden": clip(toy.clip, loop=True)}
    daemon.config.write_text(json.dumps(settings))
    daemon.start()
    for camera in ("porch", "garden"):
        wait_for(f"{camera} is watched", lambda: listener.last(f"processor/{camera}/status") == "RUNNING", 60)

    def left():
        with listener.lock:
            newest = {topic: payload for _, topic, payload, _ in listener.messages}
        return [topic for topic, payload in newest.items() if payload and ("/front/" in topic)]

    wait_for("nothing of the old name is retained", lambda: not left(), 30)
    assert "front" not in listener.last("homeassistant/device/test-box/config")
    rekognition = daemon.rekognition()
    rekognition.stop_stream_processor(Name="garden")
    rekognition.delete_stream_processor(Name="garden")
    wait_for("it is told", lambda: "no processor" in told(listener, "garden").get("reason", ""), 30)
    code, words = check(daemon)
    assert code == 78 and "cameras.garden: it has no processor" in words
    daemon.stop()
    daemon.start()
    wait_for("porch is watched again", lambda: listener.last("processor/porch/status") == "RUNNING", 60)
    names = [p["Name"] for p in daemon.rekognition().list_stream_processors()["StreamProcessors"]]
    assert "garden" not in names, "what its owner deleted does not come back"


@pytest.mark.parametrize("formats", ["PAIR", "VP80,PAIR"])
def test_formats_that_nobody_reads_are_named(formats, tmp_path, fake_camera_library):
    environment = {"LD_PRELOAD": str(fake_camera_library), "FAKE_V4L2": f"42 formats={formats}"}
    listed = subprocess.run([PROGRAM, "cameras"], env={**os.environ, **environment}, capture_output=True, text=True)
    assert "cannot be used" in listed.stdout and "v4l2loopback" in listed.stdout and "nothing" not in listed.stdout


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_config_from_a_windows_editor_is_read(encoding, launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("camera/door/status") == "online", 60)
    daemon.stop()
    wait_for("it has stopped", lambda: listener.last("camera/door/status") == "offline")
    daemon.config.write_bytes(daemon.config.read_text().replace("\n", "\r\n").encode(encoding))
    daemon.start()
    wait_for("it runs", lambda: listener.last("camera/door/status") == "online", 60)
