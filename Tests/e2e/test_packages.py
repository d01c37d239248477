"""A parcel's whole story: brought, left lying where nothing moves, taken; and what never moves is told as background."""

import json
import shutil
import subprocess
import time

import pytest
from conftest import TOY_MODEL, Scene, clip, wait_for

MANIFEST = {
    "name": "toy courier",
    "head": "yolox",
    "input": {"width": 128, "height": 128, "resize": "letterbox-top-left"},
    "labels": {"PERSON": ["person"], "PACKAGE": ["cat"]},
}


@pytest.fixture(scope="session")
def courier_model(tmp_path_factory):
    """The toy network, whose green patch is a package here."""
    folder = tmp_path_factory.mktemp("courier-model")
    shutil.copy(TOY_MODEL, folder / "toy_detector.onnx")
    (folder / "toy_detector.json").write_text(json.dumps(MANIFEST))
    return folder / "toy_detector.onnx"


def film(path, seconds, red, green):
    """A grey yard with a red patch and a green one where and when these expressions say."""
    patch = f"color={{}}:s=480x480:r=10:d={seconds}"
    graph = (
        f"color=gray:s=1280x720:r=10:d={seconds}[a];{patch.format('0xe61e1e')}[p];{patch.format('0x1ee61e')}[c];"
        f"[a][p]overlay=x='{red}':y=120[b];[b][c]overlay=x='{green}':y=120"
    )
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-y", "-filter_complex", graph, "-t", str(seconds), "-pix_fmt", "yuv420p", path],
        check=True,
    )
    return path


@pytest.fixture(scope="session")
def delivery(courier_model, tmp_path_factory):
    """Somebody stands right at 1 to 7 s and leaves a parcel in the middle at 4 s; it lies alone until at 50 s somebody
    comes again, and both are gone at 54 s."""
    path = tmp_path_factory.mktemp("delivery") / "delivery.mp4"
    red = "if(between(t,1,7)+between(t,50,54),800,-500)"
    green = "if(between(t,4,54),320,-500)"
    return Scene(courier_model, film(path, 75, red, green), 75)


def test_a_parcel_is_on_while_it_lies_there_and_told_as_taken(launch, listener, delivery):
    launch(delivery, {"door": clip(delivery.clip)})
    began = wait_for("the parcel", lambda: [e for e in listener.events("started") if e["label"] == "PACKAGE"], 30)[0]
    assert began["personNearby"] is True
    seen_at = time.monotonic()
    since = json.loads(wait_for("its attributes", lambda: listener.last("/package/attributes")))["since"]
    # Nothing moves for most of this time: the network looks only now and then.
    while time.monotonic() - seen_at < 40:
        assert listener.last("door/package") == "ON"
        assert json.loads(listener.last("/package/attributes"))["since"] == since
        time.sleep(0.5)
    ended = wait_for("its end", lambda: [e for e in listener.events("ended") if e["id"] == began["id"]], 40)[0]
    assert (ended["reason"], ended["personNearby"]) == ("taken", True)
    assert len([e for e in listener.events("started") if e["label"] == "PACKAGE"]) == 1
    wait_for("the state is off", lambda: listener.last("door/package") == "OFF", 5)
    people = [e for e in listener.events("started") if e["label"] == "PERSON"]
    assert len(people) == 2 and all(e["personNearby"] is None for e in people)


def test_background_is_told_and_forgotten_on_request(launch, listener, courier_model, tmp_path):
    """What an earlier start has learned begins no visits, is listed, and is a visitor again when the owner says so."""
    scene = Scene(courier_model, film(tmp_path / "statue.mp4", 20, "400", "-500"), 20)
    launch(scene, {"door": clip(scene.clip, loop=True)}).kill()
    storage = tmp_path / "storage"
    storage.mkdir(exist_ok=True)
    statue = {"label": "PERSON", "confidence": 88, "box": [0.3125, 0.1667, 0.375, 0.6667], "since": 1790000000000}
    (storage / "background.json").write_text(json.dumps({"cameras": {"door": [statue]}}))
    daemon = launch(scene, {"door": clip(scene.clip, loop=True)})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")

    def background():
        return json.loads(listener.last("camera/door/health")).get("background")

    assert [item["label"] for item in wait_for("the statue is told", background, 15)] == ["PERSON"]
    time.sleep(8)
    assert listener.events() == []
    topic = "porchlight/test-box/camera/door/background/"
    for payload, type_ in (("clear", "InvalidParameterException"), ("{}", "InvalidParameterException")):
        listener.publish(topic + "set", payload)
        wait_for("it is refused", lambda: (listener.last("background/result") or "").count(type_), 5)
    listener.publish(topic.replace("door", "attic") + "set", "CLEAR")
    wait_for("there is no attic", lambda: "ResourceNotFound" in (listener.last("attic/background/result") or ""), 5)
    assert listener.events() == []
    listener.publish(topic + "set", "CLEAR")
    wait_for("it is done", lambda: json.loads(listener.last("door/background/result")) == {"ok": True, "forgotten": 1}, 5)
    wait_for("the statue is a person again", lambda: listener.events("started"), 15)
    wait_for("nothing is background", lambda: background() == [], 15)
    daemon.stop()
    assert json.loads((storage / "background.json").read_text()) == {"cameras": {}}


def test_what_was_there_before_and_never_moved_is_nobody_and_is_listed(launch, listener, courier_model, tmp_path):
    """A statue and a parcel from the first frame on: no event however sure the network is, and both are background."""
    scene = Scene(courier_model, film(tmp_path / "still.mp4", 60, "40", "700"), 60)
    launch(scene, {"door": clip(scene.clip)})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")

    def background():
        return json.loads(listener.last("camera/door/health") or "{}").get("background")

    listed = wait_for("both are listed", lambda: len(background() or []) == 2 and background(), 50)
    assert {item["label"] for item in listed} == {"PERSON", "PACKAGE"}
    assert listener.events() == []
    assert "ON" not in listener.texts("/person") + listener.texts("/package")


def test_a_parcel_is_on_again_after_a_restart(launch, listener, courier_model, tmp_path):
    """It has come while the program ran, and does not move when the program starts again."""
    comes = Scene(courier_model, film(tmp_path / "comes.mp4", 120, "-500", "if(gt(t,12),320,-500)"), 120)
    lies = Scene(courier_model, film(tmp_path / "lies.mp4", 30, "-500", "320"), 30)
    daemon = launch(comes, {"door": clip(comes.clip)})
    wait_for("the parcel", lambda: listener.last("door/package") == "ON", 40)
    time.sleep(65)
    daemon.stop()
    stored = json.loads((daemon.storage / "background.json").read_text())
    assert {item["label"] for item in stored["present"]["door"]} == {"PACKAGE"}
    wait_for("the state is off", lambda: listener.last("door/package") == "OFF", 5)
    launch(lies, {"door": clip(lies.clip)})
    wait_for("the parcel is there again", lambda: listener.last("door/package") == "ON", 20)
