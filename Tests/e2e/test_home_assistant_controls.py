"""Everything that Home Assistant can send back works, shows in the state that it reads, and is answered."""

import json
import subprocess

from conftest import clip, wait_for


def rendered(component, value):
    template = component.get("command_template", "{{ value }}")
    return template.replace("{{ value }}", str(value))


def state(component, listener):
    """What Home Assistant shows: the state topic, through the component's template."""
    text = listener.last(component["state_topic"])
    template = component.get("value_template")
    if template is None or text is None:
        return text
    key = template.removeprefix("{{ value_json.").removesuffix(" }}")
    value = json.loads(text)[key]
    return str(float(value)) if component["p"] == "number" else str(value)


def test_every_control_works_and_is_answered(launch, listener, toy):
    launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    components = json.loads(wait_for("discovery", lambda: listener.last("device/test-box/config")))["cmps"]
    controls = {name: component for name, component in components.items() if "command_topic" in component}
    button = controls.pop("door_forget_background")
    assert {component["p"] for component in controls.values()} == {"number", "switch"}
    assert len(controls) == 4, "confidence, enabled, and a switch for each of the two labels"
    listener.publish(button["command_topic"], button["payload_press"])
    answer = wait_for("the button is answered", lambda: listener.last("camera/door/background/result"), 5)
    assert json.loads(answer) == {"ok": True, "forgotten": 0}
    for name, control in controls.items():
        for value in (["62.5", "50.0"] if control["p"] == "number" else ["OFF", "ON"]):
            answers = len(listener.texts("settings/result"))
            listener.publish(control["command_topic"], rendered(control, value))
            wait_for(f"{name} shows {value}", lambda: state(control, listener) == value, 10)
            wait_for(f"{name} is answered", lambda: len(listener.texts("settings/result")) > answers, 5)
            assert json.loads(listener.last("settings/result"))["ok"] is True


def test_a_removed_processor_takes_its_entities_with_it(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    before = json.loads(wait_for("discovery", lambda: listener.last("device/test-box/config")))["cmps"]
    own = {name: component for name, component in before.items() if "/processor/door/" in json.dumps(component)}
    assert len(own) > 8
    count = len(listener.texts("device/test-box/config"))
    client = daemon.rekognition()
    client.stop_stream_processor(Name="door")
    client.delete_stream_processor(Name="door")

    def after():
        return [json.loads(text)["cmps"] for text in listener.texts("device/test-box/config")[count:]]

    wait_for("they are gone", lambda: after() and not own.keys() & after()[-1].keys(), 10)
    step = next(told for told in after() if own.keys() <= told.keys() and told["door_person"] == {"p": "binary_sensor"})
    assert all(step[name] == {"p": component["p"]} for name, component in own.items())
    left = {topic: payload for _, topic, payload, _ in listener.messages if "/processor/door/" in topic}
    retained = [topic for topic in left if not topic.endswith(("/event", "/result", "/set"))]
    assert retained
    wait_for("its topics are empty", lambda: all(listener.all(topic)[-1] == b"" for topic in retained), 10)


def test_each_visit_arrives_once_and_ends_once_and_nothing_is_late(launch, listener, toy):
    launch(toy, {"door": clip(toy.clip)})
    wait_for("the pet has gone", lambda: any(e["event_type"] == "pet" for e in listener.events("ended")), 60)
    events = listener.events()
    told = [(event["event_type"], event["happened"]) for event in events if event["happened"]]
    assert sorted(told) == [
        ("person", "person_arrived"), ("person", "person_left"), ("pet", "pet_arrived"), ("pet", "pet_left"),
    ]
    assert not any(event["late"] for event in events)
    components = json.loads(listener.last("device/test-box/config"))["cmps"].values()
    triggers = {component["type"] for component in components if component["p"] == "device_automation"}
    assert {happened for _, happened in told} <= triggers & set(
        next(component["event_types"] for component in components if component["p"] == "event")
    )


def test_a_quiet_camera_changes_nothing_that_the_recorder_keeps(launch, listener, toy, tmp_path):
    quiet = tmp_path / "quiet.mp4"
    graph = "color=gray:s=640x360:r=5:d=10"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", graph, "-pix_fmt", "yuv420p", quiet], check=True)
    launch(toy, {"door": clip(quiet, loop=True)})
    wait_for("it is healthy for a while", lambda: len(set(listener.all("camera/door/health"))) >= 5, 60)
    components = json.loads(listener.last("device/test-box/config"))["cmps"].values()
    topics = {component["json_attributes_topic"] for component in components if "json_attributes_topic" in component}
    # Of the box's health only the problems are kept.
    topics.discard("porchlight/test-box/health")
    assert topics
    # The first message may be of the time before the camera was there.
    changing = {topic: listener.texts(topic) for topic in topics if len(set(listener.all(topic))) > 2}
    assert changing == {}
