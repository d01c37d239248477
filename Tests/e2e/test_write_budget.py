"""SD cards live long: what a day may write is bounded, whatever happens before the camera."""

import json
import time

from conftest import wait_for


def health(listener):
    found = listener.last("test-box/health")
    return json.loads(found) if found else {}


def pictures_of(listener, after=0):
    """The `image` of the visits that have ended since."""
    return [event["image"] for event in listener.events("ended")[after:]]


def test_a_visit_writes_one_picture_and_names_it_when_it_is_there(launch, listener, toy):
    daemon = launch(toy)
    path = wait_for("a visit has ended", lambda: [image for image in pictures_of(listener) if image], 60)[0]
    assert (daemon.storage / path).read_bytes().startswith(b"\xff\xd8")
    assert all(event["image"] is None for event in listener.events("started"))


def test_when_the_day_is_used_up_pictures_are_spared_in_words_until_the_next_day(
    launch, listener, toy, tmp_path, wall_clock
):
    storage = tmp_path / "storage"
    storage.mkdir()
    (storage / "bytes-written").write_text(f"{int(time.time() // 86_400)} 900000\n")
    bounds = {"directory": str(storage), "maxMegabytes": 64, "maxDays": 9, "maxMegabytesWrittenPerDay": 1}
    daemon = launch(toy, environment=wall_clock.environment, settings={"storage": bounds})
    wait_for("a picture is spared", lambda: health(listener).get("picturesSpared"), 120)
    wait_for("a visit has ended", lambda: pictures_of(listener), 60)
    assert set(pictures_of(listener)) == {None}
    assert any("storage.maxMegabytesWrittenPerDay" in problem for problem in health(listener)["problems"])
    numbers = [event["seq"] for event in listener.events()]
    assert all(numbers), "events are always written"
    wait_for("pictures go to the broker", lambda: listener.all("/person/image"))

    daemon.kill()
    seen = len(listener.events("ended"))
    daemon.start()
    wait_for("visits end after the restart, too", lambda: len(pictures_of(listener, seen)) >= 2, 90)
    assert set(pictures_of(listener, seen)) == {None}

    wall_clock.set_ahead(86_400)
    seen = len(listener.events("ended"))
    path = wait_for("pictures are kept again", lambda: [each for each in pictures_of(listener, seen) if each], 90)[0]
    assert (storage / path).exists()
    wait_for("nobody complains any more", lambda: not health(listener)["problems"], 90)
