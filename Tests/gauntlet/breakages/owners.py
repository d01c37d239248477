"""What owners do while it runs: settings, processors, slow callers."""

import json
import socket

from . import Breakage


def switched(world):
    client = world.daemon.rekognition()
    world.show("door", "person")
    world.sleep(8)
    client.update_stream_processor(Name="door", SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PET"]}})
    world.set_camera("door", labels=("pet",))
    world.sleep(13)
    client.update_stream_processor(Name="door", SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PERSON", "PET"]}})
    world.set_camera("door", labels=("person", "pet"))
    world.sleep(13)
    world.show("door", "empty")
    world.sleep(12)


def stopped_and_started(world):
    """As fast as a finger on a switch."""
    client = world.daemon.rekognition()
    world.show("door", "person")
    for _ in range(6):
        client.stop_stream_processor(Name="door")
        world.sleep(0.3)
        client.start_stream_processor(Name="door")
        world.sleep(0.3)
    world.sleep(13)
    world.show("door", "empty")
    world.sleep(8)
    client.stop_stream_processor(Name="door")
    world.set_camera("door", runs=False)
    world.visit(seconds=10, is_told=False)
    client.start_stream_processor(Name="door")
    world.set_camera("door", runs=True)
    world.sleep(5)


def nothing(world):
    """Whoever cries wolf is not believed: all is well, for longer than anything takes to be noticed."""
    world.visit(seconds=8)
    world.sleep(60)
    world.count_alarms()


def rubbish(world):
    """Commands that are none, many of them."""
    topic = "porchlight/test-box/processor/door/settings/set"
    for payload in [b"", b"{", b"\xff\xfe\x00", b"[]", b'{"SettingsForUpdate":5}', b"x" * 300_000] * 5:
        world.observer.client.publish(topic, payload, qos=1).wait_for_publish(5)
    world.observer.client.publish(topic, b'{"SettingsForUpdate":{}}', qos=1, retain=True).wait_for_publish(5)
    world.visit(seconds=8)


def slow_caller(world):
    """Half a request, for ever; the box goes on."""
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(world.folder / "api.sock"))
        slow.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + json.dumps({}).encode())
        world.visit(seconds=8)
        world.set(daemon_runs=False)
        world.note_memory()
        world.daemon.stop(15)
        world.sleep(3)
    world.restart()


ROWS = [
    Breakage("nothing", "owner", "all is well for a minute, and nothing may be told", nothing),
    Breakage("label switched off and on", "owner", "while somebody of that label is in view", switched),
    Breakage("stopped and started quickly", "owner", "six times in 4 s, then off for a visit", stopped_and_started),
    Breakage("rubbish as commands", "owner", "thirty payloads that are no settings, one of them retained", rubbish),
    Breakage("slow caller at the end", "owner", "half a request of the API, then SIGTERM", slow_caller),
]
