"""A whole Porchlight for each test: real broker, real daemon, real clip; only the camera's ioctls are played."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import boto3
import paho.mqtt.client as mqtt
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
# The gauntlet's judge and door serve here, too.
sys.path.insert(0, str(ROOT / "Tests"))
SHARED = Path(os.environ.get("PORCHLIGHT_SHARED", ROOT.parent / "shared"))
PROGRAM = Path(os.environ.get("PORCHLIGHT_PROGRAM", ROOT / ".build/release/porchlight"))
MODEL = ROOT / "Models/default"
NIGHT_CLIP = SHARED / "video/aws_person_night.mp4"
TOY_MODEL = ROOT / "Tests/Fixtures/toy/toy_detector.onnx"
FAKE_CAMERA = Path("/dev/video42")
PHONE, DESK = (390, 844), (1280, 900)
# Seconds by which a Listener learns late what the broker sent: finds tests that are quicker than MQTT on a busy machine.
LATE = float(os.environ.get("PORCHLIGHT_LATE_LISTENER", "0"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=60.0):
    """Polls until `condition` gives something true and returns it. Only what fails, and a busy machine, take the whole time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")


class Broker:
    """A mosquitto of our own on a loopback port, without persistence: a restart forgets everything."""

    def __init__(self, folder):
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self.process = None

    def start(self):
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-c", self.config], stderr=subprocess.DEVNULL)

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for("the broker answers", answers)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class Listener:
    """Subscribes to everything, or to these filters, and remembers every message with its time of arrival."""

    def __init__(self, port, filters=("#",)):
        self.messages = []
        self.lock = threading.Lock()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe([(each, 1) for each in filters])
        self.client.on_message = self.remember
        self.client.reconnect_delay_set(min_delay=1, max_delay=1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def remember(self, client, userdata, message):
        with self.lock:
            self.messages.append((time.monotonic(), message.topic, message.payload, message.retain))

    def all(self, ending):
        """Payloads of the topics that end so, in order of arrival."""
        known = time.monotonic() - LATE
        with self.lock:
            return [
                payload for arrived, topic, payload, _ in self.messages if topic.endswith(ending) and arrived <= known
            ]

    def texts(self, ending):
        return [payload.decode() for payload in self.all(ending)]

    def last(self, ending):
        found = self.texts(ending)
        return found[-1] if found else None

    def events(self, phase=None):
        found = [json.loads(payload) for payload in self.all("/event")]
        return [event for event in found if phase is None or event["phase"] == phase]

    def publish(self, topic, payload, retain=False):
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(5)

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()


class Daemon:
    """One running `porchlight run`."""

    def __init__(self, folder, broker, cameras, model, environment=None, arguments=(), settings=None):
        self.folder = folder
        self.port = free_port()
        self.storage = folder / "storage"
        self.config = folder / "porchlight.json"
        self.environment = environment or {}
        self.arguments = arguments
        self.log = folder / "daemon.log"
        self.process = None
        self.config.write_text(
            json.dumps(
                {
                    "deviceId": "test-box",
                    "cameras": cameras,
                    "model": {"path": str(model), "threads": 1},
                    "mqtt": {"host": "127.0.0.1", "port": broker.port},
                    "api": {"listen": f"127.0.0.1:{self.port}", "socket": str(folder / "api.sock")},
                    "storage": {"directory": str(self.storage), "maxMegabytes": 64, "maxDays": 1},
                    **(settings or {}),
                }
            )
        )

    def start(self):
        environment = {**os.environ, **self.environment}
        self.process = subprocess.Popen(
            [PROGRAM, "run", "--config", self.config, *self.arguments],
            env=environment,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
        )

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds=10):
        """SIGTERM; returns how long it took to end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        return time.monotonic() - began

    def kill(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def credentials(self):
        path = wait_for("credentials are made", lambda: next(self.storage.glob("credentials.json"), None))
        return json.loads(path.read_text())

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, method, path, body=None):
        """One of Porchlight's own routes, with the box's token. Returns the JSON; urllib.error.HTTPError for a refusal."""
        wait_for("the API answers", self.answers)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.credentials()['bearerToken']}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def rekognition(self):
        """Stock boto3 with nothing changed but the endpoint, as soon as the daemon answers."""
        wait_for("the API answers", self.answers)
        output = subprocess.run(
            [PROGRAM, "credentials", "--config", self.config], capture_output=True, text=True, check=True
        ).stdout
        exports = dict(
            line.removeprefix("export ").split("=", 1) for line in output.splitlines() if line.startswith("export ")
        )
        return boto3.client(
            "rekognition",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=exports.get("AWS_DEFAULT_REGION", "us-east-1").strip("'\""),
            aws_access_key_id=exports["AWS_ACCESS_KEY_ID"].strip("'\""),
            aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"].strip("'\""),
            config=Config(retries={"max_attempts": 1}),
        )


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def listener(broker):
    listener = Listener(broker.port)
    yield listener
    listener.close()


class Scene:
    """A clip and the network that understands it: one person comes in from the left."""

    def __init__(self, model, clip, seconds):
        self.model = model
        self.clip = clip
        self.seconds = seconds


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """A red patch (the toy network's person) comes in, stands left and goes; later a green one (its cat). No downloads."""
    path = tmp_path_factory.mktemp("toy") / "toy.mp4"
    patch = "color={}:s=480x480:r=10:d=14"
    position = "x='if(between(t,{0},{1}),40+20*(t-{0}),-500)':y=120"
    graph = (
        f"color=gray:s=1280x720:r=10:d=14[a];{patch.format('0xe61e1e')}[p];{patch.format('0x1ee61e')}[c];"
        f"[a][p]overlay={position.format(2, 6)}[b];[b][c]overlay={position.format(9, 11.5)}"
    )
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-t", "14", "-pix_fmt", "yuv420p", path], check=True
    )
    return Scene(TOY_MODEL, path, 14)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A woman in a space suit walks into the picture and out again, then a cat; seen by the default model."""
    path = tmp_path_factory.mktemp("demo") / "demo.mp4"
    subprocess.run([ROOT / "scripts/demo-clip.sh", path], check=True)
    return Scene(ROOT / "Models/default", path, 26)


@pytest.fixture
def night():
    """A real front door at night, by the real network."""
    if not NIGHT_CLIP.exists():
        pytest.skip("../shared with the clips is not there")
    return Scene(MODEL, NIGHT_CLIP, 9.7)


@pytest.fixture(params=["toy", "night"])
def scene(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def launch(tmp_path, broker):
    """Starts daemons and ends whatever is still running; a failed test shows their logs."""
    daemons = []

    def start(scene, cameras=None, **options):
        cameras = cameras or {"door": clip(scene.clip, loop=True)}
        daemon = Daemon(tmp_path, broker, cameras, scene.model, **options)
        daemons.append(daemon)
        daemon.start()
        return daemon

    yield start
    for daemon in daemons:
        daemon.kill()
        print(daemon.log.read_text(errors="replace")[-6000:])


def clip(path, loop=False, pace="realtime"):
    return {"source": f"file:{path}", "loop": loop, "pace": pace}


class WallClock:
    """The wall clock of a daemon that gets `environment`."""

    def __init__(self, library, file):
        self.file = file
        self.environment = {"LD_PRELOAD": str(library), "FAKE_CLOCK": str(file)}
        self.set_ahead(0)

    def set_ahead(self, seconds):
        draft = self.file.with_suffix(".new")
        draft.write_text(str(int(seconds)))
        draft.rename(self.file)


@pytest.fixture
def wall_clock(tmp_path):
    subprocess.run([ROOT / "Tests/FakeClock/build.sh", tmp_path], check=True)
    return WallClock(tmp_path / "libfakeclock.so", tmp_path / "clock")


@pytest.fixture(scope="session")
def fake_camera_library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fake-camera")
    subprocess.run([ROOT / "Tests/FakeV4L2/build.sh", folder], check=True)
    return next(folder.glob("*.so"))


def camera_frames(scene, folder, kind):
    """The scene's frames as a camera would send them."""
    folder.mkdir()
    if kind == "MJPG":
        # Standard Huffman tables, as cameras use them.
        options = ["-c:v", "mjpeg", "-q:v", "3", "-huffman", "default", "-pix_fmt", "yuvj420p", folder / "%04d.jpg"]
    else:
        options = ["-vf", "scale=640:480", "-pix_fmt", "yuyv422", "-f", "image2", "-c:v", "rawvideo", folder / "%04d.yuyv"]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", scene.clip, *options], check=True)
    return folder


def fake_camera(library, frames, kind, sizes, faults="", end="loop"):
    """The environment in which FAKE_CAMERA is there and sends these frames (see Tests/FakeV4L2/README.md)."""
    description = f"42 frames={frames} formats={kind} sizes={sizes} fps=10 end={end}"
    return {
        "LD_PRELOAD": str(library),
        "FAKE_V4L2": f"{description} faults={faults}" if faults else description,
    }


def fill_disk(folder):
    """Takes every byte that is free where a folder lies; returns the file that has them."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in [65536, 4096, 1]:
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def start_face_search(client):
    """Makes and starts the processor `faces`, which looks for the collection `family` at the camera `front-door`."""
    client.create_stream_processor(
        Name="faces",
        Input={"KinesisVideoStream": {"Arn": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/front-door"}},
        Output={"KinesisDataStream": {"Arn": "arn:aws:kinesis:us-east-1:123456789012:stream/faces"}},
        RoleArn="arn:aws:iam::123456789012:role/porchlight",
        Settings={"FaceSearch": {"CollectionId": "family"}},
    )
    client.start_stream_processor(Name="faces")


@pytest.fixture(
    params=[(PHONE, "dark"), (PHONE, "light"), (DESK, "dark"), (DESK, "light")], ids=lambda p: f"{p[0][0]} {p[1]}"
)
def browser(request, tmp_path_factory):
    """Chromium as a phone and at a desk, dark and light, with reduced motion: `make test-browser` brings it. With
    PORCHLIGHT_BROWSER=webkit WebKit instead, the engine of iPhones."""
    pytest.importorskip("axe_core_python.selenium", reason="axe is not installed: make test-browser brings it")
    pytest.importorskip("selenium", reason="selenium is not installed: make test-browser brings it")
    from browser import chromium, webkit

    if os.environ.get("PORCHLIGHT_BROWSER") == "webkit":
        driver = webkit(*request.param, tmp_path_factory.mktemp("gtk"))
    else:
        driver = chromium(*request.param)
    yield driver
    driver.quit()
