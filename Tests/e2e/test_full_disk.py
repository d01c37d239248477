"""The disk is full: everybody is told all the same, health says so, and all is well again when there is room."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from conftest import fill_disk, wait_for
from test_sessions import create, of_type


@pytest.fixture
def small_disk(tmp_path):
    """The daemon's storage on a disk of 16 MB."""
    folder = tmp_path / "storage"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True)
    if made.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def health(daemon):
    """Status and body of `/healthz`."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/healthz", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_full_disk_silences_nobody_and_is_over_when_there_is_room(launch, listener, toy, small_disk):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    create(client, "short", ["PERSON", "PET"])
    client.start_stream_processor(Name="short", StopSelector={"MaxDurationInSeconds": 40})
    wait_for("the first label is told", lambda: of_type(listener, "LABEL_DETECTED"), 40)
    assert health(daemon)[0] == 200
    filler = fill_disk(small_disk)

    wait_for("the other label is told", lambda: len(of_type(listener, "LABEL_DETECTED")) == 2, 40)
    started = wait_for("a visit is told", lambda: unnumbered(listener, "started"))[0]
    assert listener.last(f"{started['processor']}/{started['event_type']}") == "ON"
    ended = wait_for("its end is told", lambda: unnumbered(listener, "ended"), 40)
    status, body = health(daemon)
    assert status == 503 and not body["healthy"]
    assert body["store"]["problem"].startswith("store full: ")
    wait_for("MQTT's health says it", lambda: json.loads(listener.last("box/health"))["store"]["problem"], 5)
    assert json.loads(listener.last("box/health"))["store"]["problem"].startswith("store full: ")
    wait_for("the session is over by its time", lambda: of_type(listener, "STREAM_PROCESSING_COMPLETE"), 60)
    assert len(logged(daemon, "the store cannot be written")) == 1

    filler.unlink()
    wait_for("health is well again", lambda: health(daemon)[0] == 200, 5)
    wait_for("MQTT's health says that too", lambda: json.loads(listener.last("box/health"))["store"]["writable"], 5)
    assert json.loads(listener.last("box/health"))["eventsNotStored"] >= 2
    before = len(listener.events())
    wait_for("events have numbers again", lambda: [e for e in listener.events()[before:] if e["seq"]], 40)
    assert len(logged(daemon, "the store can be written again")) == 1
    boot = listener.events()[-1]["bootId"]
    daemon.kill()
    daemon.start()
    wait_for("a visit after the restart", lambda: [e for e in listener.events("started") if e["bootId"] != boot], 60)
    told_ended = [event["id"] for event in listener.events("ended")]
    for event in ended:
        assert told_ended.count(event["id"]) == 1, "ended once"
    assert len(of_type(listener, "STREAM_PROCESSING_COMPLETE")) == 1


def test_a_start_with_a_full_disk_watches_and_tells(launch, listener, toy, small_disk):
    daemon = launch(toy)
    wait_for("a visit is open", lambda: listener.last("door/person") == "ON", 40)
    # The state may be there before the message.
    visit = wait_for("it is told", lambda: listener.events("started"))[-1]["id"]
    daemon.kill()
    filler = fill_disk(small_disk)
    daemon.start()
    ended = wait_for("the visit is ended", lambda: [e for e in listener.events("ended") if e["id"] == visit], 30)
    assert ended[0]["reason"] == "restart"
    wait_for("a visit is told", lambda: unnumbered(listener, "started"), 40)
    assert health(daemon)[0] == 503
    filler.unlink()
    wait_for("health is well again", lambda: health(daemon)[0] == 200, 10)


def remount(folder, how):
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_after_a_clean_stop_a_disk_that_takes_no_writes_keeps_nobody_from_watching(
    launch, listener, toy, small_disk, trouble
):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    create(daemon.rekognition(), "mine")
    daemon.stop()
    wait_for("it is off", lambda: listener.last("box/status") == "offline")
    filler = fill_disk(small_disk) if trouble == "full" else None
    if trouble == "read-only":
        remount(small_disk, "ro")
    before = len(listener.events())
    daemon.start()
    try:
        wait_for("it watches", lambda: listener.last("processor/door/status") == "RUNNING", 30)
        wait_for("a visit is told", lambda: [e for e in listener.events("started")[before:] if e["seq"] is None], 60)
        status, body = health(daemon)
        assert status == 503 and body["store"]["problem"].startswith(f"store {trouble}: "), body
        assert daemon.rekognition().describe_stream_processor(Name="mine")["Name"] == "mine"
    finally:
        if trouble == "read-only":
            remount(small_disk, "rw")
        else:
            filler.unlink()
    wait_for("health is well again", lambda: health(daemon)[0] == 200, 10)
    before = len(listener.events())
    wait_for("events have numbers again", lambda: [e for e in listener.events()[before:] if e["seq"]], 60)
    create(daemon.rekognition(), "later")
    daemon.stop()
    daemon.start()
    wait_for("it runs again", lambda: health_or_none(daemon))
    names = [p["Name"] for p in daemon.rekognition().list_stream_processors()["StreamProcessors"]]
    assert sorted(names) == ["door", "later", "mine"]


def test_a_session_that_ended_while_the_disk_was_full_is_not_told_again_by_a_start_on_the_full_disk(
    launch, listener, toy, small_disk
):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    create(client, "short", ["PERSON", "PET"])
    create(client, "other", ["PERSON", "PET"])
    over = client.start_stream_processor(Name="short", StopSelector={"MaxDurationInSeconds": 20})["SessionId"]
    open_ = client.start_stream_processor(Name="other", StopSelector={"MaxDurationInSeconds": 120})["SessionId"]
    wait_for("both are seen", lambda: len(of_type(listener, "LABEL_DETECTED")) >= 2, 40)
    fill_disk(small_disk)

    def complete():
        return sorted(message["sessionId"] for message in of_type(listener, "STREAM_PROCESSING_COMPLETE"))

    wait_for("the session is over by its time", lambda: complete() == [over], 60)
    wait_for("the disk remembers", lambda: over.encode() in (small_disk / "ended-sessions").read_bytes(), 10)
    daemon.kill()
    daemon.start()
    wait_for("the other one is over", lambda: open_ in complete(), 30)
    wait_for("it watches", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    daemon.kill()
    daemon.start()
    wait_for("it watches again", lambda: listener.last("processor/door/status") == "RUNNING", 30)
    assert complete() == sorted([over, open_]), "each once"


def test_a_store_that_is_damaged_while_it_is_used_is_begun_anew_and_everything_goes_on(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    create(daemon.rekognition(), "mine")
    daemon.stop()
    daemon.start()
    wait_for("a visit is told", lambda: listener.events("started"), 60)
    path = daemon.storage / "porchlight.sqlite"
    newest = max(event["seq"] for event in listener.events())
    for part in ["", "-wal"]:
        file = path.with_name(path.name + part)
        with file.open("r+b") as opened:
            opened.write(b"Z" * file.stat().st_size)
    wait_for("it is laid aside", lambda: list(daemon.storage.glob("porchlight.sqlite.damaged-*")), 60)
    wait_for("it is told", lambda: health_or_none(daemon)["store"]["begunAnew"] == 1, 10)
    before = len(listener.events())
    wait_for("events go on", lambda: [e for e in listener.events()[before:] if (e["seq"] or 0) > newest], 60)
    assert health(daemon)[0] == 200 and daemon.is_running()
    wait_for("the processors are kept anew", lambda: b"mine" in stored(path), 10)
    daemon.kill()
    daemon.start()
    wait_for("it runs again", lambda: health_or_none(daemon))
    names = [p["Name"] for p in daemon.rekognition().list_stream_processors()["StreamProcessors"]]
    assert sorted(names) == ["door", "mine"]


def stored(path):
    """What lies in the store and its log."""
    return b"".join(file.read_bytes() for file in [path, path.with_name(path.name + "-wal")] if file.exists())


def health_or_none(daemon):
    try:
        return health(daemon)[1]
    except (OSError, urllib.error.URLError):
        return None


def unnumbered(listener, phase):
    return [event for event in listener.events(phase) if event["seq"] is None]


def logged(daemon, words):
    return [line for line in daemon.log.read_text(errors="replace").splitlines() if words in line]
