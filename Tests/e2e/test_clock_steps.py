"""Somebody sets the wall clock while events flow; and a box whose clock was never set."""

import datetime
import shutil
import subprocess

import pytest
from conftest import free_port, wait_for

DAY = 86_400


def test_a_day_forward_and_back_loses_nothing_and_keeps_the_order(launch, listener, toy, wall_clock):
    daemon = launch(toy, environment=wall_clock.environment)
    wait_for("a visit", lambda: listener.events("ended"), 40)
    wall_clock.set_ahead(DAY)
    ended = len(listener.events("ended"))
    wait_for("another", lambda: len(listener.events("ended")) > ended, 40)
    wall_clock.set_ahead(-DAY)
    ended = len(listener.events("ended"))
    wait_for("a third", lambda: len(listener.events("ended")) > ended, 40)
    assert daemon.is_running()
    events = listener.events()
    times = [datetime.datetime.fromisoformat(event["time"]) for event in events]
    assert max(times) - min(times) > datetime.timedelta(seconds=1.9 * DAY), "the clock did step"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), "none is missing, all in order"
    assert [event["monotonicMs"] for event in events] == sorted(event["monotonicMs"] for event in events)
    for event in events:
        assert datetime.datetime.fromisoformat(event["since"]) <= datetime.datetime.fromisoformat(event["time"])
    assert listener.last("test-box/status") == "online"


class SecureBroker:
    """A mosquitto with TLS and a certificate of a home-made CA, valid from now on."""

    def __init__(self, folder):
        self.port = free_port()
        self.ca = folder / "ca.pem"
        files = ["-keyout", folder / "key.pem", "-out", self.ca]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost", *files],
            check=True,
            capture_output=True,
        )
        config = folder / "secure.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
            f"certfile {self.ca}\nkeyfile {folder / 'key.pem'}\n"
        )
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
        self.process = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)


@pytest.fixture
def secure_broker(tmp_path):
    broker = SecureBroker(tmp_path)
    yield broker
    broker.process.kill()
    broker.process.wait()


def test_a_box_whose_clock_was_never_set_blames_its_clock_and_connects_once_it_is_set(
    launch, toy, wall_clock, secure_broker
):
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    wall_clock.set_ahead(-now + 60)
    mqtt = {"host": "localhost", "port": secure_broker.port, "tls": {"caFile": str(secure_broker.ca)}}
    daemon = launch(toy, environment=wall_clock.environment, settings={"mqtt": mqtt})
    wait_for("it says so", lambda: "this box's clock says 1970-01-01" in daemon.log.read_text(), 20)
    wall_clock.set_ahead(0)
    wait_for("it connects", lambda: "broker connected" in daemon.log.read_text(), 20)
