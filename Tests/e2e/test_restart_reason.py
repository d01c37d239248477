"""Why the box was last restarted, in the sandbox of its unit."""

import json
import os

import pytest
from conftest import PROGRAM, wait_for


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to hide /proc")
def test_in_the_sandbox_a_crash_is_told_from_a_power_cut(toy, launch, listener, tmp_path, monkeypatch):
    """The unit's ProcSubset=pid hides the kernel's name of the boot; /run, which a reboot empties, stands in for it."""
    runtime = tmp_path / "run"
    runtime.mkdir()
    wrapper = tmp_path / "porchlight"
    hide = "mount -t proc -o subset=pid proc /proc"
    wrapper.write_text(f"#!/bin/sh\nexport PROGRAM={PROGRAM}\n" f"exec unshare -m sh -c '{hide} && exec \"$PROGRAM\" \"$@\"' sh \"$@\"\n")
    wrapper.chmod(0o755)
    monkeypatch.setattr("conftest.PROGRAM", wrapper)
    daemon = launch(toy, environment={"RUNTIME_DIRECTORY": str(runtime)})

    def told(reason):
        found = listener.last("/test-box/health")
        return found and json.loads(found)["lastRestart"] == reason

    wait_for("first start", lambda: told("first start"), 90)
    daemon.kill()
    daemon.start()
    wait_for("crashed", lambda: told("crashed"), 90)
    daemon.kill()
    (runtime / "boot").unlink()
    daemon.start()
    wait_for("power cut", lambda: told("power cut or reset"), 90)
