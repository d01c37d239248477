"""People who were recorded: learned from their visits, named when they come again, and forgotten with every trace. And
strangers, who are known over a restart only where the owner wants it."""

import json
import os
import sqlite3
import subprocess

from conftest import PROGRAM, ROOT, clip, wait_for

PORTRAIT = ROOT / ".cache/photos/astronaut.png"


def faces(daemon, *arguments):
    command = [PROGRAM, "faces", *map(str, arguments), "--config", daemon.config]
    environment = {**os.environ, **daemon.environment}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=environment
    )


def start(launch, listener, demo, settings=None):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)}, settings=settings)
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    return daemon


def search_faces(daemon, listener):
    command = [PROGRAM, "processor", "create", "faces", "--camera", "front-door", "--collection", "household", "--start"]
    done = subprocess.run([*command, "--config", daemon.config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    wait_for("the face search runs", lambda: listener.last("processor/faces/status") == "RUNNING")


def ended(listener, processor):
    return [
        event for event in listener.events("ended") if event["processor"] == processor and event["label"] == "PERSON"
    ]


def strangers(listener):
    return [event["face"]["stranger"] for event in ended(listener, "faces") if event["face"]["stranger"]]


def kept_strangers(daemon):
    file = daemon.storage / "faces.sqlite"
    if not file.exists():
        return []
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT id FROM stranger")]


def files(folder, word):
    return [path for path in folder.rglob("*") if path.is_file() and word in path.read_bytes()]


def test_a_visitor_is_learned_from_a_visit_named_and_forgotten_with_every_trace(launch, listener, demo):
    daemon = start(launch, listener, demo)
    assert faces(daemon, "list").returncode == 66
    visit = wait_for("she has been there", lambda: ended(listener, "front-door"), 90)[0]["id"]
    wait_for("her picture is kept", lambda: any(visit in path.name for path in daemon.storage.rglob("images/**/*.jpg")))
    learned = faces(daemon, "learn", "eileen", visit, "--json")
    assert learned.returncode == 0, learned.stdout + learned.stderr
    assert json.loads(learned.stdout)["pictures"][0]["face"]["ExternalImageId"] == "eileen"

    search_faces(daemon, listener)
    wait_for("she is named", lambda: listener.last("processor/faces/face") == "eileen", 90)

    def named():
        return [event for event in ended(listener, "faces") if event["face"]["name"] == "eileen"]

    event = wait_for("her visit is over", named, 90)[0]
    subprocess.run(
        [PROGRAM, "processor", "stop", "faces", "--config", daemon.config], check=True, capture_output=True, timeout=60
    )
    wait_for("the search has stopped", lambda: listener.last("processor/faces/status") == "STOPPED")
    assert any(event["id"] in path.name for path in daemon.storage.rglob("images/**/*.jpg"))

    gone = json.loads(faces(daemon, "forget", "eileen", "--yes", "--json").stdout)
    assert gone["Faces"] == 1 and gone["Visits"] >= 1 and gone["Pictures"] >= 1 and "NotErased" not in gone, gone
    assert not any(event["id"] in path.name for path in daemon.storage.rglob("images/**/*.jpg"))
    assert json.loads(faces(daemon, "list", "--json").stdout) == {"Faces": []}
    daemon.stop()
    assert files(daemon.storage, b"eileen") == []
    assert files(daemon.storage, event["id"].encode()) == []


def test_strangers_are_not_on_the_disk_unless_they_are_to_be_kept(launch, listener, demo):
    daemon = start(launch, listener, demo)
    daemon.rekognition().create_collection(CollectionId="household")
    search_faces(daemon, listener)
    wait_for("a stranger has come", lambda: strangers(listener), 120)
    daemon.stop()
    assert kept_strangers(daemon) == []


def test_a_kept_stranger_is_the_same_after_a_restart_and_goes_when_nobody_is_to_be_kept(launch, listener, demo):
    daemon = start(launch, listener, demo, {"faces": {"keepStrangers": True}})
    daemon.rekognition().create_collection(CollectionId="household")
    search_faces(daemon, listener)
    before = wait_for("a stranger has come", lambda: strangers(listener), 120)[0]
    daemon.stop()
    assert before in kept_strangers(daemon)
    count = len(strangers(listener))
    daemon.start()
    assert wait_for("she comes again", lambda: strangers(listener)[count:], 120)[0] == before

    gone = json.loads(faces(daemon, "forget", before, "--yes", "--json").stdout)
    assert gone["Strangers"] == 1 and gone["Visits"] >= 1, gone
    gone = json.loads(faces(daemon, "forget", "--strangers", "--yes", "--json").stdout)
    assert kept_strangers(daemon) == []
    assert faces(daemon, "forget", "--yes").returncode == 64
    assert faces(daemon, "forget", "eileen", "--strangers", "--yes").returncode == 64
    daemon.stop()
    assert files(daemon.storage, before.encode()) == []


def test_references_of_former_days_go_by_themselves(launch, listener, demo, wall_clock):
    daemon = launch(
        demo, {"front-door": clip(demo.clip, loop=True)}, settings={"faces": {"maxDays": 10}},
        environment={**wall_clock.environment, "FAKE_CLOCK_IS_SET": "1"},
    )
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    client = daemon.rekognition()
    client.create_collection(CollectionId="household")
    client.index_faces(CollectionId="household", Image={"Bytes": PORTRAIT.read_bytes()}, ExternalImageId="eileen")
    daemon.stop()
    for day, count in ((9, 1), (11, 0)):
        wall_clock.set_ahead(day * 86_400)
        daemon.start()
        wait_for(
            f"{count} references on day {day}",
            lambda: len(json.loads(faces(daemon, "list", "--json").stdout or "{}").get("Faces", [None])) == count,
        )
        if count == 0:
            wait_for("it is told", lambda: "older than faces.maxDays" in daemon.log.read_text())
        daemon.stop()
    assert "older than faces.maxDays" in daemon.log.read_text()
    assert files(daemon.storage, b"eileen") == []
