"""What the box sees of a camera, look by look: for whoever follows, as long as they follow, and never in the way of a look."""

import http.client
import json
import threading
import time

import pytest
from conftest import camera_frames, fake_camera, wait_for
from test_live import look as look_at_pictures
from test_live import picture


def follow(daemon, path="/cameras/door/looks", timeout=20):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=timeout)
    token = daemon.credentials()["bearerToken"]
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    return connection, connection.getresponse()


def events(answer):
    """(name, data) of each event, as they come."""
    name = None
    for line in iter(answer.readline, b""):
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def figures(daemon):
    """The daemon's own figures, by the name of each with its labels."""
    _, answer = follow(daemon, "/metrics")
    lines = answer.read().decode().splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}


def test_whoever_follows_hears_who_is_there_where_and_for_which_processor(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    assert figures(daemon)["porchlight_api_look_viewers"] == 0
    gone, answer = follow(daemon)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/event-stream"
    heard = events(answer)
    assert next(heard) == ("begin", {"pictures": True})
    began, seen, moved = time.monotonic(), None, False
    for name, look in heard:
        assert name == "look" and time.monotonic() - began < 40, "nobody was seen"
        assert (look["width"], look["height"]) == (1280, 720)
        assert [processor["name"] for processor in look["processors"]] == ["door"]
        moved = moved or bool(look["motion"]["areas"])
        for thing in look["detections"]:
            verdict = thing["processors"][0]
            if thing["label"] == "PERSON" and verdict["visit"]:
                seen = (thing, verdict)
        if seen and moved:
            break
    thing, verdict = seen
    assert verdict["name"] == "door" and verdict["counts"] is True and thing["confidence"] > 50
    place = thing["boundingBox"]
    # The patch is 480 of 720 pixels high and stands at 120.
    assert abs(place["top"] - 120 / 720) < 0.15 and abs(place["height"] - 480 / 720) < 0.25
    told = wait_for("the visit is told", lambda: [e for e in listener.events() if e["id"] == verdict["visit"]])
    assert told[0]["event_type"] == "person"
    gone.close()
    answer.close()
    wait_for("its place is free", lambda: figures(daemon)["porchlight_api_look_viewers"] == 0, 20)


def test_privacy_tells_what_is_seen_and_says_that_there_are_no_pictures(launch, listener, toy):
    daemon = launch(toy, settings={"pictures": {"privacy": True}})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    _, answer = follow(daemon)
    heard = events(answer)
    assert next(heard) == ("begin", {"pictures": False})
    assert next(heard)[0] == "look"
    lookers = [follow(daemon) for _ in range(3)]
    assert [answer.status for _, answer in lookers] == [200, 200, 200]
    assert follow(daemon)[1].status == 503
    assert daemon.stop() < 5


# Encoding takes 5 MB for a moment; what is resident besides differs by some 2 MB between two starts.
@pytest.mark.parametrize("source, megabytes", [("camera", 8), ("clip", 10)])
def test_a_page_and_two_viewers_cost_little_memory_and_no_look(
    launch, listener, toy, tmp_path, fake_camera_library, source, megabytes
):
    """Two who see a camera's pictures and looks for half a minute cost little, and no picture that would have been looked at else.
    A camera sends JPEGs, as most do; a clip's pictures are encoded for whoever looks."""
    if source == "camera":
        world = fake_camera(fake_camera_library, camera_frames(toy, tmp_path / "frames", "MJPG"), "MJPG", "1280x720")
        daemon = launch(toy, {"door": {"source": "v4l2:/dev/video42", "fps": 10}}, environment=world)
    else:
        daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    resident, dropped = "porchlight_resident_megabytes", 'porchlight_camera_frames_dropped_total{camera="door"}'
    analysed = 'porchlight_camera_frames_analysed_total{camera="door"}'
    # What everything takes once comes in the first rounds of the pictures.
    watched(daemon, 2 * toy.seconds, resident, [])
    quiet = watched(daemon, 2 * toy.seconds, resident, [dropped, analysed])
    stop = threading.Event()
    pictures, looks = [0, 0], [0, 0]

    def see(number):
        _, answer = look_at_pictures(daemon)
        while not stop.is_set():
            picture(answer)
            pictures[number] += 1

    def hear(number):
        _, answer = follow(daemon)
        for name, _ in events(answer):
            looks[number] += name == "look"
            if stop.is_set():
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2) for work in (see, hear)]
    for thread in threads:
        thread.start()
    for file in ["", "page/main.js", "page/page.css", "page/views/live.js", "page/overlay.js"]:
        assert follow(daemon, f"/{file}")[1].status == 200
    busy = watched(daemon, 2 * toy.seconds, resident, [dropped, analysed])
    stop.set()
    for thread in threads:
        thread.join(30)
    more = busy[resident] - quiet[resident]
    print(f"{more:.1f} MB more; dropped {quiet[dropped]:.0f} then {busy[dropped]:.0f}; looks {quiet[analysed]:.0f} then "
          f"{busy[analysed]:.0f}; pictures {pictures}, looks heard {looks}")
    assert min(pictures) > 50 and min(looks) > 10
    assert more <= megabytes
    # How many looks there are depends on what else the machine does; a picture that was replaced unseen would be counted.
    assert busy[dropped] <= quiet[dropped] and busy[analysed] >= 0.75 * quiet[analysed]


def watched(daemon, seconds, resident, counters):
    """The most that was resident, and by how much the counters grew."""
    before, most = figures(daemon), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(2)
        most = max(most, figures(daemon)[resident])
    after = figures(daemon)
    return {resident: most, **{name: after[name] - before[name] for name in counters}}
