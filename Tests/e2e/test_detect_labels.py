"""DetectLabels: stock boto3 sends a photograph and hears what is in it, while a camera is being watched."""

import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from conftest import ROOT, Scene, wait_for


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A woman in a space suit and a cat: the two public-domain photographs of the demo clip."""
    folder = ROOT / ".cache/photos"
    if not (folder / "chelsea.png").exists():
        subprocess.run([ROOT / "scripts/demo-clip.sh", tmp_path_factory.mktemp("demo") / "demo.mp4"], check=True)
    return {name: (folder / f"{name}.png").read_bytes() for name in ("astronaut", "chelsea")}


@pytest.fixture
def daemon(launch, listener, toy):
    daemon = launch(Scene(ROOT / "Models/default", toy.clip, toy.seconds))
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    return daemon


def metric(daemon, name):
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.port}/metrics",
        headers={"Authorization": f"Bearer {daemon.credentials()['bearerToken']}"},
    )
    lines = urllib.request.urlopen(request).read().decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"porchlight_{name}"))


def test_people_and_pets_in_a_photograph_are_found_where_they_are(daemon, photographs):
    api = daemon.rekognition()
    answer = api.detect_labels(Image={"Bytes": photographs["astronaut"]})
    person = next(label for label in answer["Labels"] if label["Name"] == "Person")
    box = person["Instances"][0]["BoundingBox"]
    assert person["Confidence"] > 80
    assert box["Left"] < 0.4 < box["Left"] + box["Width"] and box["Height"] > 0.6
    assert answer["LabelModelVersion"]

    answer = api.detect_labels(Image={"Bytes": photographs["chelsea"]}, MaxLabels=10, MinConfidence=60)
    labels = {label["Name"]: label for label in answer["Labels"]}
    assert labels["Cat"]["Parents"] == [{"Name": "Pet"}]
    assert labels["Pet"]["Instances"] == []
    only = api.detect_labels(
        Image={"Bytes": photographs["chelsea"]},
        Features=["GENERAL_LABELS"],
        Settings={"GeneralLabels": {"LabelExclusionFilters": ["Cat"]}},
    )
    assert "Cat" not in [label["Name"] for label in only["Labels"]]


def test_what_is_no_picture_is_refused_by_name(daemon, photographs):
    api = daemon.rekognition()
    half = photographs["astronaut"][: len(photographs["astronaut"]) // 2]
    for picture in (b"GIF89a, no picture of ours", half):
        with pytest.raises(ClientError) as refused:
            api.detect_labels(Image={"Bytes": picture})
        assert refused.value.response["Error"]["Code"] == "InvalidImageFormatException"
    with pytest.raises(ClientError) as refused:
        api.detect_labels(Image={"S3Object": {"Bucket": "pictures", "Name": "door.jpg"}})
    assert refused.value.response["Error"]["Code"] == "InvalidS3ObjectException"


def test_many_at_once_are_answered_or_told_to_wait_and_the_camera_is_still_watched(daemon, photographs):
    before = metric(daemon, "camera_frames_analysed_total")
    codes = []

    def ask(_):
        try:
            daemon.rekognition().detect_labels(Image={"Bytes": photographs["chelsea"]})
            return "answered"
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(ask, range(24)))
    assert set(codes) <= {"answered", "ProvisionedThroughputExceededException"}
    assert codes.count("answered") >= 1
    assert metric(daemon, "photos_answered_total") == codes.count("answered")
    # boto3 asks a second time by itself.
    assert metric(daemon, "photos_refused_total") >= len(codes) - codes.count("answered")
    wait_for("frames are looked at", lambda: metric(daemon, "camera_frames_analysed_total") > before)
