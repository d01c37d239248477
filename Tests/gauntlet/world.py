"""One scripted world: cameras that show what they are told, a broker behind a door, the daemon, a judge that watches, and
`motion` beside it where it can see the same pictures."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request

from conftest import PROGRAM, TOY_MODEL, Broker, Daemon, fill_disk

from . import frames
from .door import Door
from .judge import NAMED, SILENCE, UNKNOWN, CameraTruth, Judge, Truth, Visit, gaps, lost_visits, wrong_now
from .motion import Motion
from .observer import Observer, Overheard

ROOT_TOPIC = "porchlight/test-box"
#: Seconds between two looks of the judge.
LOOK = 0.25
#: The most that the whole daemon may take, MB.
MEMORY = 256


class World:
    """`breakage` says which cameras, broker and disk there are; `tools` has what was built and made once for all worlds."""

    def __init__(self, breakage, folder, tools):
        self.breakage = breakage
        self.folder = folder
        self.tools = tools
        self.truth = Truth(cameras={name: CameraTruth(is_usable=False) for name in breakage.cameras})
        self.judge = Judge()
        self.visits = []
        self.lock = threading.Lock()
        self.faults = {name: "" for name in breakage.cameras}
        self.scenes = {name: "empty" for name in breakage.cameras}
        self.wrongs = set()
        self.named = None
        self.peak = 0
        self.is_over = False
        self.notes = []
        self.motion = None

    # --- Beginning and end

    def __enter__(self):
        self.folder.mkdir(parents=True)
        for name in self.breakage.cameras:
            self.write(name)
        self.broker = self.breakage.broker(self.folder) if self.breakage.broker else Broker(self.folder)
        is_real = isinstance(self.broker, Broker)
        if is_real:
            self.broker.start()
        self.observer = Observer(self.broker.port) if is_real else Overheard(self.broker)
        self.door = Door(self.broker.port)
        megabytes = self.breakage.disk_megabytes
        self.disk = Disk(self.folder, megabytes) if megabytes else None
        settings = {"mqtt": {"host": "127.0.0.1", "port": self.door.port}, **self.breakage.settings}
        self.daemon = Daemon(
            self.folder, self.door, {name: self.camera(name) for name in self.breakage.cameras}, TOY_MODEL,
            environment=self.environment(), settings=settings,
        )  # fmt: skip
        self.judging = threading.Thread(target=self.watch, daemon=True)
        self.judging.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.judging.join(10)
        self.judge.close(time.monotonic())
        if self.motion:
            self.motion.kill()
        self.daemon.kill()
        self.observer.close()
        self.door.close()
        if isinstance(self.broker, Broker):
            self.broker.kill()
        else:
            self.broker.close()
        if self.disk:
            self.disk.close()

    def camera(self, name):
        number = 42 + self.breakage.cameras.index(name)
        width, height = frames.SIZE
        format = self.breakage.format
        return {"source": f"v4l2:/dev/video{number}", "format": format, "width": width, "height": height, "fps": frames.RATE}

    def environment(self):
        width, height = frames.SIZE
        pictures = self.tools.pictures[self.breakage.format]
        cameras = ";".join(
            f"{42 + index} frames={pictures} formats={self.breakage.format} sizes={width}x{height} fps={frames.RATE} "
            f"control={self.folder / name}.control"
            for index, name in enumerate(self.breakage.cameras)
        )
        self.clock = self.folder / "clock"
        self.clock.write_text("0")
        self.disk_hangs = self.folder / "disk-hangs"
        libraries = [self.tools.camera, *(self.tools.library(name) for name in self.breakage.libraries)]
        return {
            "LD_PRELOAD": ":".join(str(path) for path in libraries), "FAKE_V4L2": cameras, "FAKE_CLOCK": str(self.clock),
            "FAKE_DISK_HANG": str(self.disk_hangs), "FAKE_DISK_PATH": "porchlight.sqlite",
        }  # fmt: skip

    def start(self):
        self.daemon.start()
        self.set(daemon_runs=True)
        for name in self.breakage.cameras:
            self.set_camera(name, is_usable=True)
        if self.breakage.has_peer and shutil.which("motion"):
            self.motion = Motion(self.folder, self.environment(), frames.SIZE, frames.RATE)
            self.motion.start()
        if self.truth.broker_works:
            self.wait("the box runs", lambda states: all(
                states.get(f"{ROOT_TOPIC}/processor/{name}/status") == "RUNNING" for name in self.breakage.cameras), 40)  # fmt: skip

    def restart(self):
        """After an end."""
        self.daemon.start()
        self.set(daemon_runs=True)

    def settle(self):
        """Until nothing is wrong, as far as it comes so far: whoever comes now is to be seen."""
        deadline = time.monotonic() + SILENCE + 5
        while time.monotonic() < deadline:
            time.sleep(LOOK)
            if not self.wrongs:
                return

    def stop(self):
        """SIGTERM; afterwards nothing may be claimed any more."""
        self.set(daemon_runs=False)
        self.note_memory()
        try:
            self.daemon.stop(15)
        except subprocess.TimeoutExpired:
            self.notes.append("did not end within 15 s")
            self.daemon.kill()

    # --- What happens

    def write(self, name):
        first, last = frames.SCENES[self.scenes[name]]
        path = self.folder / f"{name}.control"
        draft = path.with_suffix(".new")
        draft.write_text(f"show={first}-{last} {self.faults[name]}")
        draft.rename(path)

    def show(self, name, scene):
        self.scenes[name] = scene
        self.write(name)
        seen = {"empty": None, "moved": None, "person": "person", "pet": "pet"}.get(scene, UNKNOWN)
        self.set_camera(name, in_view=seen)

    def fault(self, name, words, is_usable):
        self.faults[name] = words
        self.write(name)
        self.set_camera(name, is_usable=is_usable)

    def set(self, **members):
        with self.lock:
            for name, value in members.items():
                setattr(self.truth, name, value)

    def set_camera(self, name, **members):
        with self.lock:
            for key, value in members.items():
                setattr(self.truth.cameras[name], key, value)

    def visit(self, name="door", seconds=8.0, label="person", is_told=True):
        """Somebody comes, stays and goes; then the place is empty until a state may say so."""
        began = time.monotonic()
        self.show(name, label)
        self.sleep(seconds)
        self.show(name, "empty")
        if is_told:
            self.visits.append(Visit(name, label, began, time.monotonic()))
        self.sleep(7)

    def sleep(self, seconds):
        time.sleep(seconds)

    def wait(self, what, condition, seconds):
        """Until the states say so; what does not come is noted, and the judge has seen it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition(self.observer.snapshot()[0]):
                return True
            time.sleep(0.1)
        self.notes.append(f"not within {seconds} s: {what}")
        return False

    # --- The broker

    def kill_broker(self):
        self.set(broker_works=False)
        self.door.set("shut")
        self.broker.kill()

    def start_broker(self):
        """The daemon is let in when the observer listens, so that it misses nothing."""
        self.broker.start()
        self.observer.ready.wait(20)
        self.door.set("open")
        self.set(broker_works=True)

    # --- What is said about a fault

    def expect_name(self, words):
        """From now on somebody has to say `words`, a regular expression, within a minute. Whoever may say it is asked beside all
        else that happens; `named` is who did, and after how many seconds."""
        self.named = None
        self.asking = threading.Thread(target=self.ask, args=(words, time.monotonic()), daemon=True)
        self.asking.start()

    def ask(self, words, began):
        while time.monotonic() - began < NAMED and not self.is_over:
            for place, text in self.sayings(time.monotonic() - began > 15):
                if re.search(words, text, re.IGNORECASE):
                    self.named = (place, time.monotonic() - began)
                    return
            time.sleep(0.5)

    def wait_for_name(self):
        self.asking.join(NAMED + 40)

    def sayings(self, with_check):
        states, _ = self.observer.snapshot()
        for topic, text in states.items():
            if re.search(r"/(problem|problem/attributes|health)$", topic):
                yield topic.removeprefix(f"{ROOT_TOPIC}/"), only_words(text)
        yield "/healthz", self.healthz()
        if with_check:
            yield "check", self.check()

    def count_alarms(self):
        """All is well now: what is told all the same is a lie."""
        states, _ = self.observer.snapshot()
        told = [topic for topic, text in states.items() if topic.endswith("/problem") and text == "ON"]
        told += json.loads(states[f"{ROOT_TOPIC}/health"])["problems"]
        self.judge.found += [("lie", f"told although all is well: {each}", 0.0) for each in told]

    def healthz(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.daemon.port}/healthz", timeout=3) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def check(self):
        try:
            result = subprocess.run(
                [PROGRAM, "check", "--config", self.daemon.config], capture_output=True, text=True, timeout=30,
                env={**os.environ, **self.daemon.environment},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "check did not end"
        return result.stdout + result.stderr

    # --- The judge

    def watch(self):
        while not self.is_over:
            states, _ = self.observer.snapshot()
            with self.lock:
                found = self.wrongs = wrong_now(self.truth, states, ROOT_TOPIC)
            # A broker that keeps nothing of what was said keeps no lies either.
            self.judge.look(time.monotonic(), found if states or self.truth.broker_works else set())
            time.sleep(LOOK)

    def note_memory(self):
        try:
            with open(f"/proc/{self.daemon.process.pid}/status") as status:
                found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
        except OSError:
            return
        if found:
            self.peak = max(self.peak, int(found[1]) / 1024)

    def lost(self):
        return lost_visits(self.visits, self.observer.snapshot()[1])

    def missing(self):
        return gaps(self.observer.snapshot()[1])


def only_words(text):
    """The text members of a JSON object, without the counters and the pictures' background."""
    try:
        return json.dumps({key: value for key, value in json.loads(text).items() if key != "background"})
    except (ValueError, AttributeError):
        return text


class Disk:
    """The storage on a small disk of its own; only root can mount one."""

    def __init__(self, folder, megabytes):
        self.folder = folder / "storage"
        self.folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.folder], check=True)

    def fill(self):
        fill_disk(self.folder)

    def empty(self):
        (self.folder / "filler").unlink()

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.folder], check=True)

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=False)
