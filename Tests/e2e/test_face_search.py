"""A face search from a photograph to a name at the door: the demo clip's visitor is indexed with stock boto3 and recognised,
on the broker, in events and in the records of the data stream."""

import json

import pytest
from conftest import ROOT, clip, start_face_search, wait_for


@pytest.fixture
def daemon(launch, listener, demo):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    daemon.rekognition().create_collection(CollectionId="family")
    return daemon


def search(daemon, listener):
    client = daemon.rekognition()
    start_face_search(client)
    wait_for("the face search runs", lambda: listener.last("processor/faces/status") == "RUNNING")
    return client


def face_events(listener):
    return [event for event in listener.events() if event["processor"] == "faces"]


def test_somebody_who_is_known_is_told_by_name(daemon, listener):
    photograph = (ROOT / ".cache/photos/astronaut.png").read_bytes()
    client = daemon.rekognition()
    faces = client.index_faces(CollectionId="family", Image={"Bytes": photograph}, ExternalImageId="Eileen")
    assert len(faces["FaceRecords"]) == 1
    search(daemon, listener)
    wait_for("she is named", lambda: listener.last("processor/faces/face") == "Eileen", 60)
    attributes = json.loads(listener.last("processor/faces/face/attributes"))
    assert attributes["state"] == "Eileen" and attributes["looksAgreed"] >= 2 and attributes["similarity"] >= 80
    named = [event for event in face_events(listener) if event["face"]["name"]]
    assert named and all(event["face"]["name"] == "Eileen" and event["face"]["why"] is None for event in named)

    def matched():
        records = [json.loads(text) for text in listener.texts("streams/faces")]
        found = [face for record in records for face in record["FaceSearchResponse"] if face["MatchedFaces"]]
        return found[-1] if found else None

    face = wait_for("a record with a match", matched)
    assert {mark["Type"] for mark in face["DetectedFace"]["Landmarks"]} == {
        "eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight",
    }
    match = face["MatchedFaces"][0]
    assert match["Face"]["ExternalImageId"] == "Eileen" and match["Similarity"] >= 80
    assert match["Face"]["FaceId"] == faces["FaceRecords"][0]["Face"]["FaceId"]

    # She goes, and nobody is there.
    wait_for("nobody is there", lambda: listener.last("processor/faces/face") == "", 60)
    daemon.rekognition().stop_stream_processor(Name="faces")
    wait_for("it is told", lambda: json.loads(listener.last("processor/faces/face/attributes"))["state"] == "nobody")


def test_somebody_who_is_not_known_is_unknown_and_the_same_when_she_comes_again(daemon, listener):
    search(daemon, listener)
    wait_for("somebody is there", lambda: listener.last("processor/faces/face") == "unknown", 60)

    def strangers():
        ended = [event for event in face_events(listener) if event["phase"] == "ended" and event["label"] == "PERSON"]
        return [event["face"]["stranger"] for event in ended if event["face"]["stranger"]]

    seen = wait_for("she has come twice", lambda: strangers() if len(strangers()) >= 2 else None, 120)
    assert len(set(seen)) == 1
    for event in face_events(listener):
        assert event["face"]["name"] is None and event["face"]["why"]
