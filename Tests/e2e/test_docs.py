"""What the pages in docs/ say is tried out: topics, shell lines, entities and automations, on the demo clip."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
import yaml
from conftest import PROGRAM, ROOT, clip, free_port, wait_for

BOX = "porchlight/test-box/"


def page(name):
    """A page's text, about this box instead of the one in the examples."""
    text = (ROOT / "docs" / name).read_text()
    return text.replace("porch-1", "test-box").replace("porch_1", "test_box")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def daemon(launch, listener, demo):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    return daemon


def test_every_topic_of_the_table_is_there_and_no_other(daemon, listener):
    rows = re.findall(r"^\| `([^`]+)` \|", page("mqtt.md").split("## Brokers")[0], re.MULTILINE)
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
    listener.publish(BOX + "mode/set", "none")
    wait_for("a notification", lambda: listener.last("notifications/door-events"), 60)
    wait_for("a picture", lambda: listener.all("/person/image"), 60)

    kinds = {"camera": "[^/]+", "p": "[^/]+", "topic": "[^/]+", "label": "(person|pet|package)"}
    patterns = {row: re.compile(re.sub(r"<(\w+)>", lambda match: kinds[match[1]], row)) for row in rows}
    def told():
        return {topic.removeprefix(BOX) for _, topic, _, _ in list(listener.messages) if topic.startswith(BOX)}

    def silent():
        topics = told()
        return [row for row, pattern in patterns.items() if not any(map(pattern.fullmatch, topics))]

    # Answers come when they come; a picture may be there before them.
    for _ in range(200):
        if not silent():
            break
        time.sleep(0.1)
    assert silent() == []
    assert [topic for topic in told() if not any(pattern.fullmatch(topic) for pattern in patterns.values())] == []


def test_the_example_for_a_broker_runs_beside_debians_own_settings(tmp_path):
    own = Path("/etc/mosquitto/mosquitto.conf")
    if not own.exists():
        pytest.skip("this mosquitto is not Debian's")
    port = free_port()

    def here(text):
        text = text.replace("/var/lib/mosquitto", str(tmp_path)).replace("/etc/mosquitto", str(tmp_path))
        text = re.sub("^(pid_file|log_dest) .*", "", text, flags=re.MULTILINE).replace("listener 1883", f"listener {port}")
        return text + ("user root\n" if os.geteuid() == 0 and "include_dir" in text else "")

    (tmp_path / "conf.d").mkdir()
    (tmp_path / "mosquitto.conf").write_text(here(own.read_text()))
    (tmp_path / "conf.d/porchlight.conf").write_text(here((ROOT / "config/mosquitto.example.conf").read_text()))
    subprocess.run(["mosquitto_passwd", "-b", "-c", tmp_path / "porchlight.passwd", "porchlight", "lantern"], check=True)
    broker = subprocess.Popen(
        [shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin"), "-c", tmp_path / "mosquitto.conf"],
        stderr=subprocess.PIPE, text=True,
    )
    tell = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-t", "hello", "-m", "there"]

    def takes(*more):
        return subprocess.run([*tell, *more], stderr=subprocess.DEVNULL, timeout=30).returncode == 0

    try:
        wait_for("the broker takes its user", lambda: broker.poll() is not None or takes("-u", "porchlight", "-P", "lantern"))
        assert broker.poll() is None, broker.stderr.read()
        assert not takes(), "nobody comes in without a password"
    finally:
        broker.kill()
        broker.wait()


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
    reading, modes, forgetting, commands = blocks(page("mqtt.md"), "sh")
    subprocess.run(["sh", "-eu", "-c", reading], env=environment, cwd=tmp_path, check=True, timeout=240)
    assert (tmp_path / "person.jpg").read_bytes().startswith(b"\xff\xd8")
    for mode in ("home", "night"):
        daemon.ask("PUT", f"/modes/{mode}", {"FromCurrent": True})
    subprocess.run(["sh", "-eu", "-c", modes], env=environment, cwd=tmp_path, check=True, timeout=60)
    wait_for("three switches", lambda: len(listener.texts("mode/result")) == 3, 5)
    answers = [json.loads(text) for text in listener.texts("mode/result")]
    assert [answer["mode"] for answer in answers] == ["night", "home", None] and answers[1]["requestId"] == "7"
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
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    daemon.ask("PUT", "/modes/home", {"FromCurrent": True})

    def components():
        found = json.loads(listener.last("device/test-box/config") or "{}").get("cmps", {})
        return found if "box_mode" in found else None

    entities = {component.get("default_entity_id") for component in wait_for("discovery", components).values()}
    domains = "binary_sensor|button|event|image|number|select|switch|sensor"
    named = set(re.findall(rf"\b(?:{domains})\.test_box_\w+", text))
    assert len(named) > 10
    assert named - entities == set()

    automations = [yaml.safe_load(block) for block in blocks(text, "yaml")]
    assert len(automations) == 5
    wait_for("an event", lambda: listener.events(), 60)
    topics = {topic for _, topic, _, _ in list(listener.messages)}
    for automation in automations:
        assert {"alias", "triggers", "actions"} <= set(automation)
        for trigger in automation["triggers"]:
            assert trigger.get("topic", BOX + "processor/front-door/event") in topics
        fields = set(re.findall(r"payload_json\.(\w+)", " ".join(strings(automation))))
        assert fields <= set(listener.events()[0])


class Shell:
    """Runs a page's blocks one after the other, as somebody would paste them; what they export stays."""

    def __init__(self, daemon, folder):
        self.folder = folder
        self.daemon = daemon
        self.names = {}
        self.output = ""
        tools = folder / "tools"
        tools.mkdir()
        self.shim(tools / "sudo", 'while [ "$1" = -u ]; do shift 2; done; exec "$@"')
        self.shim(tools / "porchlight", f'exec {PROGRAM} "$@" --config {daemon.config}')
        self.environment = {**os.environ, "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"}

    @staticmethod
    def shim(path, line):
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def run(self, language, block):
        block = block.replace("127.0.0.1:8710", f"127.0.0.1:{self.daemon.port}")
        block = block.replace("/run/porchlight/api.sock", str(self.daemon.folder / "api.sock"))
        self.sh(block) if language == "sh" else self.python(block)

    def sh(self, block):
        after = self.folder / "environment"
        script = f"set -euo pipefail\n{block}\nenv -0 > {after}\n"
        done = subprocess.run(
            ["bash", "-c", script], env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=120
        )
        self.output += done.stdout
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        pairs = after.read_text().rstrip("\0").split("\0")
        self.environment = dict(pair.split("=", 1) for pair in pairs)

    def python(self, block):
        saved, here = dict(os.environ), os.getcwd()
        try:
            os.environ.clear()
            os.environ.update(self.environment)
            os.chdir(self.folder)
            # A shell of its own would not remember another box's key either.
            boto3.DEFAULT_SESSION = None
            exec(compile(block, "docs/api.md", "exec"), self.names)  # noqa: S102 - our own page
        finally:
            os.environ.clear()
            os.environ.update(saved)
            os.chdir(here)


def test_the_api_page_runs_from_top_to_bottom(daemon, listener, demo, tmp_path):
    shell = Shell(daemon, tmp_path)
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-ss", "6", "-i", demo.clip, "-frames:v", "1", tmp_path / "door.jpg"], check=True
    )
    found = re.findall(r"```(sh|python)\n(.*?)```", page("api.md"), re.DOTALL)
    assert len(found) >= 12
    for language, block in found:
        shell.run(language, block)
    assert "STOPPED" in shell.output and "yard" in shell.output
    assert (tmp_path / "now.jpg").read_bytes().startswith(b"\xff\xd8")
    messages = [json.loads(json.loads(text)["Message"]) for text in listener.texts("notifications/porch-events")]
    assert "STREAM_PROCESSING_COMPLETE" in [message["eventNamespace"]["type"] for message in messages]
    names = [item["Name"] for item in shell.names["api"].list_stream_processors()["StreamProcessors"]]
    assert names == ["front-door", "porch"]


def test_the_page_on_pictures_and_clips_runs_from_top_to_bottom(demo, tmp_path):
    text = page("evaluate.md")
    for folder in ("yard", "images", "clips"):
        (tmp_path / folder).mkdir()
    # Not installed: the default model is found where the program is started.
    (tmp_path / "Models").symlink_to(ROOT / "Models")
    picture = tmp_path / "door.jpg"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-ss", "6", "-i", demo.clip, "-frames:v", "1", picture], check=True)
    (tmp_path / "yard/a.jpg").write_bytes(picture.read_bytes())
    (tmp_path / "images/a.jpg").write_bytes(picture.read_bytes())
    command = ["ffmpeg", "-loglevel", "error", "-i", demo.clip, "-t", "1", tmp_path / "clip.mp4"]
    subprocess.run(command, check=True)
    os.link(demo.clip, tmp_path / "clips/clip.mp4")
    (truth,) = blocks(text, "json")
    (tmp_path / "clips/truth.json").write_text(truth)
    image = {"id": 1, "file_name": "a.jpg", "width": 1280, "height": 720, "source": "yard", "annotated_classes": ["person"]}
    categories = [{"id": 1, "name": "person"}]
    dataset = {"images": [image], "annotations": [], "categories": categories}
    (tmp_path / "annotations.json").write_text(json.dumps(dataset))

    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    output = ""
    for block in blocks(text, "sh"):
        done = subprocess.run(
            ["bash", "-euc", block], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        output += done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir())[-2:] == ["clip-000009.jpg", "door.jpg"]
    # The members and columns that the page explains are those that there are.
    lines = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
    explained = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]+`) \|", text.split("## How good a")[0], re.MULTILINE)))
    assert set(explained) == set().union(*lines) | {"annotated"}
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["sources"][0]["name"] == "yard" and "overSources" in report
    assert json.loads((tmp_path / "clips.json").read_text())["totals"][0]["found"] == 1
    for column in ("there", "told", "found", "missed", "by nobody"):
        assert column in output


def test_the_readme_speaks_of_the_same_api(daemon, tmp_path):
    """Its blocks are short forms of the page's; they must not lag behind."""
    shell = Shell(daemon, tmp_path)
    text = (ROOT / "README.md").read_text().split("## The API")[1].split("\n## ")[0]
    found = re.findall(r"```(sh|python)\n(.*?)```", text, re.DOTALL)
    assert len(found) >= 3
    for language, block in found:
        shell.run(language, block)
