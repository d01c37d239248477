"""A session that AWS's code waits for always ends with a word, whatever happens to the box."""

import json

from conftest import wait_for


def messages(listener):
    """What AWS's code would read out of SQS."""
    return [json.loads(json.loads(text)["Message"]) for text in listener.texts("notifications/door-events")]


def of_type(listener, kind):
    return [message for message in messages(listener) if message["eventNamespace"]["type"] == kind]


def test_a_crash_in_the_middle_of_a_session_is_told_after_the_restart(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    client.create_stream_processor(
        Name="short",
        Input={"KinesisVideoStream": {"Arn": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door"}},
        Output={"S3Destination": {"Bucket": "results"}},
        RoleArn="arn:aws:iam::123456789012:role/porchlight",
        NotificationChannel={"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:door-events"},
        Settings={"ConnectedHome": {"Labels": ["PERSON"]}},
    )
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
