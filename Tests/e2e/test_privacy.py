"""In privacy mode no picture leaves the process; without it pictures are as the settings say."""

import json
import urllib.error
import urllib.request

from conftest import wait_for


def snapshot(daemon, name="snapshot.jpg"):
    token = daemon.credentials()["bearerToken"]
    request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}/cameras/door/{name}")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        return urllib.request.urlopen(request, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code


def pictures(daemon):
    return list(daemon.storage.rglob("*.jpg"))


def test_privacy_keeps_every_picture_in_the_process(launch, listener, toy):
    image = "porchlight/test-box/processor/door/person/image"
    daemon = launch(toy, settings={"pictures": {"privacy": False}})
    wait_for("a picture", lambda: listener.all("door/person/image"), 40)
    assert snapshot(daemon) == 200
    entities = json.loads(listener.last("device/test-box/config"))["cmps"]
    assert "door_person_image" in entities
    daemon.stop()
    for picture in pictures(daemon):
        picture.unlink()

    config = json.loads(daemon.config.read_text())
    daemon.config.write_text(json.dumps({**config, "pictures": {"privacy": True}}))
    heard = len(listener.messages)
    daemon.start()
    event = wait_for("an event", lambda: [e for e in listener.events("started") if e["bootId"] != boot(listener, heard)], 40)[-1]
    assert event["image"] is None
    ended = wait_for("its end", lambda: [e for e in listener.events("ended") if e["id"] == event["id"]], 40)[-1]
    assert ended["image"] is None
    assert [payload for _, topic, payload, _ in listener.messages[heard:] if topic == image] == [b""], "cleared, never set"
    assert snapshot(daemon) == 400
    assert snapshot(daemon, "live.mjpg") == 400
    assert pictures(daemon) == []
    assert not [name for name in json.loads(listener.last("device/test-box/config"))["cmps"] if name.endswith("_image")]


def boot(listener, heard):
    """The run of the program that was heard first."""
    events = [json.loads(payload) for _, topic, payload, _ in listener.messages[:heard] if topic.endswith("/event")]
    return events[0]["bootId"]


def test_a_picture_keeps_to_its_size(launch, listener, toy):
    launch(toy, settings={"pictures": {"maxKilobytes": 16, "boxes": True}})
    # The clip repeats itself, and what has not changed is not sent again.
    wait_for("pictures", lambda: len(listener.all("/image")) == 2, 60)
    assert all(len(picture) <= 16 << 10 for picture in listener.all("/image"))
