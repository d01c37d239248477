"""A board with 512 MB has room for other programs beside a camera."""

import time
from pathlib import Path

from conftest import FAKE_CAMERA, ROOT, Scene, camera_frames, fake_camera, wait_for


def figures(daemon):
    """MB in memory: all, what is no piece of a file, and pieces of files."""
    lines = (Path("/proc") / str(daemon.process.pid) / "status").read_text().splitlines()
    named = dict(line.split(":", 1) for line in lines)
    return [int(named[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile")]


def test_one_camera_of_1280x720_leaves_room_on_a_small_board(launch, listener, toy, fake_camera_library, tmp_path):
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    environment = fake_camera(fake_camera_library, frames, "MJPG", "1280x720")
    scene = Scene(ROOT / "Models/default", toy.clip, toy.seconds)
    daemon = launch(scene, {"door": {"source": f"v4l2:{FAKE_CAMERA}"}}, environment=environment)
    wait_for("frames are looked at", lambda: "camera door: 1280x720" in daemon.log.read_text(), 60)
    time.sleep(10)
    # What only the start needed is let go once a minute.
    wait_for("it takes less than 60 MB", lambda: figures(daemon)[0] < 60, 80)
    time.sleep(10)
    print("MB in memory, without pieces of files, pieces of files:", *(f"{figure:.1f}" for figure in figures(daemon)))
    assert figures(daemon)[0] < 60
