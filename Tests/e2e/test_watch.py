"""`porchlight watch` at a terminal, in a pipe, and as JSON."""

import json
import os
import pty
import re
import select
import subprocess
import time

import pytest
from conftest import PROGRAM, wait_for

LINE = r"\d\d:\d\d:\d\d  door +person +started +[█░]{10} \d+ % +"


def at_terminal(daemon, environment, wanted, seconds=40):
    """What a person sees until `wanted` appears."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PROGRAM, [str(PROGRAM), "watch", "--config", str(daemon.config)], {**os.environ, **environment})
    seen = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not re.search(wanted, seen.decode(errors="replace")):
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(terminal)
    return seen.decode(errors="replace")


@pytest.fixture
def daemon(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    return daemon


def test_at_a_terminal_it_has_colours_unless_nobody_wants_them(daemon):
    colourful = at_terminal(daemon, {"NO_COLOR": "", "TERM": "xterm"}, "person.*ended")
    assert "\x1b[35m" in colourful
    plain = at_terminal(daemon, {"NO_COLOR": "1", "TERM": "xterm"}, "person.*ended.*jpg")
    assert "\x1b" not in plain
    assert re.search(LINE, plain)
    path = re.search(r"(/\S+/images/\S+\.jpg)", plain)[1]
    assert path.startswith(str(daemon.storage)) and os.path.exists(path)


def test_in_a_pipe_it_is_plain_and_json_is_one_object_per_line(daemon):
    for options, check in (([], None), (["--json"], json.loads)):
        arguments = [PROGRAM, "watch", "--config", daemon.config, *options]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as watch:
            line = next(line for line in watch.stdout if check or re.match(LINE, line))
            watch.kill()
        assert "\x1b" not in line
        if check:
            assert check(line)["processor"] == "door"
