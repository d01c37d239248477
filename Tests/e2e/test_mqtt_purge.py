"""A box that goes away takes along what it left on the broker."""

import json
import subprocess
import time

from conftest import PROGRAM, Listener, wait_for


def purge(daemon, *arguments):
    return subprocess.run(
        [PROGRAM, "mqtt", "purge", *arguments, "--config", daemon.config], capture_output=True, text=True, timeout=60
    )


def test_purge_clears_a_stopped_box_and_leaves_a_running_one_alone(launch, listener, broker, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    refused = purge(daemon)
    assert refused.returncode == 69 and "systemctl stop porchlight" in refused.stderr
    assert json.loads(listener.last("device/test-box/config"))["cmps"]
    daemon.stop()

    listed = purge(daemon, "--dry-run")
    assert listed.returncode == 0
    assert "porchlight/test-box/processor/door/person" in listed.stdout.splitlines()
    assert "would be cleared" in listed.stdout
    cleared = purge(daemon)
    assert cleared.returncode == 0
    assert cleared.stdout.splitlines()[:-1] == listed.stdout.splitlines()[:-1]

    late = Listener(broker.port)
    time.sleep(1)
    assert late.messages == []
    late.close()
    assert purge(daemon).stdout.startswith("0 topics cleared")
