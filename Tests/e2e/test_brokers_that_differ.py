"""Brokers of others: with less than MQTT has, with mistakes, or with bad intentions. The box lives on and says what it is."""

import json
import random
import socket
import subprocess
import threading
import time

import pytest
from conftest import PROGRAM, clip, wait_for
from limited_broker import LimitedBroker, encoded

UNKNOWN_PROPERTY = bytes.fromhex("20 05 00 00 02 7f 00")


@pytest.fixture
def against(launch):
    """Starts a daemon at a broker with these limits; returns both."""
    brokers = []

    def start(scene, **limits):
        broker = LimitedBroker(**limits)
        brokers.append(broker)
        mqtt = {"mqtt": {"host": "127.0.0.1", "port": broker.port}}
        return broker, launch(scene, settings=mqtt)

    yield start
    for broker in brokers:
        broker.close()


def problem(broker):
    health = broker.last("/test-box/health")
    return json.loads(health)["mqtt"] if health else {}


def test_a_property_that_libmosquitto_does_not_know_ends_no_command(toy, against, tmp_path):
    broker, daemon = against(toy, connack=UNKNOWN_PROPERTY)
    wait_for("the box speaks 3.1.1", lambda: broker.last("test-box/status") == "online")
    assert ("test-box", 4) in broker.accepted and daemon.is_running()

    def run(*words, seconds=20):
        return subprocess.run([PROGRAM, *words, "--config", daemon.config], capture_output=True, text=True, timeout=seconds)

    assert run("check").returncode in (0, 78)
    with pytest.raises(subprocess.TimeoutExpired):
        run("watch", "--json", seconds=3)
    assert daemon.is_running()
    daemon.kill()
    purge = run("mqtt", "purge")  # this broker still holds what the box said last
    assert purge.returncode > 0 and "online" in purge.stderr


def test_a_broker_that_sends_rubbish_of_every_kind_ends_nothing(toy, launch):
    seed = random.randrange(10000)
    broker = Rubbish(seed)
    daemon = launch(toy, settings={"mqtt": {"host": "127.0.0.1", "port": broker.port}})
    wait_for("some connections", lambda: broker.connections >= 6 or not daemon.is_running(), 60)
    assert daemon.is_running(), f"seed {seed}"
    broker.is_over = True


class Rubbish:
    """Answers every CONNECT with a good CONNACK and then with noise, or with noise at once."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.connections = 0
        self.is_over = False
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while not self.is_over:
            file, _ = self.door.accept()
            with file:
                file.settimeout(1)
                try:
                    file.recv(4096)
                    if self.random.random() < 0.7:
                        file.sendall(b"\x20\x03\x00\x00\x00")
                    for _ in range(50):
                        body = self.random.randbytes(self.random.randrange(40))
                        file.sendall(bytes([self.random.randrange(256)]) + encoded(len(body)) + body)
                    time.sleep(0.05)
                except OSError:
                    pass
            self.connections += 1


def check(daemon):
    return subprocess.run([PROGRAM, "check", "--config", daemon.config], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("version5", [False, "silent", "deaf"])
def test_check_finds_nothing_wrong_with_a_broker_that_knows_only_3_1_1(toy, against, version5):
    _, daemon = against(toy, version5=version5)
    assert "mqtt:" not in check(daemon).stderr


def test_check_names_what_the_brokers_rights_forbid(toy, against):
    _, daemon = against(toy, deny="porchlight/test-box/")
    assert "does not take porchlight/test-box/check" in check(daemon).stderr


def test_check_notices_that_nothing_comes_back(toy, against):
    _, daemon = against(toy, hides=True)
    assert "does not come back" in check(daemon).stderr


@pytest.mark.parametrize("version5", [False, "silent", "deaf"])
def test_a_broker_that_knows_only_3_1_1_serves_all_the_same(toy, against, version5):
    broker, _ = against(toy, version5=version5)
    wait_for("online in 3.1.1", lambda: broker.last("test-box/status") == "online", 30)
    assert {level for _, level in broker.accepted} == {4}
    wait_for("a person is told", lambda: broker.last("processor/door/person") == "ON", 30)


def test_a_broker_without_retained_messages_and_with_qos_0_only_hears_everything_and_health_says_so(toy, against):
    broker, _ = against(toy, max_qos=0, retains=False)
    wait_for("online", lambda: broker.last("test-box/status") == "online")
    wait_for("a person is told", lambda: broker.last("processor/door/person") == "ON", 30)
    assert all(quality == 0 and not is_retained for _, _, quality, is_retained in broker.messages)
    limits = wait_for("health", lambda: problem(broker).get("limits"), 90)
    assert any("QoS 0" in limit for limit in limits) and any("retained" in limit for limit in limits)


def test_a_keep_alive_of_the_broker_that_is_longer_than_our_patience_makes_no_reconnects(toy, against):
    broker, _ = against(toy, properties=b"\x13\x00\x3c")
    wait_for("online", lambda: broker.last("test-box/status") == "online")
    time.sleep(25)
    assert len(broker.accepted) == 1


def test_topics_that_the_broker_denies_are_named_and_the_rest_lives(toy, against):
    broker, daemon = against(toy, deny="homeassistant/")
    wait_for("a person is told", lambda: broker.last("processor/door/person") == "ON", 30)
    assert len(broker.accepted) == 1
    refused = wait_for("health", lambda: problem(broker).get("refused"), 90)
    assert "not authorized" in json.dumps(refused).lower() and "homeassistant/device/test-box/config" in refused
    assert "homeassistant/device/test-box/config" in daemon.log.read_text()


def test_a_picture_on_which_the_broker_hangs_up_is_left_out_and_the_states_go_on(toy, against):
    broker, daemon = against(toy, max_payload=12000)
    wait_for("the reason is told", lambda: "too large" in daemon.log.read_text(), 60)
    count = len(broker.accepted)
    wait_for("a person is told again", lambda: broker.last("processor/door/person") == "ON", 30)
    time.sleep(10)
    assert len(broker.accepted) <= count + 3


def test_a_broker_that_takes_connections_before_it_answers_is_spoken_to_in_mqtt_5(toy, launch):
    broker = LimitedBroker()
    door = socket.create_server(("127.0.0.1", 0))
    daemon = launch(toy, settings={"mqtt": {"host": "127.0.0.1", "port": door.getsockname()[1]}})
    began = time.monotonic()
    while time.monotonic() - began < 1.5:  # nobody behind the door yet
        door.settimeout(0.2)
        try:
            door.accept()[0].close()
        except TimeoutError:
            pass
    threading.Thread(target=relay, args=(door, broker.port), daemon=True).start()
    wait_for("online", lambda: broker.last("test-box/status") == "online", 30)
    assert broker.accepted[-1] == ("test-box", 5) and daemon.is_running()
    broker.close()


def relay(door, port):
    door.settimeout(None)
    while True:
        near, _ = door.accept()
        far = socket.create_connection(("127.0.0.1", port))
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=pump, args=(source, target), daemon=True).start()


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        each.close()
