"""Whatever ends a visit says so: in the event's reason, in the label's state, and nowhere is anything left `ON`."""

import pytest
from conftest import wait_for

UPDATE = {"ConnectedHomeForUpdate": {"Labels": ["PET"]}}


def stop(client, name):
    client.stop_stream_processor(Name=name)


def delete(client, name):
    client.stop_stream_processor(Name=name)
    client.delete_stream_processor(Name=name)


def remove_label(client, name):
    client.update_stream_processor(Name=name, SettingsForUpdate=UPDATE)


@pytest.mark.parametrize(
    ("end", "reasons"),
    [(stop, {"stopped"}), (delete, {"stopped", "deleted"}), (remove_label, {"settings_changed"})],
    ids=["stopped", "deleted", "label removed"],
)
def test_who_ends_a_visit_is_told(launch, listener, toy, end, reasons):
    daemon = launch(toy)
    visit = wait_for("a person", lambda: listener.events("started"), 30)[-1]["id"]
    assert listener.last("/person") == "ON"
    end(daemon.rekognition(), "door")
    ended = wait_for("the visit ends", lambda: [e for e in listener.events("ended") if e["id"] == visit], 5)
    assert len(ended) == 1 and ended[0]["reason"] in reasons
    assert ended[0]["count"] == 0
    wait_for("the state is off or gone", lambda: listener.last("door/person") in ("OFF", ""), 5)


def test_a_session_that_is_over_ends_its_visits(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    client.stop_stream_processor(Name="door")
    wait_for("it stops", lambda: listener.last("processor/door/status") == "STOPPED")
    before = len(listener.events("ended"))
    # Longer than the clip is empty, shorter than the clip: it ends while somebody is there, or a session later.
    for _ in range(6):
        client.start_stream_processor(
            Name="door", StartSelector={"KVSStreamStartSelector": {"ProducerTimestamp": 1}}, StopSelector={"MaxDurationInSeconds": 3}
        )
        wait_for("the session is over", lambda: client.describe_stream_processor(Name="door")["Status"] == "STOPPED", 15)
        ended = listener.events("ended")[before:]
        if any(event["reason"] == "session_ended" for event in ended):
            break
    assert "session_ended" in [event["reason"] for event in listener.events("ended")[before:]]
    wait_for("the state is off", lambda: listener.last("door/person") == "OFF", 5)
