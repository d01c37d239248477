"""What Home Assistant is tried with: a real mosquitto, a wire to it that can be cut, and a real Porchlight."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("PORCHLIGHT_PROGRAM", ROOT / ".build/release/porchlight"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, seconds=30):
    """Returns when somebody listens there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def start_broker(folder):
    """Returns the process and its port."""
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([program, "-c", config], **quiet), port


class Wire:
    """A way to the broker that can be cut, in a thread of its own; Home Assistant has another one and stays connected."""

    def __init__(self, port, broker_port):
        self.port = port
        self.broker_port = broker_port
        self.is_cut = False
        self.writers = set()
        self.bytes_sent = 0

    def open(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        server = asyncio.start_server(self.carry, "127.0.0.1", self.port)
        self.server = asyncio.run_coroutine_threadsafe(server, self.loop).result()

    async def carry(self, reader, writer):
        if self.is_cut:
            return writer.close()
        broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self.broker_port)
        ends = {writer, broker_writer}
        self.writers |= ends

        async def pump(source, sink, counts):
            try:
                while data := await source.read(65536):
                    if counts:
                        self.bytes_sent += len(data)
                    sink.write(data)
                    await sink.drain()
            except OSError:
                pass
            sink.close()

        await asyncio.gather(pump(reader, broker_writer, True), pump(broker_reader, writer, False))
        self.writers -= ends

    def cut(self):
        self.is_cut = True
        for writer in list(self.writers):
            self.loop.call_soon_threadsafe(writer.transport.abort)

    def mend(self):
        self.is_cut = False


def make_clips(folder):
    """A red patch (the toy network's person) that comes, stands and goes, later a green one (its pet); and a grey wall."""
    visit, quiet = folder / "visit.mp4", folder / "quiet.mp4"
    patch = "color={}:s=480x480:r=10:d=30"
    position = "x='if(between(t,{0},{1}),40+20*(t-{0}),-500)':y=120"
    graph = (
        f"color=gray:s=1280x720:r=10:d=30[a];{patch.format('0xe61e1e')}[p];{patch.format('0x1ee61e')}[c];"
        f"[a][p]overlay={position.format(2, 8)}[b];[b][c]overlay={position.format(16, 20)}"
    )
    ffmpeg = ["ffmpeg", "-y", "-loglevel", "error"]
    subprocess.run([*ffmpeg, "-filter_complex", graph, "-t", "30", "-pix_fmt", "yuv420p", visit], check=True)
    noise = "color=gray:s=640x360:r=5:d=20,noise=alls=6:allf=t"
    subprocess.run([*ffmpeg, "-filter_complex", noise, "-t", "20", "-pix_fmt", "yuv420p", quiet], check=True)
    return visit, quiet


def make_visitor(folder):
    """Two public-domain photographs, of a woman and a cat, that come one after the other; and hers."""
    clip = folder / "visitor.mp4"
    subprocess.run([ROOT / "scripts/demo-clip.sh", clip], check=True)
    return clip, ROOT / ".cache/photos/astronaut.png"


class Box:
    """A Porchlight of its own in a folder."""

    def __init__(self, folder, name, broker_port, cameras, model):
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "porchlight.json"
        self.port = free_port()
        self.log = folder / "daemon.log"
        self.storage = folder / "storage"
        settings = {
            "deviceId": name,
            "cameras": {camera: {"source": f"file:{clip}", "loop": True} for camera, clip in cameras.items()},
            "model": {"path": str(ROOT / model), "threads": 1},
            "mqtt": {"host": "127.0.0.1", "port": broker_port},
            "api": {"listen": f"127.0.0.1:{self.port}", "socket": str(folder / "api.sock")},
            "storage": {"directory": str(self.storage), "maxMegabytes": 64, "maxDays": 1},
        }
        self.config.write_text(json.dumps(settings))

    def start(self):
        """Returns the process."""
        command = [PROGRAM, "run", "--config", self.config]
        return subprocess.Popen(command, stdout=self.log.open("ab"), stderr=subprocess.STDOUT)

    def ask(self, method, path, body):
        """One of Porchlight's own routes, with the box's token. Returns the JSON; urllib.error.HTTPError for a refusal."""
        token = json.loads((self.storage / "credentials.json").read_text())["bearerToken"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def settings(self, name):
        """What a processor of visits looks for, and whether it is to run."""
        processor = self.rekognition().describe_stream_processor(Name=name)
        return processor["Settings"]["ConnectedHome"], processor["Status"]

    def rekognition(self):
        """Stock boto3 with the box's credentials."""
        command = [PROGRAM, "credentials", "--config", self.config]
        exports = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        words = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines() if "=" in line)
        return boto3.client(
            "rekognition", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
            aws_access_key_id=words["AWS_ACCESS_KEY_ID"].strip("'\""),
            aws_secret_access_key=words["AWS_SECRET_ACCESS_KEY"].strip("'\""))

    def search_faces(self, camera, photograph, name):
        """Looks for one face at a camera, as the processor `faces`."""
        client = self.rekognition()
        client.create_collection(CollectionId="family")
        client.index_faces(CollectionId="family", Image={"Bytes": photograph.read_bytes()}, ExternalImageId=name)
        account = "us-east-1:123456789012"
        client.create_stream_processor(
            Name="faces", Input={"KinesisVideoStream": {"Arn": f"arn:aws:kinesisvideo:{account}:stream/{camera}"}},
            Output={"KinesisDataStream": {"Arn": f"arn:aws:kinesis:{account}:stream/faces"}},
            RoleArn="arn:aws:iam::123456789012:role/porchlight", Settings={"FaceSearch": {"CollectionId": "family"}})
        client.start_stream_processor(Name="faces")
