"""See run.sh. A signature is valid for five minutes and a replay does no harm, so that one signed request can be sent
again and again: the server checks it anew each time."""

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build/release/porchlight"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"not within {seconds} s: {what}")


def clip(folder):
    path = folder / "clip.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=10", "-t", "30",
         "-pix_fmt", "yuv420p", path], check=True)
    return path


def configuration(folder, broker, port):
    path = folder / "porchlight.json"
    path.write_text(json.dumps({
        "deviceId": "bench",
        "cameras": {"door": {"source": f"file:{clip(folder)}", "loop": True}},
        "model": {"threads": 1},
        "mqtt": {"host": "127.0.0.1", "port": broker},
        "api": {"listen": f"127.0.0.1:{port}", "socket": None},
        "storage": {"directory": str(folder / "storage")},
    }))
    return path


def signed(keys, port, operation, body):
    """Headers for wrk."""
    request = AWSRequest(
        "POST", f"http://127.0.0.1:{port}/", data=body,
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"RekognitionService.{operation}"})
    SigV4Auth(Credentials(keys["accessKeyId"], keys["secretAccessKey"]), "rekognition", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def metrics(keys, port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {keys['bearerToken']}"})
    text = urllib.request.urlopen(request, timeout=20).read().decode()
    return {name: float(value) for name, value in re.findall(r"^porchlight_(camera_frames_\w+)\S* (\S+)$", text, re.M)}


def load(folder, keys, port, options):
    body = '{"Name": "door"}'
    script = folder / "describe.lua"
    headers = signed(keys, port, "DescribeStreamProcessor", body)
    lines = ["wrk.method = 'POST'", f"wrk.body = '{body}'"]
    lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()]
    script.write_text("\n".join(lines))
    return subprocess.run(
        ["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{options.seconds}s", "--latency", "-s", script,
         f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout


def measure(folder, keys, port, options):
    before = metrics(keys, port)
    told = load(folder, keys, port, options)
    after = metrics(keys, port)
    rate = float(re.search(r"Requests/sec:\s+(\S+)", told)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    change = {name: after[name] - before[name] for name in after}
    print(f"DescribeStreamProcessor, SigV4, {options.connections} connections, {options.seconds} s, "
          f"{os.cpu_count()} cores: {rate:.0f} requests/s")
    for share, within in re.findall(r"(50%|99%)\s+(\S+)", told):
        print(f"  {share} within {within}")
    print(f"  refused: {refused[1] if refused else 0}")
    print(f"  camera meanwhile: {change['camera_frames_in_total']:.0f} frames in, "
          f"{change['camera_frames_dropped_total']:.0f} dropped, {change['camera_frames_lost_total']:.0f} lost")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    broker, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = configuration(folder, broker, port)
        running = [subprocess.Popen(["mosquitto", "-p", str(broker)], stderr=subprocess.DEVNULL)]
        try:
            log = (folder / "log").open("wb")
            running.append(subprocess.Popen([PROGRAM, "run", "--config", config], stdout=log, stderr=log))
            until("credentials are made", lambda: (folder / "storage/credentials.json").exists())
            keys = json.loads((folder / "storage/credentials.json").read_text())
            until("frames come", lambda: metrics(keys, port)["camera_frames_analysed_total"] > 0)
            measure(folder, keys, port, options)
        finally:
            for process in reversed(running):
                process.send_signal(signal.SIGTERM)
                process.wait(20)


if __name__ == "__main__":
    main()
