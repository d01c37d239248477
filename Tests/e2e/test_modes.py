"""Home, away, night: named sets of processors' settings, made and switched by everybody who may, with a real broker."""

import json
import subprocess
import urllib.error

import pytest
from conftest import PROGRAM, clip, wait_for

SET = "porchlight/test-box/mode/set"
NIGHT = {"Processors": {"door": {"Labels": ["PET"], "MinConfidence": 60}, "yard": {"Running": False}}}


def two_processors(launch, listener, scene):
    """`door` and `yard`, each of a camera of its own; both run and tell of everything."""
    daemon = launch(scene, {name: clip(scene.clip, loop=True) for name in ("door", "yard")})
    for name in ("door", "yard"):
        wait_for(f"{name} runs", lambda: listener.last(f"processor/{name}/status") == "RUNNING")
    return daemon


def settings(client, name="door"):
    return client.describe_stream_processor(Name=name)["Settings"]["ConnectedHome"]


def told(listener):
    """The retained topic, as Home Assistant and everybody else have it."""
    return json.loads(listener.last("test-box/mode") or "null")


def started(listener, mode):
    return [event for event in listener.events("started") if event["mode"] == mode]


def refusal(daemon, *call):
    with pytest.raises(urllib.error.HTTPError) as caught:
        daemon.ask(*call)
    return json.load(caught.value)


def test_a_mode_changes_everything_at_once_and_events_say_which_it_was(launch, listener, toy):
    daemon = two_processors(launch, listener, toy)
    client = daemon.rekognition()
    before = wait_for("an event without a mode", lambda: listener.events(), 40)
    assert {event["mode"] for event in before} == {None}
    assert told(listener) == {"mode": None, "changed": [], "modes": []}
    daemon.ask("PUT", "/modes/home", {"FromCurrent": True})
    daemon.ask("PUT", "/modes/night", NIGHT)
    assert settings(client)["Labels"] == ["ALL"], "a mode that is made changes nothing"
    wait_for("both are told", lambda: told(listener)["modes"] == ["home", "night"], 5)

    select = wait_for(
        "Home Assistant gets a select",
        lambda: json.loads(listener.last("device/test-box/config"))["cmps"].get("box_mode"),
        5,
    )
    assert select["p"] == "select" and select["options"] == ["home", "night"]
    listener.publish(select["command_topic"], "night")
    wait_for("it is night", lambda: told(listener)["mode"] == "night", 5)
    assert json.loads(wait_for("an answer", lambda: listener.last("mode/result"))) == {"ok": True, "mode": "night"}
    assert settings(client) == {"Labels": ["PET"], "MinConfidence": 60}
    wait_for("the yard stops", lambda: client.describe_stream_processor(Name="yard")["Status"] == "STOPPED", 5)
    wait_for("the processors say so", lambda: listener.last("processor/yard/enabled") == "OFF", 5)
    pet = wait_for("a pet at night", lambda: started(listener, "night"), 40)[0]
    assert (pet["event_type"], pet["mode"], pet["processor"]) == ("pet", "night", "door")

    assert daemon.ask("POST", "/mode", {"Mode": "home"}) == {"Mode": "home", "Changed": []}
    assert settings(client) == {"Labels": ["ALL"], "MinConfidence": 50}
    wait_for("the yard runs again", lambda: listener.last("processor/yard/status") == "RUNNING")
    wait_for("a person at home", lambda: started(listener, "home"), 40)

    listener.publish(SET, '{"mode": null, "requestId": "7"}')
    wait_for("no mode", lambda: told(listener)["mode"] is None, 5)
    answer = {"ok": True, "mode": None, "requestId": "7"}
    wait_for("that is answered", lambda: json.loads(listener.last("mode/result")) == answer, 5)
    assert settings(client) == {"Labels": ["ALL"], "MinConfidence": 50}, "everything stays as it is"


def test_the_mode_and_what_was_changed_since_survive_a_power_cut(launch, listener, toy):
    daemon = two_processors(launch, listener, toy)
    daemon.ask("PUT", "/modes/night", NIGHT)
    daemon.ask("POST", "/mode", {"Mode": "night"})
    change = {"ConnectedHomeForUpdate": {"MinConfidence": 70}}
    daemon.rekognition().update_stream_processor(Name="door", SettingsForUpdate=change)
    expected = {"mode": "night", "changed": ["door"], "modes": ["night"]}
    wait_for("the change is told", lambda: told(listener) == expected, 5)
    listed = daemon.ask("GET", "/modes")
    assert listed["Changed"] == ["door"]
    daemon.kill()
    count = len(listener.all("test-box/mode"))
    nights = len(started(listener, "night"))
    daemon.start()
    wait_for("it is told anew", lambda: len(listener.all("test-box/mode")) > count)
    wait_for("nothing is lost", lambda: told(listener) == expected, 5)
    assert daemon.ask("GET", "/modes") == listed
    client = daemon.rekognition()
    assert settings(client) == {"Labels": ["PET"], "MinConfidence": 70}
    assert client.describe_stream_processor(Name="yard")["Status"] == "STOPPED"
    wait_for("events say it, too", lambda: started(listener, "night")[nights:], 40)
    assert daemon.ask("POST", "/mode", {"Mode": "night"})["Changed"] == [], "switched once more it is as the mode says"
    assert settings(client) == {"Labels": ["PET"], "MinConfidence": 60}


def test_what_cannot_be_is_told_by_name_and_changes_nothing(launch, listener, toy):
    daemon = two_processors(launch, listener, toy)
    client = daemon.rekognition()
    daemon.ask("PUT", "/modes/night", NIGHT)
    client.stop_stream_processor(Name="yard")
    client.delete_stream_processor(Name="yard")
    gone = refusal(daemon, "POST", "/mode", {"Mode": "night"})
    assert gone["__type"] == "InvalidParameterException" and "yard" in gone["Message"]
    assert settings(client)["Labels"] == ["ALL"] and told(listener)["mode"] is None
    (mode,) = daemon.ask("GET", "/modes")["Modes"]
    assert len(mode["Problems"]) == 1 and "yard" in mode["Problems"][0]
    listener.publish(SET, "night")
    answer = json.loads(wait_for("a refusal", lambda: listener.last("mode/result"), 5))
    assert answer["ok"] is False and "yard" in answer["error"]["Message"]

    assert refusal(daemon, "POST", "/mode", {"Mode": "day"})["__type"] == "ResourceNotFoundException"
    assert refusal(daemon, "PUT", "/modes/none", NIGHT)["__type"] == "InvalidParameterException"
    unknown = {"Processors": {"gone": {"Running": True}, "door": {"Labels": ["PACKAGE"]}}}
    message = refusal(daemon, "PUT", "/modes/away", unknown)["Message"]
    assert "gone" in message and "PACKAGE" in message, "all that is wrong is told at once"
    for garbage in (b"\xff\x00", b"", b"[]", b'{"mode": 7}', b"x" * 100_000, b"a b"):
        listener.publish(SET, garbage)
    daemon.ask("PUT", "/modes/night", {"Processors": {"door": {"Labels": ["PET"]}}})
    daemon.ask("POST", "/mode", {"Mode": "night"})
    daemon.ask("DELETE", "/modes/night")
    wait_for("none is left", lambda: told(listener) == {"mode": None, "changed": [], "modes": []}, 5)
    assert settings(client)["Labels"] == ["PET"], "what runs stays as it is"
    wait_for("the select goes", lambda: "box_mode" not in json.loads(listener.last("device/test-box/config"))["cmps"], 5)
    assert daemon.is_running()


def test_the_command_line_makes_shows_and_switches(launch, listener, toy):
    daemon = two_processors(launch, listener, toy)

    def porchlight(*arguments, status=0):
        done = subprocess.run(
            [PROGRAM, "mode", *arguments, "--config", daemon.config], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    assert "no modes yet" in porchlight()
    porchlight("home", "--save")
    assert porchlight("home") == "mode home\n"
    daemon.rekognition().stop_stream_processor(Name="yard")
    table = porchlight()
    assert "changed since: yard" in table and "door, yard" in table
    assert "day does not exist" in porchlight("day", status=66)
    assert "'none'" in porchlight("none", "--save", status=64)
    assert porchlight("none") == "mode none\n"
    porchlight("home", "--delete")
    assert json.loads(porchlight("--json"))["Modes"] == []
