"""A session that AWS's code waits for always ends with a word, whatever happens to the box."""

import itertools
import json
import subprocess

import pytest
from conftest import TOY_MODEL, Listener, Scene, wait_for


def messages(listener):
    """What AWS's code would read out of SQS."""
    return [json.loads(json.loads(text)["Message"]) for text in listener.texts("notifications/door-events")]


def of_type(listener, kind):
    return [message for message in messages(listener) if message["eventNamespace"]["type"] == kind]


def create(client, name, labels=("PERSON",)):
    client.create_stream_processor(
        Name=name,
        Input={"KinesisVideoStream": {"Arn": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door"}},
        Output={"S3Destination": {"Bucket": "results"}},
        RoleArn="arn:aws:iam::123456789012:role/porchlight",
        NotificationChannel={"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:door-events"},
        Settings={"ConnectedHome": {"Labels": list(labels)}},
    )


@pytest.fixture(scope="session")
def somebody(tmp_path_factory):
    """The toy network's person comes in after a second, walks on slowly, and stays for minutes."""
    path = tmp_path_factory.mktemp("somebody") / "somebody.mp4"
    graph = (
        "color=gray:s=640x360:r=10:d=300[a];color=0xe61e1e:s=240x240:r=10:d=300[p];"
        "[a][p]overlay=x='if(gte(t,1),20+t,-500)':y=60"
    )
    command = ["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-t", "300", "-pix_fmt", "yuv420p", path]
    subprocess.run(command, check=True)
    return Scene(TOY_MODEL, path, 300)


def test_stopped_and_started_at_once_the_old_session_ends_and_the_new_one_tells_anew(launch, listener, somebody):
    daemon = launch(somebody)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    create(client, "short")
    first = client.start_stream_processor(Name="short", StopSelector={"MaxDurationInSeconds": 120})["SessionId"]
    wait_for("somebody is seen", lambda: of_type(listener, "LABEL_DETECTED"), 40)
    visit = wait_for("the visit is told", lambda: visits_of(listener, "short", "started"))[0]["id"]
    assert listener.last("short/person") == "ON"
    client.stop_stream_processor(Name="short")
    second = client.start_stream_processor(Name="short", StopSelector={"MaxDurationInSeconds": 120})["SessionId"]

    ended = wait_for("the old visit ends", lambda: visits_of(listener, "short", "ended"))
    assert [(event["id"], event["reason"]) for event in ended] == [(visit, "stopped")]
    wait_for("the old session is complete", lambda: of_type(listener, "STREAM_PROCESSING_COMPLETE"))
    wait_for("a new visit begins", lambda: len(visits_of(listener, "short", "started")) == 2)
    wait_for("the new session tells", lambda: len(of_type(listener, "LABEL_DETECTED")) == 2)
    wait_for("the label is ON again", lambda: listener.last("short/person") == "ON")
    assert [message["sessionId"] for message in of_type(listener, "LABEL_DETECTED")] == [first, second]
    assert [message["sessionId"] for message in of_type(listener, "STREAM_PROCESSING_COMPLETE")] == [first]
    # Retained states are repeated every minute.
    states = [state for state, _ in itertools.groupby(listener.texts("short/person"))]
    assert states[-3:] == ["ON", "OFF", "ON"]

    # The same name for another processor, at once.
    client.stop_stream_processor(Name="short")
    client.delete_stream_processor(Name="short")
    create(client, "short")
    third = client.start_stream_processor(Name="short")["SessionId"]
    wait_for("the third session tells", lambda: len(of_type(listener, "LABEL_DETECTED")) == 3)
    assert of_type(listener, "LABEL_DETECTED")[2]["sessionId"] == third
    wait_for("the label is ON", lambda: listener.last("short/person") == "ON")
    over = wait_for("two are over", lambda: of_type(listener, "STREAM_PROCESSING_COMPLETE")[1:])
    assert [message["sessionId"] for message in over] == [second]


def test_a_stop_while_the_broker_is_away_loses_no_word_of_a_session(launch, broker, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    create(client, "short", ["PERSON", "PET"])
    session = client.start_stream_processor(Name="short", StopSelector={"MaxDurationInSeconds": 120})["SessionId"]
    wait_for("somebody is seen", lambda: of_type(listener, "LABEL_DETECTED"), 40)
    listener.close()
    broker.kill()
    wait_for("the other label is seen too", lambda: len(list(daemon.storage.glob("results/*/short/*/*-frame.jpg"))) == 2, 40)
    daemon.stop()
    broker.start()
    late = Listener(broker.port)
    daemon.start()
    wait_for("it is told to be over", lambda: of_type(late, "STREAM_PROCESSING_COMPLETE"), 40)
    told = [(message["eventNamespace"]["type"], message["sessionId"]) for message in messages(late)]
    late.close()
    # The broker was killed: what it had acknowledged a moment before may come again.
    assert told[-2:] == [("LABEL_DETECTED", session), ("STREAM_PROCESSING_COMPLETE", session)]
    assert [kind for kind, _ in told].count("STREAM_PROCESSING_COMPLETE") == 1


def visits_of(listener, processor, phase):
    return [event for event in listener.events(phase) if event["processor"] == processor]


def test_a_crash_in_the_middle_of_a_session_is_told_after_the_restart(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    create(client, "short")
    session = client.start_stream_processor(Name="short", StopSelector={"MaxDurationInSeconds": 120})["SessionId"]
    seen = wait_for("somebody is seen", lambda: of_type(listener, "LABEL_DETECTED"), 40)[0]
    assert seen["sessionId"] == session
    assert not of_type(listener, "STREAM_PROCESSING_COMPLETE")
    daemon.kill()
    daemon.start()
    over = wait_for("it is told to be over", lambda: of_type(listener, "STREAM_PROCESSING_COMPLETE"), 30)
    assert [message["sessionId"] for message in over] == [session]
    assert over[0]["streamProcessingResults"]["message"] == "Porchlight was interrupted"
    summary = json.loads((daemon.storage / "results/results/short" / session / "summary.json").read_text())
    assert [label["name"] for label in summary["labels"]] == ["PERSON"] and summary["labels"][0]["frame"] is not None
    assert wait_for("the API answers", lambda: status(daemon)) == "STOPPED"


def status(daemon):
    try:
        return daemon.rekognition().describe_stream_processor(Name="short")["Status"]
    except Exception:  # noqa: BLE001 - the daemon is just starting
        return None
