"""A box that sees nothing writes nothing: SD cards wear out by writing."""

import json
import subprocess
import time

from conftest import clip, wait_for


def written(daemon):
    """Bytes that the daemon has caused to be written to disk, by the kernel's count."""
    with open(f"/proc/{daemon.process.pid}/io") as counts:
        return int(dict(line.split(": ") for line in counts)["write_bytes"])


def files(daemon):
    """Every file but SQLite's shared memory, with what would change if somebody wrote to it."""
    facts = {}
    for path in daemon.storage.rglob("*"):
        if path.is_file() and path.suffix != ".sqlite-shm":
            stat = path.stat()
            facts[str(path)] = (stat.st_ino, stat.st_size, stat.st_mtime_ns, path.read_bytes())
    return facts


def still_clip(folder):
    path = folder / "still.mp4"
    # With edges: a picture without any is a covered camera, of which there is something to tell.
    source = "color=gray:s=320x240:r=10:d=5,drawgrid=w=40:h=40:t=4"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", path], check=True)
    return path


def test_an_idle_box_writes_nothing(launch, listener, toy, tmp_path):
    daemon = launch(toy, {"door": clip(still_clip(tmp_path), loop=True)})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")

    def rested():
        before = written(daemon)
        time.sleep(10)
        return written(daemon) == before

    # The last marks and registers of the start; then a minute's heartbeat and the health of the box fall into the time.
    wait_for("the start has written all it writes", rested, 90)
    before, bytes_before = files(daemon), written(daemon)
    health = len(listener.texts("test-box/health"))
    wait_for("a heartbeat", lambda: len(listener.texts("test-box/health")) > health, 70)
    time.sleep(3)
    assert files(daemon) == before
    assert written(daemon) == bytes_before


def test_what_is_written_is_measured_published_and_kept_over_a_restart(launch, listener, toy):
    daemon = launch(toy)
    wait_for("a visit has ended", lambda: listener.events("ended"), 40)
    wait_for("the kernel counts", lambda: written(daemon) > 50_000, 20)
    counted = written(daemon)
    daemon.stop()
    day, bytes_of_day = (daemon.storage / "bytes-written").read_text().split()
    assert int(bytes_of_day) >= counted
    assert int(day) == int(time.time() // 86_400)
    before = len(listener.texts("test-box/health"))
    daemon.start()
    health = json.loads(wait_for("health", lambda: [text for text in listener.texts("test-box/health")[before:] if text])[0])
    assert health["bytesWrittenToday"] >= int(bytes_of_day)
