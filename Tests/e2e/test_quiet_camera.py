"""Of a camera that sees nothing move, pictures stay previews; who asks gets a whole one all the same."""

import re
import struct
import subprocess
import urllib.request

from conftest import FAKE_CAMERA, camera_frames, fake_camera, wait_for


def get(daemon, path):
    token = daemon.credentials()["bearerToken"]
    request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}{path}", headers={"Authorization": f"Bearer {token}"})
    return urllib.request.urlopen(request, timeout=5).read()


def counter(daemon, name):
    found = re.search(rf'^porchlight_{name}{{camera="door"}} (\d+)', get(daemon, "/metrics").decode(), re.M)
    return int(found.group(1)) if found else 0


def size_of(jpeg):
    """Width and height from the start-of-frame segment (ITU-T T.81, B.2.2)."""
    place = 2
    while jpeg[place + 1] not in (0xC0, 0xC1, 0xC2):
        place += 2 + struct.unpack(">H", jpeg[place + 2 : place + 4])[0]
    height, width = struct.unpack(">HH", jpeg[place + 5 : place + 9])
    return width, height


def samples_of(jpeg):
    command = ["ffmpeg", "-loglevel", "error", "-f", "mjpeg", "-i", "-", "-f", "rawvideo", "-"]
    return subprocess.run(command, input=jpeg, check=True, capture_output=True).stdout


def test_a_quiet_camera_is_seldom_looked_at_and_shows_whole_pictures(launch, listener, toy, tmp_path, fake_camera_library):
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    for picture in sorted(frames.iterdir())[1:]:
        picture.unlink()
    daemon = launch(
        toy,
        {"door": {"source": f"v4l2:{FAKE_CAMERA}", "format": "MJPG", "width": 1280, "height": 720, "fps": 10}},
        environment=fake_camera(fake_camera_library, frames, "MJPG", "1280x720"),
    )
    wait_for("the camera", lambda: listener.last("camera/door/status") == "online", 30)
    wait_for("the scene is known", lambda: counter(daemon, "camera_frames_in_total") >= 40, 30)
    looks, seen = counter(daemon, "camera_frames_analysed_total"), counter(daemon, "camera_frames_in_total")
    wait_for("fifty pictures more", lambda: counter(daemon, "camera_frames_in_total") >= seen + 50, 15)
    assert counter(daemon, "camera_frames_analysed_total") - looks <= 5, "one look every two seconds"
    snapshot = get(daemon, "/cameras/door/snapshot.jpg")
    assert size_of(snapshot) == (1280, 720)
    sent = next(frames.iterdir()).read_bytes()
    assert samples_of(snapshot) == samples_of(sent), "the camera's own picture, not one that was encoded again"
