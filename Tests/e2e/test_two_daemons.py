"""A second porchlight on the same storage is refused before it touches anything."""

import json
import os
import socket
import subprocess
import time

from conftest import PROGRAM, free_port, wait_for


def run_second(daemon, folder, **changes):
    """`porchlight run` with the same config but for `changes`."""
    config = folder / "second.json"
    config.write_text(json.dumps({**json.loads(daemon.config.read_text()), **changes}))
    return subprocess.run([PROGRAM, "run", "--config", config], capture_output=True, text=True, timeout=20)


def test_a_second_daemon_on_the_same_storage_harms_nothing_and_names_the_first(launch, listener, toy, tmp_path):
    daemon = launch(toy)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    before = daemon.log.read_text()
    files = {path.name: path.read_bytes() for path in daemon.storage.iterdir() if path.name in ("lock", "run-state")}
    told = len(listener.messages)
    # Another port and socket: only the storage, and the MQTT client, are the same.
    api = {"listen": f"127.0.0.1:{free_port()}", "socket": None}
    for changes in ({}, {"api": api}):
        second = run_second(daemon, tmp_path, **changes)
        assert second.returncode == 75, second.stderr
        assert f"process {daemon.process.pid}" in second.stderr and "systemctl stop porchlight" in second.stderr
    assert daemon.is_running()
    assert {name: (daemon.storage / name).read_bytes() for name in files} == files
    assert "broker away" not in daemon.log.read_text()[len(before) :]
    time.sleep(1)
    assert not [event for event in listener.events("ended") if event["reason"] == "restart"]
    since = listener.messages[told:]
    assert not [topic for _, topic, payload, _ in since if topic.endswith("/status") and payload == b"offline"]
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(tmp_path / "api.sock"))


def test_a_killed_daemon_leaves_no_lock_behind(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    daemon.kill()
    assert (daemon.storage / "lock").read_text() == f"{daemon.process.pid}\n"
    daemon.start()
    wait_for("it is back", lambda: listener.last("test-box/status") == "online", 20)
    wait_for("it owns the storage", lambda: (daemon.storage / "lock").read_text() == f"{daemon.process.pid}\n")
    assert os.stat(daemon.storage / "lock").st_mode & 0o077 == 0
