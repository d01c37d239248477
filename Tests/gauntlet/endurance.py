"""`make endurance`: four cameras for hours, while the broker is killed, cameras are unplugged, settings change, the disk fills up
and the clock is set, at random by a seed. Nothing may be missing, no state may lie, memory and descriptors stay flat."""

import argparse
import contextlib
import datetime
import os
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from botocore.exceptions import BotoCoreError, ClientError  # noqa: E402

from gauntlet.breakages import Breakage  # noqa: E402
from gauntlet.tools import Tools  # noqa: E402
from gauntlet.world import World  # noqa: E402

CAMERAS = ("door", "yard", "garage", "hall")
#: Most that the median of memory may grow from the second to the last quarter: MB for each hour, and for runs that are shorter.
GROWTH = 2.0
GROWTH_OF_SHORT_RUNS = 6.0
DESCRIPTORS = 12
#: MB that four busy cameras write and keep.
DISK_OF_AN_HOUR = 32


class Actor(threading.Thread):
    """Somebody who does one thing after the other until the end. What it does comes from the seed and its name."""

    def __init__(self, run, name):
        super().__init__(daemon=True)
        self.run_, self.world = run, run.world
        self.name_ = name
        self.random = random.Random(f"{run.seed} {name}")
        self.failure = None

    def run(self):
        try:
            while not self.run_.is_over.is_set():
                self.act()
        except Exception as failure:  # noqa: BLE001 - told at the end
            self.failure = f"{self.name_}: {failure!r}"

    def pause(self, least, most):
        self.run_.is_over.wait(self.random.uniform(least, most))


class CameraActor(Actor):
    """Visits, empty times, unplugged times, a processor that is off or looks for less."""

    def act(self):
        getattr(self, self.random.choice(["visit", "visit", "visit", "unplug", "narrow", "off"]))()
        self.settle()

    def visit(self):
        self.world.visit(self.name_, self.random.uniform(6, 15), self.random.choice(["person", "pet"]))
        self.pause(0, 8)

    def unplug(self):
        if self.random.random() < 0.5:
            self.world.show(self.name_, "person")
            self.pause(1, 6)
        self.world.fault(self.name_, "gone", False)
        self.pause(3, 15)
        self.world.show(self.name_, "empty")
        self.world.fault(self.name_, "", True)

    def narrow(self):
        """Looks for people only; an animal comes."""
        self.set_labels(["PERSON"])
        self.world.visit(self.name_, 7, "pet", is_told=False)
        self.set_labels(["PERSON", "PET"])

    def set_labels(self, labels):
        settings = {"ConnectedHomeForUpdate": {"Labels": labels}}
        self.run_.ask(lambda client: client.update_stream_processor(Name=self.name_, SettingsForUpdate=settings))
        self.world.set_camera(self.name_, labels=tuple(label.lower() for label in labels))

    def off(self):
        self.run_.ask(lambda client: client.stop_stream_processor(Name=self.name_))
        self.world.set_camera(self.name_, runs=False)
        self.world.visit(self.name_, 6, is_told=False)
        self.run_.ask(lambda client: client.start_stream_processor(Name=self.name_))
        self.world.set_camera(self.name_, runs=True)

    def settle(self):
        """Until it is watched again: whoever comes from then on has to be seen, whether or not the broker hears of it now."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and not self.run_.is_watched(self.name_):
            time.sleep(0.5)


class BrokerActor(Actor):
    def act(self):
        self.pause(self.run_.kill_every * 0.8, self.run_.kill_every * 1.2)
        if self.run_.is_over.is_set():
            return
        self.world.kill_broker()
        time.sleep(self.random.uniform(1, 6))
        self.world.start_broker()
        self.run_.kills += 1


class CallerActor(Actor):
    """Asks and changes what harms nobody."""

    def act(self):
        self.pause(1, 5)
        name = self.random.choice(CAMERAS)
        settings = {"ConnectedHomeForUpdate": {"MinConfidence": self.random.uniform(40, 60)}}
        call = self.random.choice([
            lambda client: client.list_stream_processors(),
            lambda client: client.describe_stream_processor(Name=name),
            lambda client: client.update_stream_processor(Name=name, SettingsForUpdate=settings),
            lambda client: client.detect_labels(Image={"Bytes": self.run_.photo}),
        ])  # fmt: skip
        self.run_.ask(call)


class DiskActor(Actor):
    def act(self):
        self.pause(40, 120)
        if self.run_.is_over.is_set():
            return
        self.world.set(disk_works=False)
        self.world.disk.fill()
        self.pause(5, 25)
        self.world.disk.empty()
        self.world.set(disk_works=True)


class ClockActor(Actor):
    def act(self):
        self.pause(30, 90)
        with self.run_.clock_is_set:
            self.world.clock.write_text(str(self.random.randint(-100_000, 100_000)))
            self.pause(3, 10)
            self.world.clock.write_text("0")


class Endurance:
    def __init__(self, folder, seconds, seed, kill_every):
        self.seconds, self.seed, self.kill_every = seconds, seed, kill_every
        self.is_over = threading.Event()
        #: Whoever signs a request needs a clock that is right.
        self.clock_is_set = threading.Lock()
        self.kills = self.calls = self.failed_calls = 0
        self.samples = []
        tools = Tools(folder / "tools")
        self.photo = next(iter(sorted(tools.pictures["MJPG"].glob("*.jpg")))).read_bytes()
        # What visits leave on the disk in all these hours has room, beside what fills it up now and then.
        disk = 0 if os.geteuid() else 16 + DISK_OF_AN_HOUR * seconds // 3600
        row = Breakage("endurance", "long run", "everything", None, cameras=CAMERAS, libraries=("clock",), disk_megabytes=disk)
        self.world = World(row, folder / "world", tools)
        self.client = None

    def ask(self, call):
        """A call of the API. One that is refused, as changes are while nothing can be stored, is tried again."""
        for _ in range(120):
            try:
                with self.clock_is_set:
                    self.calls += 1
                    return call(self.client)
            except (BotoCoreError, ClientError):
                self.failed_calls += 1
                time.sleep(0.5)
        raise RuntimeError("the API refuses for a minute")

    def is_watched(self, name):
        """As the API tells it, since the broker may be dead."""
        with contextlib.suppress(BotoCoreError, ClientError), self.clock_is_set:
            return self.client.describe_stream_processor(Name=name)["Status"] == "RUNNING"
        return False

    def sample(self):
        process = f"/proc/{self.world.daemon.process.pid}"
        with open(f"{process}/status") as status:
            memory = int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) / 1024
        self.samples.append((time.monotonic(), memory, len(os.listdir(f"{process}/fd"))))

    def play(self):
        with self.world as world:
            world.start()
            self.client = world.daemon.rekognition()
            actors = [CameraActor(self, name) for name in CAMERAS]
            actors += [BrokerActor(self, "broker"), CallerActor(self, "caller"), ClockActor(self, "clock")]
            actors += [DiskActor(self, "disk")] if world.disk else []
            for actor in actors:
                actor.start()
            start = time.monotonic()
            while time.monotonic() < start + self.seconds and world.daemon.is_running() and not self.is_over.is_set():
                self.sample()
                self.is_over.wait(min(10, self.seconds / 60))
            self.seconds = time.monotonic() - start
            self.is_over.set()
            for actor in actors:
                actor.join(120)
            failures = [actor.failure for actor in actors if actor.failure]
            failures += [] if world.daemon.is_running() else ["the daemon has ended"]
            world.settle()
            time.sleep(20)
            events = world.observer.snapshot()[1]
            lost, missing = world.lost(), world.missing()
            world.stop()
            time.sleep(2)
        return Result(self, events, lost, missing, failures + world.notes)


class Result:
    def __init__(self, run, events, lost, missing, failures):
        self.run = run
        self.events = len([event for event in events if event["seq"] is not None])
        self.unnumbered = len(events) - self.events
        self.lost = [f"{visit.label} at {visit.camera}" for visit in lost]
        self.missing = missing
        self.failures = failures
        self.wrong = [f"{kind}: {what} ({seconds:.0f} s)" for kind, what, seconds in run.world.judge.found]
        quarter = max(1, len(run.samples) // 4)
        self.early, self.late = run.samples[quarter : 2 * quarter] or run.samples, run.samples[-quarter:]

    def median(self, samples, member):
        return statistics.median(sample[member] for sample in samples)

    @property
    def growth(self):
        return self.median(self.late, 1) - self.median(self.early, 1)

    @property
    def descriptors(self):
        return self.median(self.late, 2) - self.median(self.early, 2)

    @property
    def problems(self):
        hours = self.run.seconds / 3600
        allowed = GROWTH * hours if hours >= 3 else GROWTH_OF_SHORT_RUNS
        found = self.failures + self.wrong + [f"lost: {each}" for each in self.lost]
        found += [f"missing seq {self.missing[:10]}"] if self.missing else []
        found += [f"memory grew by {self.growth:.1f} MB"] if self.growth > allowed else []
        found += [f"{self.descriptors:.0f} descriptors more"] if self.descriptors > DESCRIPTORS else []
        return found

    @property
    def figures(self):
        return (
            f"{self.run.seconds / 60:.0f} minutes, seed {self.run.seed}: {self.run.kills} broker kills, {len(self.run.world.visits)} "
            f"visits, {self.events} events with a number and {self.unnumbered} without, {self.run.calls} calls; "
            f"{len(self.missing)} missing, {len(self.lost)} lost visits, {len(self.wrong)} states that lied or were silent; memory "
            f"{self.median(self.early, 1):.0f} → {self.median(self.late, 1):.0f} MB, descriptors "
            f"{self.median(self.early, 2):.0f} → {self.median(self.late, 2):.0f}"
        )


def main():
    parser = argparse.ArgumentParser(prog="endurance", description=__doc__)
    parser.add_argument("--seconds", type=int, default=6 * 3600)
    parser.add_argument("--seed", default=str(random.randrange(10_000)))
    parser.add_argument("--kill-every", type=float, default=60, help="seconds between two ends of the broker")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = parser.parse_args()
    # What it started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="endurance-"))
    result = None
    try:
        print(f"endurance: {options.seconds} s, seed {options.seed}, {folder} (Ctrl-C ends it with what it found so far)", flush=True)
        run = Endurance(folder, options.seconds, options.seed, options.kill_every)
        signal.signal(signal.SIGINT, lambda *_: run.is_over.set())
        result = run.play()
    finally:
        if not options.keep and not (result and result.problems):
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{datetime.date.today()}: {result.figures}")
    for problem in result.problems:
        print(f"  {problem}")
    if result.problems:
        print(f"  the logs are kept in {folder}")
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
