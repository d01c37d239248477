"""What a camera shows, and what nobody can see any more: told within a minute, in words with a remedy, and no state lies."""

import json
import subprocess
import time

import pytest
from conftest import PROGRAM, TOY_MODEL, Scene, camera_frames, clip, wait_for

SIZE = "640x480"
NOISE = "noise=alls=8:allf=t"
LANDSCAPE = f"mandelbrot=s={SIZE}:r=10:start_scale=1.2:end_scale=1.2"
# Of each camera: what its lens shows from some moment on.
PICTURES = {
    "dark": (f"color=black:s={SIZE}:r=10", NOISE),
    "covered": (f"color=0x504840:s={SIZE}:r=10", NOISE),
    "over_exposed": (f"color=white:s={SIZE}:r=10", NOISE),
    "blurred": (LANDSCAPE, f"gblur=sigma=20,{NOISE}"),
    "moved": (f"testsrc2=s={SIZE}:r=10", f"select='eq(n,0)',loop=20:1:0,{NOISE}"),
}
BLIND = {"frozen", "dark", "covered", "over_exposed"}
RATE = 5


def pictures(folder, source, graph):
    folder.mkdir()
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, "-vf", graph, "-frames:v", "20"]
    options = ["-c:v", "mjpeg", "-q:v", "3", "-huffman", "default", "-pix_fmt", "yuvj420p", folder / "%04d.jpg"]
    subprocess.run([*command, *options], check=True)
    return folder


def camera(number, frames, faults, rate=RATE, other=None):
    words = f"{number} frames={frames} formats=MJPG sizes={SIZE} fps={rate} faults={faults}"
    return f"{words} other={other}" if other else words


def setting(number):
    return {"source": f"v4l2:/dev/video{number}", "width": 640, "height": 480, "fps": 10}


def environment(library, *cameras):
    return {"LD_PRELOAD": str(library), "FAKE_V4L2": ";".join(cameras)}


def check(daemon, library_environment):
    return subprocess.run(
        [PROGRAM, "check", "--config", daemon.config], capture_output=True, text=True, timeout=60, env=library_environment
    )


@pytest.fixture
def landscape(tmp_path):
    return pictures(tmp_path / "landscape", LANDSCAPE, NOISE)


def test_every_trouble_is_told_and_ends(tmp_path, launch, broker, listener, fake_camera_library, landscape):
    """Five cameras see a landscape for 30 s; then each sees something else for 70 s, and the landscape again."""
    begin, end = 30 * RATE, 100 * RATE
    numbers = {kind: 50 + place for place, kind in enumerate(PICTURES)}
    cameras = [
        camera(number, landscape, f"other@{begin}-{end}", other=pictures(tmp_path / kind, *PICTURES[kind]))
        for kind, number in numbers.items()
    ]
    world = environment(fake_camera_library, *cameras)
    names = {kind: kind.replace("_", "-") for kind in numbers}
    daemon = launch(
        Scene(TOY_MODEL, None, 0),
        {names[kind]: {**setting(number), "fps": RATE} for kind, number in numbers.items()},
        environment={**world},
    )

    def problem(kind):
        return listener.last(f"/camera/{names[kind]}/problem")

    wait_for("all is well at first", lambda: all(problem(kind) == "OFF" for kind in numbers), 30)
    wait_for("all troubles are told", lambda: all(problem(kind) == "ON" for kind in numbers), 85)
    for kind in numbers:
        told = json.loads(listener.last(f"/camera/{names[kind]}/problem/attributes"))
        assert [trouble["kind"] for trouble in told["troubles"]] == [kind], told
        assert ":" in told["text"] and told["text"] == told["troubles"][0]["words"]
        health = json.loads(listener.last(f"/camera/{names[kind]}/health"))
        assert health["reason"] == told["text"] and health["troubles"][0]["since"]
        assert listener.last(f"/camera/{names[kind]}/view") == ("none" if kind in BLIND else "clear"), kind
        assert listener.last(f"/camera/{names[kind]}/status") == "online"
    judged = check(daemon, {**world, "PATH": "/usr/bin:/bin"})
    assert judged.returncode == 78, judged.stdout + judged.stderr
    assert all(f"cameras.{names[kind]}" in judged.stderr for kind in numbers), judged.stderr
    wait_for("all troubles are over", lambda: all(problem(kind) == "OFF" for kind in numbers), 90)
    assert all(listener.last(f"/camera/{names[kind]}/view") == "clear" for kind in numbers)


def test_nobody_stands_in_a_frozen_picture(tmp_path, launch, listener, toy, fake_camera_library):
    """The camera freezes while a person is in view: the state ends, and is true again when pictures come."""
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    # 4 s into the second round of the clip the person is there.
    begin = 14 * 10 + 42
    words = f"42 frames={frames} formats=MJPG sizes=1280x720 fps=10 faults=frozen@{begin}-{begin + 350}"
    launch(
        toy,
        {"door": {"source": "v4l2:/dev/video42", "fps": 10}},
        environment=environment(fake_camera_library, words),
    )
    wait_for("the person is seen", lambda: listener.last("/processor/door/person") == "ON", 40)
    wait_for("it is told", lambda: listener.last("/camera/door/problem") == "ON", 60)
    wait_for("nobody is there as far as is known", lambda: listener.last("/processor/door/person") == "OFF", 5)
    assert "frozen" in json.loads(listener.last("/camera/door/problem/attributes"))["text"]
    wait_for("the visit ends for this reason", lambda: "view_lost" in [e["reason"] for e in listener.events("ended")], 5)
    wait_for("the processor says so", lambda: listener.last("/processor/door/status") == "STARTING", 5)
    wait_for("pictures come again", lambda: listener.last("/camera/door/view") == "clear", 30)
    wait_for("the processor runs", lambda: listener.last("/processor/door/status") == "RUNNING", 10)
    wait_for("the next person is seen", lambda: listener.last("/processor/door/person") == "ON", 20)


def test_check_judges_a_few_pictures_itself(tmp_path, broker, toy, fake_camera_library):
    """No daemon runs: a black camera and one that shows one picture only are named, a good one is not."""
    black = pictures(tmp_path / "black", *PICTURES["dark"])
    good = pictures(tmp_path / "good", LANDSCAPE, NOISE)
    world = environment(
        fake_camera_library,
        camera(50, black, "drop@0", rate=10),
        camera(51, good, "frozen@0+", rate=10),
        camera(52, good, "drop@0", rate=10),
    )
    config = tmp_path / "porchlight.json"
    config.write_text(
        json.dumps(
            {
                "deviceId": "test-box",
                "cameras": {"black": setting(50), "stuck": setting(51), "good": setting(52), "file": clip(toy.clip)},
                "model": {"path": str(TOY_MODEL), "threads": 1},
                "mqtt": {"host": "127.0.0.1", "port": broker.port},
                "storage": {"directory": str(tmp_path / "storage")},
            }
        )
    )
    began = time.monotonic()
    judged = subprocess.run(
        [PROGRAM, "check", "--config", config],
        capture_output=True,
        text=True,
        timeout=60,
        env={**world, "PATH": "/usr/bin:/bin"},
    )
    assert judged.returncode == 78, judged.stdout + judged.stderr
    assert "cameras.black.source: dark" in judged.stderr
    assert "cameras.stuck.source: frozen" in judged.stderr
    assert "cameras.good" not in judged.stderr and "cameras.file" not in judged.stderr
    assert time.monotonic() - began < 30
