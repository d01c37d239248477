"""Opting in keeps what the network is unsure about, for the owner alone; opting out leaves nothing."""

import json
import subprocess

from conftest import PROGRAM, wait_for


def opt(daemon, is_in):
    daemon.rekognition().update_stream_processor(Name="door", DataSharingPreferenceForUpdate={"OptIn": is_in})


def test_samples_are_kept_in_cocos_form_and_go_when_the_owner_opts_out(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    samples = daemon.storage / "samples"
    wait_for("somebody has come", lambda: listener.events("started"), 40)
    assert not samples.exists(), "nobody has opted in"
    opt(daemon, True)
    assert daemon.rekognition().describe_stream_processor(Name="door")["DataSharingPreference"] == {"OptIn": True}
    # A patch that is half in the picture is half a person to the toy network.
    picture = wait_for("a sample", lambda: next(samples.glob("door/images/*.jpg"), None), 60)
    assert picture.read_bytes().startswith(b"\xff\xd8")
    daemon.stop()

    dataset = samples / "door/annotations.json"
    coco = json.loads(dataset.read_text())
    assert picture.name in [image["file_name"] for image in coco["images"]]
    for image, found in zip(coco["images"], coco["annotations"]):
        left, top, width, height = found["bbox"]
        assert 0 <= left <= left + width <= image["width"] + 1 and 0 <= top <= top + height <= image["height"] + 1
        assert 0.2 <= found["score"] < 0.7
    report = subprocess.run(
        [PROGRAM, "evaluate", "--dataset", dataset, "--model", toy.model, "--json"], capture_output=True, text=True
    )
    assert report.returncode == 0, report.stderr

    daemon.start()
    wait_for("it is back", lambda: listener.last("test-box/status") == "online", 20)
    assert picture.exists(), "a restart keeps them"
    opt(daemon, False)
    wait_for("they are gone", lambda: not (samples / "door").exists(), 10)
