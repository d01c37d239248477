"""Settings change while it runs: by stock boto3 and by MQTT."""

import json
import random
import time

from botocore.exceptions import BotoCoreError
from conftest import wait_for


def test_labels_and_confidence_change_between_two_frames(launch, listener, scene):
    daemon = launch(scene)
    wait_for("the person is seen", lambda: listener.last("/person") == "ON", 30)
    client = daemon.rekognition()

    client.update_stream_processor(Name="door", SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PET"]}})
    wait_for("the person state goes off", lambda: listener.last("/person") == "OFF", 5)
    ended = wait_for("the visit is ended", lambda: listener.events("ended"), 5)
    assert ended[-1]["reason"] == "settings_changed"
    stays_off_for_a_round(listener, scene)

    client.update_stream_processor(
        Name="door", SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PERSON"], "MinConfidence": 99.9}}
    )
    stays_off_for_a_round(listener, scene)

    client.update_stream_processor(Name="door", ParametersToDelete=["ConnectedHomeMinConfidence"])
    wait_for("it works again", lambda: listener.last("/person") == "ON", 30)
    assert client.describe_stream_processor(Name="door")["Settings"]["ConnectedHome"]["MinConfidence"] == 50
    wait_for("its event", lambda: listener.events("started")[-1]["settingsRevision"] == 4, 5)


def stays_off_for_a_round(listener, scene):
    """One whole round of the clip in which the state never says ON and no person's visit starts."""
    before = len(listener.texts("/person"))
    visits = len(people(listener))
    time.sleep(scene.seconds + 1)
    assert "ON" not in listener.texts("/person")[before:]
    assert len(people(listener)) == visits


def people(listener):
    return [event for event in listener.events("started") if event["event_type"] == "person"]


def test_a_settings_command_over_mqtt_is_obeyed_and_answered(launch, listener, toy):
    launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    command = "porchlight/test-box/processor/door/settings/set"
    listener.publish(
        command,
        json.dumps({"requestId": "a1", "SettingsForUpdate": {"ConnectedHomeForUpdate": {"MinConfidence": 72}}}),
    )
    answer = json.loads(wait_for("an answer", lambda: listener.last("settings/result")))
    assert answer == {"ok": True, "revision": 2, "requestId": "a1"}
    settings = json.loads(wait_for("new settings", lambda: listener.last("processor/door/settings")))
    assert round(settings["minConfidence"], 3) == 72

    listener.publish(command, json.dumps({"SettingsForUpdate": {"ConnectedHomeForUpdate": {"MinConfidence": 250}}}))
    answer = json.loads(wait_for("a refusal", lambda: (listener.texts("settings/result")[1:] or [None])[-1]))
    assert answer["ok"] is False
    assert answer["error"]["__type"] == "InvalidParameterException"

    listener.publish("porchlight/test-box/processor/door/enabled/set", "OFF")
    wait_for("it stops", lambda: listener.last("processor/door/status") == "STOPPED")
    wait_for("the switch says so", lambda: listener.last("processor/door/enabled") == "OFF")
    listener.publish("porchlight/test-box/processor/door/enabled/set", "ON")
    wait_for("it runs again", lambda: listener.last("processor/door/status") == "RUNNING")


def test_broken_commands_are_answered_and_harm_nothing(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    command = "porchlight/test-box/processor/door/settings/set"
    for garbage in [b"", b"{", b"\xff\xfe\x00", b"[]", b'{"SettingsForUpdate":5}', b"x" * 1_000_000]:
        listener.publish(command, garbage)
    listener.publish("porchlight/test-box/processor/nobody/settings/set", b"{}")
    seed = random.Random(11)
    good = json.dumps({"SettingsForUpdate": {"ConnectedHomeForUpdate": {"Labels": ["PET"], "MinConfidence": 60}}})
    for _ in range(100):
        damaged = bytearray(good.encode())
        for _ in range(seed.randint(1, 5)):
            damaged[seed.randrange(len(damaged))] = seed.randrange(256)
        listener.publish(command, bytes(damaged))
    wait_for("a good command is obeyed after all that", lambda: obeyed(listener, command), 30)
    assert daemon.is_running()


def obeyed(listener, command):
    """Sends a good command until it is answered well: too many at a time are refused."""
    listener.publish(command, json.dumps({"requestId": "last", "ParametersToDelete": ["RegionsOfInterest"]}))
    time.sleep(0.5)
    answers = [json.loads(text) for text in listener.texts("settings/result")]
    return any(answer["ok"] and answer.get("requestId") == "last" for answer in answers)


def test_each_label_has_a_switch_and_the_last_one_stays_on(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    components = json.loads(wait_for("discovery", lambda: listener.last("device/test-box/config")))["cmps"]
    switches = {label: components[f"door_{label}_enabled"] for label in ("person", "pet")}
    assert "door_package_enabled" not in components, "the toy network knows no packages"
    assert {listener.last(switch["state_topic"]) for switch in switches.values()} == {"ON"}

    listener.publish(switches["pet"]["command_topic"], "OFF")
    wait_for("pets are off", lambda: listener.last(switches["pet"]["state_topic"]) == "OFF")
    labels = client.describe_stream_processor(Name="door")["Settings"]["ConnectedHome"]["Labels"]
    assert labels == ["PERSON"]
    wait_for("its entities go", lambda: "door_pet" not in json.loads(listener.last("device/test-box/config"))["cmps"])

    listener.publish(switches["person"]["command_topic"], "OFF")
    answer = wait_for("a refusal", lambda: next(iter(t for t in listener.texts("settings/result") if "error" in t), None))
    assert "stop the processor instead" in answer
    assert listener.last(switches["person"]["state_topic"]) == "ON"

    listener.publish(switches["pet"]["command_topic"], "ON")
    wait_for("pets are on", lambda: listener.last(switches["pet"]["state_topic"]) == "ON")
    labels = client.describe_stream_processor(Name="door")["Settings"]["ConnectedHome"]["Labels"]
    assert labels == ["PERSON", "PET"]


def confidence(client):
    return client.describe_stream_processor(Name="door")["Settings"]["ConnectedHome"]["MinConfidence"]


def test_settings_on_trial_go_back_by_themselves_unless_confirmed(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()

    def update(headers, **members):
        """Stock boto3 with two lines of its own hooks: how AWS's clients send what is not in their model."""

        def add(request, **_):
            for name, value in headers.items():
                request.headers[name] = value

        client.meta.events.register("before-sign.rekognition.UpdateStreamProcessor", add, unique_id="trial")
        try:
            client.update_stream_processor(Name="door", **members)
        finally:
            client.meta.events.unregister("before-sign.rekognition.UpdateStreamProcessor", unique_id="trial")

    eighty = {"SettingsForUpdate": {"ConnectedHomeForUpdate": {"MinConfidence": 80}}}
    update({"X-Porchlight-Trial-Seconds": "1"}, **eighty)
    wait_for("it goes back", lambda: confidence(client) == 50, 10)
    # The API knows it before the broker does.
    third = wait_for(
        "MQTT has it",
        lambda: next(iter(s for s in [json.loads(listener.last("processor/door/settings"))] if s["revision"] == 3), None),
    )
    assert third["trial"] is None

    update({"X-Porchlight-Trial-Seconds": "3600"}, **eighty)
    assert confidence(client) == 80
    assert "on trial until" in client.describe_stream_processor(Name="door")["StatusMessage"]
    assert wait_for("MQTT says so", lambda: json.loads(listener.last("processor/door/settings"))["trial"])
    daemon.kill()
    wait_for("the broker tells the end", lambda: listener.last("test-box/status") == "offline")
    daemon.start()
    wait_for("after a power cut it is as before", lambda: answered(client) == 50, 20)
    # The API answers before the broker does, and a command that comes before the subscription is lost.
    wait_for("it hears commands", lambda: listener.last("test-box/status") == "online")

    command = "porchlight/test-box/processor/door/settings/set"
    listener.publish(command, json.dumps({**eighty, "trialSeconds": 3600, "requestId": "try"}))
    wait_for("over MQTT too", lambda: any('"try"' in text for text in listener.texts("settings/result")))
    assert confidence(client) == 80
    listener.publish(command, json.dumps({"trial": "revert"}))
    wait_for("and back", lambda: confidence(client) == 50)

    update({"X-Porchlight-Trial-Seconds": "3600"}, **eighty)
    update({"X-Porchlight-Trial": "confirm"})
    assert confidence(client) == 80
    assert "StatusMessage" not in client.describe_stream_processor(Name="door")


def answered(client):
    """The confidence, or None while nobody answers."""
    try:
        return confidence(client)
    except BotoCoreError:
        return None
