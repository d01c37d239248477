"""Whoever looks for a fault sees what the daemon does: its log, its dump, and how long things take."""

import json
import re
import signal
import subprocess
import urllib.request

from conftest import FAKE_CAMERA, PROGRAM, camera_frames, fake_camera, wait_for


def dump(daemon, *arguments):
    command = [PROGRAM, "debug", "dump", *arguments, "--config", daemon.config]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def test_the_dump_names_every_thread_queue_and_processor(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    told = json.loads(dump(daemon, "--json"))
    assert told["process"] == daemon.process.pid and told["problems"] == [] and told["logLevel"] == "notice"
    parts = {part["part"]: part for part in told["parts"]}
    assert {"analysis", "camera door"} <= set(parts)
    assert all(part["forMs"] < 5000 and not part["standsStill"] for part in parts.values()), parts
    assert told["cameras"]["door"]["status"] == "online" and told["cameras"]["door"]["framesAnalysed"] > 0
    events = told["queues"]["events"]
    assert events["phase"] in ["idle", "telling"] and (events["waiting"], events["dropped"]) == (0, 0)
    assert told["queues"]["mqtt"]["phase"] == "live" and told["queues"]["notifications"]["onlyInMemory"] == 0
    [session] = told["sessions"]
    assert session["processor"] == "door" and session["state"] == "open" and session["kept"] is True
    assert session["labelsTold"] == ["PERSON"] and session["visitsOpen"] <= 1 and 0 <= session["forMs"] < 60000
    work = told["queues"]["work"]
    assert set(work) == {"second_look", "face_look", "camera_look", "still_image"} and work["camera_look"]["done"] > 0
    assert all(set(counts) == {"waiting", "done", "late", "refused"} for counts in work.values())
    assert [(p["name"], p["status"]) for p in told["processors"]] == [("door", "RUNNING")]
    assert set(told["services"].values()) == {"running"}
    assert {"MQTT", "events", "cameras and analysis", "health", "stream processors"} < set(told["services"])
    assert told["broker"]["connected"]
    storage = told["storage"]
    assert storage["porchlight.sqlite"]["bytes"] > 0 and storage["run-state"]["most"] == 2048, storage
    assert {"images", "results", "samples", "tls", "credentials.json"} < set(storage) and storage["images"]["most"] is None
    text = dump(daemon)
    assert re.search(r"^cameras\n  door\n", text, re.M) and re.search(r"^problems: -$", text, re.M)
    assert re.search(r"analysis +false", text) or "analysis" in text


def test_the_log_level_is_set_by_the_config_and_switched_by_a_signal(launch, listener, toy):
    daemon = launch(toy, settings={"log": {"level": "error"}})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    assert "notice" not in daemon.log.read_text()
    daemon.process.send_signal(signal.SIGUSR1)
    journey = r"debug porchlight: a frame's journey .*camera=door"
    line = wait_for("a frame's journey is told", lambda: re.search(journey + r".*", daemon.log.read_text()), 10).group()
    looked = wait_for("one that was looked at", lambda: re.search(journey + r".*look=[0-9.]+ms.*", daemon.log.read_text()), 30)
    assert re.search(r"waited=[0-9.]+ms", line) and re.search(r"motion=[0-9.]+ms", line), line
    assert re.search(r"decode=[0-9.]+ms", looked.group()), looked.group()
    assert json.loads(dump(daemon, "--json"))["logLevel"] == "debug"
    daemon.process.send_signal(signal.SIGUSR1)
    wait_for("it is quiet again", lambda: json.loads(dump(daemon, "--json"))["logLevel"] == "error", 5)
    assert daemon.is_running()


def test_metrics_tell_how_long_looks_and_messages_take(launch, listener, toy):
    daemon = launch(toy)
    wait_for("a visit is told", lambda: listener.events("started"), 30)
    token = daemon.credentials()["bearerToken"]

    def metrics():
        request = urllib.request.Request(
            f"http://127.0.0.1:{daemon.port}/metrics", headers={"Authorization": f"Bearer {token}"})
        return urllib.request.urlopen(request, timeout=5).read().decode()

    names = ["inference_duration_seconds", "decode_duration_seconds", "event_publish_delay_seconds"]
    text = wait_for("all of them count", lambda: next((t for t in [metrics()] if all(
        f"porchlight_{name}_count" in t for name in names)), None), 20)
    for name in names:
        count = int(re.search(rf"porchlight_{name}_count (\d+)", text).group(1))
        assert count > 0
        assert f'porchlight_{name}_bucket{{le="+Inf"}} {count}' in text
    delay = float(re.search(r"porchlight_event_publish_delay_seconds_sum ([0-9.e-]+)", text).group(1))
    assert 0 < delay < 60


def test_check_asks_the_daemon_about_the_cameras_that_it_uses(launch, listener, toy, tmp_path, fake_camera_library):
    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    door = {"source": f"v4l2:{FAKE_CAMERA}", "format": "MJPG", "width": 1280, "height": 720, "fps": 10}
    # The node is only there for the daemon: whoever else opens it finds nothing.
    daemon = launch(toy, {"door": door}, environment=fake_camera(fake_camera_library, frames, "MJPG", "1280x720"))
    check = [PROGRAM, "check", "--config", daemon.config]
    wait_for("it is online", lambda: listener.last("camera/door/status") == "online", 30)
    asked = subprocess.run(check, capture_output=True, text=True, timeout=60)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert f"porchlight runs (process {daemon.process.pid})" in asked.stdout
    daemon.stop()
    alone = subprocess.run(check, capture_output=True, text=True, timeout=60)
    assert alone.returncode == 78 and "cameras.door.source" in alone.stderr
