#!/usr/bin/env python3
"""What one 720p MJPG camera costs: from the start to the first picture that was looked at, share of a core, memory.

    Benchmarks/camera/cost.py [--program FILE] [--seconds 60]

The quiet camera shows the demo clip's empty porch with the noise of a sensor, at 5 pictures a second; the busy one the whole clip, at
10. It is the camera of Tests/FakeV4L2, whose own work counts as well. Processor time is the program's own, so that other work on
the machine hardly matters; the start is the smallest of five.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = 18713


def pictures(folder, clip, *options):
    folder.mkdir()
    subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", clip, *options, "-c:v", "mjpeg", "-q:v", "3", "-huffman", "default",
         "-pix_fmt", "yuvj420p", folder / "%04d.jpg"], check=True)
    return folder


class Daemon:
    """The program with one camera, in a folder of its own."""

    def __init__(self, program, library, frames, fps, work):
        self.work = work
        work.mkdir()
        config = work / "porchlight.json"
        config.write_text(json.dumps({
            "deviceId": "cost", "cameras": {"door": {"source": "v4l2:/dev/video42", "width": 1280, "height": 720, "fps": fps}},
            "mqtt": {"host": "127.0.0.1", "port": 9}, "storage": {"directory": str(work / "storage")},
            "model": {"path": str(ROOT / "Models/default")}, "api": {"listen": f"127.0.0.1:{PORT}", "socket": None}}))
        camera = f"42 frames={frames} formats=MJPG sizes=1280x720 fps={fps}"
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [program, "run", "--config", config], stdout=subprocess.DEVNULL, stderr=(work / "log").open("w"),
            env={**os.environ, "LD_PRELOAD": str(library), "FAKE_V4L2": camera, "OPENBLAS_NUM_THREADS": "1"})

    def analysed(self):
        """Pictures that went through the network; 0 until the program answers."""
        try:
            token = json.loads((self.work / "storage/credentials.json").read_text())["bearerToken"]
            request = urllib.request.Request(f"http://127.0.0.1:{PORT}/metrics", headers={"Authorization": f"Bearer {token}"})
            text = urllib.request.urlopen(request, timeout=5).read().decode()
        except (OSError, ValueError, KeyError):
            return 0
        found = re.search(r'^porchlight_camera_frames_analysed_total{camera="door"} (\d+)', text, re.MULTILINE)
        return int(found[1]) if found else 0

    def seconds_to_first_look(self):
        while not self.analysed():
            if self.process.poll() is not None or time.monotonic() - self.began > 60:
                raise SystemExit((self.work / "log").read_text()[-2000:])
            time.sleep(0.01)
        return time.monotonic() - self.began

    def processor_seconds(self):
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / ".build/release/porchlight"))
    parser.add_argument("--seconds", type=int, default=60, help="how long processor time is counted")
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp())
    try:
        subprocess.run([ROOT / "Tests/FakeV4L2/build.sh", work], check=True)
        library = next(work.glob("*.so"))
        clip = ROOT / ".cache/demo.mp4"
        if not clip.exists():
            subprocess.run([ROOT / "scripts/demo-clip.sh"], check=True)
        quiet = pictures(work / "quiet", clip, "-t", "1.8", "-vf", "noise=alls=6:allf=t")
        busy = pictures(work / "busy", clip)
        starts = []
        for round in range(5):
            with Daemon(options.program, library, quiet, 5, work / f"start-{round}") as daemon:
                starts.append(daemon.seconds_to_first_look())
        print(f"start to the first look: {min(starts):.2f} s")
        for name, frames, fps in [("quiet, 5 fps", quiet, 5), ("busy, 10 fps", busy, 10)]:
            with Daemon(options.program, library, frames, fps, work / name) as daemon:
                daemon.seconds_to_first_look()
                time.sleep(75)
                before, looks = daemon.processor_seconds(), daemon.analysed()
                time.sleep(options.seconds)
                spent = daemon.processor_seconds() - before
                print(f"{name}: {100 * spent / options.seconds:.1f} % of one core, "
                      f"{daemon.analysed() - looks} looks in {options.seconds} s, {daemon.megabytes():.0f} MB", flush=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
