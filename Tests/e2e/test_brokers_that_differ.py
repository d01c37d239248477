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


LIMITS = {
    "receive maximum 1": b"\x21\x00\x01", "topic alias maximum 10": b"\x22\x00\x0a", "keep-alive 5": b"\x13\x00\x05",
    "no wildcards, identifiers or shared subscriptions": b"\x28\x00\x29\x00\x2a\x00", "a session that is kept": b"\x11\x00\x00\x0e\x10",
}  # fmt: skip


@pytest.mark.parametrize("limit", LIMITS)
def test_what_a_broker_tells_of_itself_is_heeded_and_everything_arrives(toy, against, limit):
    broker, daemon = against(toy, properties=LIMITS[limit])
    wait_for("a person is told", lambda: broker.last("processor/door/person") == "ON", 30)
    wait_for("and no more", lambda: broker.last("processor/door/person") == "OFF", 30)
    wait_for("a picture", lambda: broker.last("processor/door/person/attributes"))
    assert broker.accepted == [("test-box", 5)], "one connection, of MQTT 5"
    assert "mqtt:" not in check(daemon).stderr


def test_what_is_swallowed_silently_is_named_in_health(toy, against):
    broker, daemon = against(toy, hides=True)
    refused = wait_for("it is told", lambda: problem(broker).get("refused"), 40)
    assert "does not come back" in refused["porchlight/test-box/check"]
    assert broker.last("test-box/status") == "online", "what can be told is told"
    assert daemon.is_running()


def test_check_names_a_right_that_home_assistants_prefix_lacks(toy, against):
    _, daemon = against(toy, deny="homeassistant/")
    told = check(daemon).stderr
    assert "does not take homeassistant/device/test-box/check" in told and "Home Assistant will not find this box" in told


@pytest.mark.parametrize("words, limit", [(("check",), 20), (("mqtt", "purge"), 45)])
def test_a_name_that_does_not_resolve_and_a_port_that_swallows_are_named_soon(toy, tmp_path, words, limit):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        # Linux drops the SYN of whoever finds the queue full.
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        for mqtt, reason in (({"host": "broker.invalid"}, "cannot be resolved"), ({"host": "127.0.0.1", "port": full.getsockname()[1]}, "answer")):
            config = tmp_path / "porchlight.json"
            config.write_text(json.dumps({
                "deviceId": "test-box", "cameras": {"door": clip(toy.clip)}, "model": {"path": str(toy.model)}, "mqtt": mqtt,
                "api": {"socket": str(tmp_path / "api.sock")}, "storage": {"directory": str(tmp_path / "storage")},
            }))  # fmt: skip
            began = time.monotonic()
            result = subprocess.run([PROGRAM, *words, "--config", config], capture_output=True, text=True, timeout=60)
            assert result.returncode > 0 and reason in result.stderr, result
            assert time.monotonic() - began < limit
        for each in waiting:
            each.close()
