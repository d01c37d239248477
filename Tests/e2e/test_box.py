"""What the box tells of itself: its log, its last starts, and a diagnosis that may be shown to others."""

import json
import urllib.request

from conftest import clip, wait_for

PASSWORD = "S3cret-of-the-broker"


def asked(daemon, path):
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.port}{path}",
        headers={"Authorization": f"Bearer {daemon.credentials()['bearerToken']}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def texts(daemon, query=""):
    return [line["text"] for line in asked(daemon, f"/log{query}")["lines"]]


def box_with_secrets(launch, toy, broker, tmp_path):
    """A box that holds secrets of every kind."""
    password = tmp_path / "mqtt.password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    cameras = {
        "door": clip(toy.clip, loop=True),
        "nas": clip("/srv//anna:S3cretOfTheNAS@nas.lan/clip.mp4"),
    }
    mqtt = {"host": "127.0.0.1", "port": broker.port, "username": "S3cretUser", "passwordFile": str(password)}
    return launch(toy, cameras, settings={"mqtt": mqtt})


def test_the_log_tells_the_newest_lines_by_level_and_what_a_camera_s_path_hides(launch, listener, broker, toy, tmp_path):
    daemon = box_with_secrets(launch, toy, broker, tmp_path)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 60)
    lost = wait_for("the lost camera is told", lambda: [t for t in texts(daemon, "?level=warning") if "camera=nas" in t])
    assert "//***@nas.lan/clip.mp4" in lost[0], lost
    lines = asked(daemon, "/log")["lines"]
    assert any(line["text"].startswith("started after=") for line in lines)
    assert lines == sorted(lines, key=lambda line: line["time"], reverse=True)
    assert len(asked(daemon, "/log?limit=1")["lines"]) == 1
    assert asked(daemon, "/log")["dropped"] == 0
    assert "S3cret" not in json.dumps(lines) and "S3cret" not in daemon.log.read_text()


def test_a_diagnosis_tells_what_is_the_matter_and_no_secret_of_any_kind(launch, listener, broker, toy, tmp_path):
    daemon = box_with_secrets(launch, toy, broker, tmp_path)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 60)
    daemon.rekognition().create_collection(CollectionId="S3cretFamily")
    wait_for("the lost camera is told", lambda: [t for t in texts(daemon, "?level=warning") if "camera=nas" in t])
    wait_for("the disk is known", lambda: asked(daemon, "/debug")["disk"])
    told = asked(daemon, "/diagnosis")
    text = json.dumps(told)
    for secret in [PASSWORD, "S3cret", "anna", *daemon.credentials().values()]:
        assert secret not in text, secret
    assert told["cameras"]["nas"]["status"] == "offline" and "***@nas.lan" in told["cameras"]["nas"]["reason"]
    assert [p["name"] for p in told["processors"]] == ["door", "nas"]
    assert [set(collection) for collection in told["faceCollections"]] == [{"faces", "users", "model"}]
    assert told["broker"]["connected"] and told["settings"]["mqtt"]["hasPasswordFile"]
    assert told["settings"]["cameras"]["nas"]["source"] == {"kind": "file", "loop": False, "pace": "realtime"}
    assert told["board"]["cores"] >= 1 and told["board"]["memoryMegabytes"] > 0 and told["board"]["kernel"]
    assert told["disk"]["bytes"] >= told["disk"]["freeBytes"] > 0
    assert told["network"]["listen"] == f"127.0.0.1:{daemon.port}" and told["network"]["onlyForThisBox"]
    assert told["log"]["lines"] and told["version"] == asked(daemon, "/healthz")["version"]


def test_the_last_starts_are_told_with_their_reasons(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING", 60)
    daemon.kill()
    daemon.start()
    wait_for("it runs again", lambda: reasons(daemon) == ["crashed", "first start"], 60)
    daemon.stop()
    daemon.start()
    wait_for("and once more", lambda: reasons(daemon) == ["stopped", "crashed", "first start"], 60)


def reasons(daemon):
    try:
        return [start["reason"] for start in asked(daemon, "/debug")["restarts"]]
    except OSError:
        return None


def test_home_assistant_is_led_to_the_page_only_where_others_reach_it(launch, listener, toy):
    daemon = launch(toy)
    found = wait_for("discovery", lambda: listener.last("device/test-box/config"), 60)
    assert "cu" not in json.loads(found)["dev"], "only the box itself could follow it"
    daemon.stop()
    config = json.loads(daemon.config.read_text())
    config["api"].update(listen=f"0.0.0.0:{daemon.port}", plaintext=True)
    daemon.config.write_text(json.dumps(config))
    daemon.start()

    def led():
        return json.loads(listener.last("device/test-box/config"))["dev"].get("cu")

    address = wait_for("the link", led, 60)
    assert address.startswith("http://") and address.endswith(f":{daemon.port}/") and "127.0.0.1" not in address
    addresses = asked(daemon, "/debug")["network"]["addresses"]
    assert address == addresses[0]
