"""What owners see of faces: whether a picture will do, and the small pictures of references, where they are wanted."""

import base64
import json
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, wait_for

PORTRAIT = ROOT / ".cache/photos/astronaut.png"
CAT = ROOT / ".cache/photos/chelsea.png"


def ask(daemon, path, method="GET", body=None):
    """Status, type and bytes of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}{path}", method=method)
    request.add_header("Authorization", f"Bearer {daemon.credentials()['bearerToken']}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def check(daemon, picture):
    image = {"Image": {"Bytes": base64.b64encode(picture.read_bytes()).decode()}}
    status, _, body = ask(daemon, "/faces/check", "POST", image)
    assert status == 200, body
    return json.loads(body)["Faces"]


def started(launch, listener, demo, settings):
    daemon = launch(demo, settings=settings)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    return daemon


def indexed(daemon):
    client = daemon.rekognition()
    client.create_collection(CollectionId="household")
    answer = client.index_faces(
        CollectionId="household", Image={"Bytes": PORTRAIT.read_bytes()}, ExternalImageId="eileen"
    )
    return answer["FaceRecords"][0]["Face"]["FaceId"]


def test_a_picture_is_judged_and_a_reference_is_seen_until_it_is_deleted(launch, listener, demo):
    daemon = started(launch, listener, demo, {"faces": {"thumbnails": True}})
    assert json.loads(ask(daemon, "/faces")[2]) == {"ready": True, "why": None, "keepsPictures": True}
    [face] = check(daemon, PORTRAIT)
    assert face["Reasons"] == [] and face["Pixels"] >= 64 and face["IsColor"]
    assert check(daemon, CAT) == []
    assert daemon.rekognition().list_collections()["CollectionIds"] == [], "to judge a picture kept something"

    face = indexed(daemon)
    path = f"/faces/{face}/picture.jpg?collection=household"
    status, kind, picture = ask(daemon, path)
    assert status == 200 and kind == "image/jpeg" and picture[:2] == b"\xff\xd8" and len(picture) < 32_768
    daemon.stop()
    daemon.start()
    wait_for("the box answers", lambda: listener.last("processor/door/status") == "RUNNING")
    assert wait_for("it is seen after a restart", lambda: answered(daemon, path))[2] == picture
    daemon.rekognition().delete_faces(CollectionId="household", FaceIds=[face])
    assert ask(daemon, path)[0] == 400
    daemon.stop()
    assert not any(picture[200:260] in file.read_bytes() for file in daemon.storage.glob("faces.sqlite*"))


def answered(daemon, path):
    try:
        return ask(daemon, path)
    except OSError:
        return None


@pytest.mark.parametrize(
    "settings", [{}, {"faces": {"thumbnails": True}, "pictures": {"privacy": True}}], ids=["not asked for", "private"]
)
def test_no_picture_of_a_reference_is_kept_unless_the_owner_wants_it_and_pictures_may_be_kept(
    launch, listener, demo, settings
):
    daemon = started(launch, listener, demo, settings)
    assert json.loads(ask(daemon, "/faces")[2])["keepsPictures"] is False
    face = indexed(daemon)
    assert ask(daemon, f"/faces/{face}/picture.jpg?collection=household")[0] == 400


def test_strangers_are_listed_and_an_unknown_one_cannot_be_forgotten(launch, listener, demo):
    daemon = started(launch, listener, demo, {})
    assert json.loads(ask(daemon, "/strangers")[2]) == {"remembered": True, "kept": False, "strangers": []}
    assert ask(daemon, "/strangers/stranger-1a2b3c4d", "DELETE")[0] == 400
