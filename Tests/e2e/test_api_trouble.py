"""Cameras and MQTT never depend on the API: a listener that cannot come up says so and tries again."""

import http.client
import json
import socket

import pytest
from conftest import ROOT, free_port, wait_for


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def ask(connection, target="/healthz"):
    """Status and JSON of an answer; None when nobody answers."""
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except OSError:
        return None
    finally:
        connection.close()


def over_socket(folder):
    return ask(UnixConnection(folder / "api.sock"))


def over_tcp(port):
    return ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5))


def problems_on_the_broker(listener):
    return json.loads(listener.last("test-box/health") or "{}").get("problems", [])


def test_a_taken_port_is_told_everywhere_and_served_when_it_is_free(launch, listener, toy, tmp_path):
    port = free_port()
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", port))
        rival.listen()
        daemon = launch(toy, settings={"api": {"listen": f"127.0.0.1:{port}", "socket": str(tmp_path / "api.sock")}})
        wait_for("the person is seen all the same", lambda: listener.last("/person") == "ON", 30)
        status, health = wait_for("the other listener answers", lambda: over_socket(tmp_path))
        assert status == 503
        assert any(f"127.0.0.1:{port}" in problem and "another program" in problem for problem in health["problems"])
        wait_for("MQTT's health says so", lambda: any(str(port) in text for text in problems_on_the_broker(listener)))
    wait_for("it is served once the port is free", lambda: over_tcp(port), 40)
    assert over_tcp(port)[0] == 200
    wait_for("health is clear again", lambda: problems_on_the_broker(listener) == [])
    told = daemon.log.read_text().count("does not run; tried again")
    assert told == 1, f"the log says so {told} times"
    assert daemon.is_running()


@pytest.mark.parametrize(
    ("api", "words"),
    [
        ({"listen": "192.0.2.77:8710", "plaintext": True}, "does not have that address"),
        ({"tls": {"certFile": "/nonexistent/api.crt", "keyFile": "/nonexistent/api.key"}}, "/nonexistent/api.crt"),
    ],
)
def test_what_the_api_lacks_stops_neither_cameras_nor_mqtt(launch, listener, toy, tmp_path, api, words):
    listen = {"listen": f"127.0.0.1:{free_port()}", "socket": str(tmp_path / "api.sock")}
    daemon = launch(toy, settings={"api": {**listen, **api}})
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    wait_for("MQTT's health says why", lambda: any(words in text for text in problems_on_the_broker(listener)))
    assert over_socket(tmp_path)[0] == 503
    assert daemon.is_running()


def test_a_certificate_that_comes_later_is_taken_without_a_restart(launch, listener, toy, tmp_path):
    port = free_port()
    files = {"certFile": str(tmp_path / "api.crt"), "keyFile": str(tmp_path / "api.key")}
    launch(toy, settings={"api": {"listen": f"127.0.0.1:{port}", "socket": None, "tls": files}})
    wait_for("its absence is told", lambda: any("api.crt" in text for text in problems_on_the_broker(listener)), 30)
    (tmp_path / "api.crt").write_text("no certificate\n")
    wait_for("a damaged one is no reason to end", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    fixtures = ROOT / "Tests/ServeTests/Fixtures"
    (tmp_path / "api.key").write_bytes((fixtures / "test-only-key.pem").read_bytes())
    (tmp_path / "api.crt").write_bytes((fixtures / "test-only-cert.pem").read_bytes())

    def is_served():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for("it is served", is_served, 60)


def test_a_socket_that_cannot_be_made_and_a_damaged_key_leave_the_rest_alone(launch, listener, toy, tmp_path):
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage/credentials.json").write_text("{")
    (tmp_path / "storage/credentials.json").chmod(0o600)
    port = free_port()
    folder = tmp_path / "later"
    daemon = launch(toy, settings={"api": {"listen": f"127.0.0.1:{port}", "socket": str(folder / "api.sock")}})
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    status, health = wait_for("the TCP address answers", lambda: over_tcp(port))
    assert status == 503
    assert any("api.sock" in problem for problem in health["problems"]), health
    assert any("--rotate" in problem for problem in health["problems"]), health
    folder.mkdir()
    wait_for("the socket is made when its folder is there", lambda: over_socket(folder), 40)
    assert daemon.is_running()


def test_what_the_broker_connection_lacks_stops_neither_cameras_nor_the_api(launch, toy, tmp_path):
    port = free_port()
    mqtt = {"host": "no-such-broker.invalid", "username": "me", "passwordFile": "/nonexistent/password"}
    tls = {"caFile": "/nonexistent/ca.pem"}
    for broken in ({"host": mqtt["host"]}, mqtt, {"host": "127.0.0.1", "tls": tls}):
        daemon = launch(
            toy, settings={"mqtt": broken, "api": {"listen": f"127.0.0.1:{port}", "socket": None}}
        )
        answer = wait_for("the API answers", lambda: over_tcp(port), 20)
        wait_for("the camera is online", lambda: over_tcp(port)[1]["cameras"]["door"] == "online", 20)
        wait_for("the reason is told", lambda: over_tcp(port)[1]["broker"]["problem"], 30)
        assert answer[0] == 200 and daemon.is_running()
        daemon.stop()
