"""What the pages in docs/ say is tried out: topics, shell lines, entities and automations, on the demo clip."""

import json
import os
import re
import subprocess

import pytest
import yaml
from conftest import ROOT, Scene, clip, wait_for

BOX = "porchlight/test-box/"


def page(name):
    """A page's text, about this box instead of the one in the examples."""
    text = (ROOT / "docs" / name).read_text()
    return text.replace("porch-1", "test-box").replace("porch_1", "test_box")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A person and then a cat, seen by the default model."""
    path = tmp_path_factory.mktemp("demo") / "demo.mp4"
    subprocess.run([ROOT / "scripts/demo-clip.sh", path], check=True)
    return Scene(ROOT / "Models/default", path, 26)


@pytest.fixture
def daemon(launch, listener, demo):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    return daemon


def test_every_topic_of_the_table_is_there_and_no_other(daemon, listener):
    rows = re.findall(r"^\| `([^`]+)` \|", page("mqtt.md").split("## Events")[0], re.MULTILINE)
    assert len(rows) > 12
    client = daemon.rekognition()
    client.create_stream_processor(
        Name="second",
        Input={"KinesisVideoStream": {"Arn": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/front-door"}},
        Output={"S3Destination": {"Bucket": "results"}},
        RoleArn="arn:aws:iam::123456789012:role/porchlight",
        NotificationChannel={"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:door-events"},
        Settings={"ConnectedHome": {"Labels": ["ALL"]}},
    )
    client.start_stream_processor(Name="second")
    listener.publish(BOX + "processor/second/settings/set", '{"requestId": "docs"}')
    listener.publish(BOX + "processor/second/pet/enabled/set", "ON")
    listener.publish(BOX + "processor/second/enabled/set", "ON")
    listener.publish(BOX + "camera/front-door/background/set", "CLEAR")
    wait_for("a notification", lambda: listener.last("notifications/door-events"), 60)
    wait_for("a picture", lambda: listener.all("/person/image"), 60)

    kinds = {"camera": "[^/]+", "p": "[^/]+", "topic": "[^/]+", "label": "(person|pet|package)"}
    patterns = {row: re.compile(re.sub(r"<(\w+)>", lambda match: kinds[match[1]], row)) for row in rows}
    told = {topic.removeprefix(BOX) for _, topic, _, _ in list(listener.messages) if topic.startswith(BOX)}
    assert [topic for topic in told if not any(pattern.fullmatch(topic) for pattern in patterns.values())] == []
    silent = [row for row, pattern in patterns.items() if not any(map(pattern.fullmatch, told))]
    assert silent == []


def test_every_reason_for_an_end_is_explained():
    source = (ROOT / "Sources/Base/Results/Event.swift").read_text().split("enum EndReason")[1].split("\n    }")[0]
    told = {match[2] or match[1] for match in re.finditer(r'case (\w+)(?: = "(\w+)")?', source)}
    table = page("mqtt.md").split("| reason |")[1].split("## What lies")[0]
    assert len(told) > 8
    assert {name for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)} == told


def test_the_members_of_an_event_are_those_of_the_table(daemon, listener):
    event = wait_for("an event", lambda: next(iter(listener.events()), None), 60)
    table = page("mqtt.md").split("## Events")[1].split("| reason |")[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(event)


def test_the_lines_for_a_shell_do_what_they_say(daemon, listener, broker, tmp_path):
    wait_for("a picture", lambda: listener.all("front-door/person/image"), 60)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, options in (("mosquitto_sub", "-C 1 -W 60"), ("mosquitto_pub", "")):
        shim = tools / name
        shim.write_text(f'#!/bin/sh\nexec /usr/bin/{name} -p {broker.port} {options} "$@"\n')
        shim.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    reading, forgetting, commands = blocks(page("mqtt.md"), "sh")
    subprocess.run(["sh", "-eu", "-c", reading], env=environment, cwd=tmp_path, check=True, timeout=240)
    assert (tmp_path / "person.jpg").read_bytes().startswith(b"\xff\xd8")
    subprocess.run(["sh", "-eu", "-c", forgetting], env=environment, cwd=tmp_path, check=True, timeout=60)
    wait_for("it forgets", lambda: json.loads(listener.last("background/result") or "{}").get("ok"), 5)

    subprocess.run(["sh", "-eu", "-c", commands], env=environment, cwd=tmp_path, check=True, timeout=60)
    wait_for("it stops", lambda: listener.last("processor/front-door/enabled") == "OFF")
    answers = [json.loads(text) for text in listener.texts("front-door/settings/result")]
    assert len(answers) >= 4 and all(answer["ok"] for answer in answers)
    assert listener.last("front-door/pet/enabled") == "OFF"
    assert round(json.loads(listener.last("front-door/settings"))["minConfidence"]) == 60


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def test_every_entity_and_topic_of_the_home_assistant_page_exists(daemon, listener):
    text = page("home-assistant.md")
    message = json.loads(wait_for("discovery", lambda: listener.last("device/test-box/config")))
    entities = {component["default_entity_id"] for component in message["cmps"].values()}
    domains = "binary_sensor|button|event|image|number|switch|sensor"
    named = set(re.findall(rf"\b(?:{domains})\.test_box_\w+", text))
    assert len(named) > 10
    assert named - entities == set()

    automations = [yaml.safe_load(block) for block in blocks(text, "yaml")]
    assert len(automations) == 4
    wait_for("an event", lambda: listener.events(), 60)
    topics = {topic for _, topic, _, _ in list(listener.messages)}
    for automation in automations:
        assert {"alias", "triggers", "actions"} <= set(automation)
        for trigger in automation["triggers"]:
            assert trigger.get("topic", BOX + "processor/front-door/event") in topics
        fields = set(re.findall(r"payload_json\.(\w+)", " ".join(strings(automation))))
        assert fields <= set(listener.events()[0])
