"""`porchlight setup`: broker and camera are tried, the config is written as a whole or not at all, and check agrees."""

import grp
import json
import os
import pty
import select
import shutil
import socket
import subprocess
import time

import pytest
from conftest import FAKE_CAMERA, PROGRAM, camera_frames, fake_camera, free_port, wait_for

PASSWORD = "correct-horse-77"


@pytest.fixture
def locked_broker(tmp_path):
    """A mosquitto that lets only the user `porch` in."""
    folder = tmp_path / "broker"
    folder.mkdir()
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", folder / "passwords", "porch", PASSWORD], check=True, capture_output=True
    )
    port = free_port()
    config = folder / "mosquitto.conf"
    # As root it would become the user mosquitto, who may not look into this folder.
    user = "user root\n" if os.geteuid() == 0 else ""
    passwords = folder / "passwords"
    config.write_text(f"{user}listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n")
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    process = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)

    def answers():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for("the broker answers", answers)
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def box(tmp_path, toy, fake_camera_library):
    """A fresh box with a camera: its folder for the config, and what setup runs in."""
    folder = tmp_path / "etc"
    folder.mkdir()
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    environment = {**os.environ, **fake_camera(fake_camera_library, frames, "MJPG", "1280x720")}
    config = folder / "porchlight.json"
    config.write_text(
        json.dumps(
            {
                "deviceId": "new-box",
                "cameras": {"porch": {"source": "v4l2:/dev/video99", "fps": 7}},
                "model": {"path": str(toy.model), "threads": 1},
                "api": {"listen": f"127.0.0.1:{free_port()}", "socket": None},
                "storage": {"directory": str(tmp_path / "storage")},
            }
        )
    )
    secret = folder / "password"
    secret.write_text(PASSWORD + "\n")
    return config, environment, secret


def porchlight(*arguments, environment=None):
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, timeout=90
    )


def setup(box, port, *more, secret=None):
    config, environment, password = box
    words = ["--broker", f"127.0.0.1:{port}", "--user", "porch", "--password-file", secret or password]
    return porchlight("setup", "--config", config, "--yes", *words, *more, environment=environment)


def test_broker_and_camera_are_tried_and_check_agrees_with_what_is_written(box, locked_broker):
    config, environment, secret = box
    result = setup(box, locked_broker, "--camera", FAKE_CAMERA)
    assert result.returncode == 0, result.stderr
    written = json.loads(config.read_text())
    assert written["cameras"] == {"porch": {"source": f"v4l2:{FAKE_CAMERA}", "fps": 7}}, "the camera keeps what it has"
    assert written["mqtt"] == {
        "host": "127.0.0.1", "port": locked_broker, "username": "porch", "passwordFile": str(secret)
    }
    assert written["deviceId"] == "new-box"
    assert config.stat().st_mode & 0o777 == 0o640
    assert "porchlight/new-box/#" in result.stdout and "porchlight watch" in result.stdout
    assert PASSWORD not in result.stdout + result.stderr + config.read_text()
    assert sorted(path.name for path in config.parent.iterdir()) == ["password", "porchlight.json"]
    checked = porchlight("check", "--config", config, environment=environment)
    assert checked.returncode == 0, checked.stderr
    again = setup(box, locked_broker)
    assert again.returncode == 0 and json.loads(config.read_text()) == written, again.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--camera", "/dev/video77"], 69, ["cameras.porch.source", "/dev/video77"]),
        (["--camera", str(FAKE_CAMERA), "--broker", "127.0.0.1:1"], 69, ["mqtt:", "127.0.0.1:1"]),
        (["--camera", str(FAKE_CAMERA), "--user", "other"], 69, ["mqtt:", "password"]),
        (["--camera", str(FAKE_CAMERA), "--broker", "mqtt://x"], 64, ["'mqtt://x'", "HOST:PORT"]),
        (["--camera", str(FAKE_CAMERA), "--broker", "a b"], 78, ["mqtt.host", "a b"]),
        (["--camera", str(FAKE_CAMERA), "--name", "a/b"], 78, ["cameras", "a/b"]),
        (["--password-file", "/nonexistent/secret"], 66, ["--password-file", "/nonexistent/secret"]),
    ],
)
def test_what_does_not_work_is_named_and_nothing_is_written(box, locked_broker, arguments, status, words):
    config = box[0]
    before = config.read_bytes()
    result = setup(box, locked_broker, *arguments)
    assert result.returncode == status, result.stdout + result.stderr
    assert all(word in result.stderr for word in words), result.stderr
    assert config.read_bytes() == before
    assert sorted(path.name for path in config.parent.iterdir()) == ["password", "porchlight.json"]


def test_a_config_that_is_no_json_is_left_to_its_owner(box, locked_broker):
    config = box[0]
    config.write_text('{"cameras": {"porch": ')
    result = setup(box, locked_broker, "--camera", FAKE_CAMERA)
    assert result.returncode == 78 and "mend it, or move it away" in result.stderr
    assert config.read_text() == '{"cameras": {"porch": '


def test_a_config_is_made_where_none_is(box, locked_broker):
    """Without --name the camera is called front-door; the model and the storage are the usual ones."""
    config, environment, secret = box
    new = config.parent / "new.json"
    words = ["--broker", f"127.0.0.1:{locked_broker}", "--user", "porch", "--password-file", secret]
    result = porchlight(
        "setup", "--config", new, "--yes", *words, "--camera", FAKE_CAMERA, environment=environment
    )
    if result.returncode:
        # Where nothing is installed the default model is not at its place.
        assert "model.path" in result.stderr and not new.exists(), result.stderr
    else:
        assert json.loads(new.read_text())["cameras"] == {"front-door": {"source": f"v4l2:{FAKE_CAMERA}"}}


def test_a_person_at_a_terminal_is_asked_and_the_password_is_never_shown(box, locked_broker):
    config, environment, _ = box
    answers = [
        ("MQTT broker", f"127.0.0.1:{locked_broker}"), ("TLS", "n"), ("User at the broker", "porch"),
        ("Password of porch", PASSWORD), ("Camera, by its number", str(FAKE_CAMERA)),
    ]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PROGRAM, [str(PROGRAM), "setup", "--config", str(config)], environment)
    seen, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                break
        if answers and answers[0][0].encode() in seen:
            time.sleep(0.2)
            os.write(terminal, (answers.pop(0)[1] + "\n").encode())
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    shown = seen.decode(errors="replace")
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert PASSWORD not in shown
    written = json.loads(config.read_text())
    secret = config.parent / "mqtt.password"
    assert written["mqtt"]["passwordFile"] == str(secret) and secret.read_text() == PASSWORD + "\n"
    assert secret.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in config.parent.iterdir()) == ["mqtt.password", "password", "porchlight.json"]


def test_the_daemons_group_may_read_what_root_writes(box, locked_broker):
    try:
        group = grp.getgrnam("porchlight")
    except KeyError:
        pytest.skip("no group porchlight here")
    assert setup(box, locked_broker, "--camera", FAKE_CAMERA).returncode == 0
    assert box[0].stat().st_gid == group.gr_gid


def test_setup_takes_the_camera_that_the_daemon_watches_already_under_another_name_of_it(
    launch, listener, toy, tmp_path, fake_camera_library
):
    """A fresh package watches /dev/video0 from the first second; setup proposes the same camera by its path in /dev/v4l."""
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    environment = fake_camera(fake_camera_library, frames, "MJPG", "1280x720")
    daemon = launch(toy, {"door": {"source": f"v4l2:{FAKE_CAMERA}"}}, environment=environment)
    wait_for("it runs", lambda: listener.last("camera/door/status") == "online")
    # For others the device is busy, as the kernel has it.
    busy = {**os.environ, **fake_camera(fake_camera_library, frames, "MJPG", "1280x720", "busy")}
    listed = json.loads(porchlight("cameras", "--json", environment=busy).stdout)
    by_path = next(path for camera in listed for path in camera["byPath"] if camera["path"] == str(FAKE_CAMERA))
    broker = json.loads(daemon.config.read_text())["mqtt"]
    words = ["setup", "--config", daemon.config, "--yes", "--camera", by_path, "--broker", f"{broker['host']}:{broker['port']}"]
    result = porchlight(*words, environment=busy)
    assert result.returncode == 0, result.stderr
    assert json.loads(daemon.config.read_text())["cameras"]["door"]["source"] == f"v4l2:{by_path}"
    # Nobody vouches for a camera that only the device's kernel knows as busy.
    daemon.kill()
    result = porchlight(*words[:5], str(FAKE_CAMERA), *words[6:], environment=busy)
    assert result.returncode == 69 and "is used by another program" in result.stderr, result.stderr


def test_check_asks_the_daemon_that_has_the_camera_also_as_somebody_who_may_not_know_all(
    launch, listener, toy, tmp_path, fake_camera_library
):
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    environment = fake_camera(fake_camera_library, frames, "MJPG", "1280x720")
    door = {"source": f"v4l2:{FAKE_CAMERA}"}
    daemon = launch(toy, {"door": door}, environment=environment)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    # Neither the socket nor the key.
    stranger = json.loads(daemon.config.read_text())
    stranger["api"]["socket"] = None
    stranger["storage"]["directory"] = str(tmp_path / "elsewhere")
    config = tmp_path / "stranger.json"
    config.write_text(json.dumps(stranger))
    result = porchlight("check", "--config", config, environment={**os.environ, **environment})
    assert result.returncode == 0, result.stderr
    assert "porchlight runs" in result.stdout and "another program" not in result.stdout + result.stderr
