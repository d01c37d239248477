"""Whether what is published is true. Pure: the truth of the scripted world and the retained states go in, what is wrong comes out.

A lie is a retained state that has been wrong for `LIE` seconds, needless silence a part that others could use and that the box
has called away for `SILENCE` seconds. What rests on a picture that tells nothing any more (frozen, dark) may stand for `STALE`
seconds: so long it may take to notice."""

import json
from dataclasses import dataclass, field

LIE = 10.0
SILENCE = 25.0
STALE = 70.0
NAMED = 60.0

LABELS = ("person", "pet")
#: What a scene shows when nobody can tell.
UNKNOWN = "?"


@dataclass
class CameraTruth:
    """What really is, of one camera."""

    #: Pictures come that other programs can use.
    is_usable: bool = True
    #: The label that is in view, None for nobody, UNKNOWN for a picture that tells nothing.
    in_view: str | None = None
    #: Its processor is to run.
    runs: bool = True
    #: Labels that it looks for.
    labels: tuple = LABELS


@dataclass
class Truth:
    """What really is, of the whole world."""

    cameras: dict = field(default_factory=dict)
    #: The daemon runs, and its broker takes what it says.
    daemon_runs: bool = False
    broker_works: bool = True
    disk_works: bool = True


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong now: its kind is "lie", "silence" or "stale"."""

    kind: str
    what: str


LIMITS = {"lie": LIE, "silence": SILENCE, "stale": STALE}


def wrong_now(truth, states, root):
    """Everything that is wrong at this moment. `states`: retained topics, payloads as text."""
    found = set()
    box = states.get(f"{root}/status")
    if box == "online" and not truth.daemon_runs:
        found.add(Wrong("lie", "the box is online although it does not run"))
    if box != "online":
        if truth.daemon_runs and truth.broker_works:
            found.add(Wrong("silence", "the box is not online"))
        return found
    for name, camera in truth.cameras.items():
        found |= wrong_of_camera(name, camera, states, root)
    if not truth.disk_works and store_is_writable(states.get(f"{root}/health")):
        # Nobody can know before something is to be written.
        found.add(Wrong("stale", "health says that the store can be written"))
    return found


def wrong_of_camera(name, camera, states, root):
    found = set()
    status = states.get(f"{root}/camera/{name}/status")
    running = states.get(f"{root}/processor/{name}/status")
    if status == "online" and not camera.is_usable:
        found.add(Wrong("lie", f"{name} is online although no picture comes"))
    if status != "online" and camera.is_usable:
        found.add(Wrong("silence", f"{name} is {status}"))
    if running == "RUNNING" and not (camera.runs and camera.is_usable):
        found.add(Wrong("lie", f"processor {name} is RUNNING"))
    # Nobody can look at a picture that tells nothing.
    looks = camera.runs and camera.is_usable and camera.in_view != UNKNOWN
    if running != "RUNNING" and looks and status == "online":
        found.add(Wrong("silence", f"processor {name} is {running}"))
    if (states.get(f"{root}/processor/{name}/enabled") == "ON") != camera.runs:
        found.add(Wrong("lie", f"processor {name} is enabled: {states.get(f'{root}/processor/{name}/enabled')}"))
    for label in LABELS:
        found |= wrong_of_label(name, label, camera, states.get(f"{root}/processor/{name}/{label}"), status)
    return found


def wrong_of_label(name, label, camera, state, status):
    looks = camera.runs and camera.is_usable and label in camera.labels
    if state == "ON" and status == "online" and camera.in_view == UNKNOWN:
        return {Wrong("stale", f"{name} {label} is ON although the picture tells nothing")}
    if state == "ON" and not (looks and camera.in_view == label):
        return {Wrong("lie", f"{name} {label} is ON although nobody is there")}
    if state != "ON" and status == "online" and looks and camera.in_view == label:
        return {Wrong("lie", f"{name} {label} is {state} although somebody is there")}
    return set()


def store_is_writable(health):
    try:
        return json.loads(health)["store"]["writable"]
    except (TypeError, ValueError, KeyError):
        return False


class Judge:
    """Counts what stays wrong for too long, each time once. The clock is a parameter."""

    def __init__(self):
        self.since = {}
        self.counted = set()
        #: (kind, what, seconds) of each thing that was wrong for too long, with how long it lasted.
        self.found = []

    def look(self, now, wrongs):
        for wrong in [each for each in self.since if each not in wrongs]:
            self.end(wrong, now)
        for wrong in wrongs:
            began = self.since.setdefault(wrong, now)
            if now - began > LIMITS[wrong.kind]:
                self.counted.add(wrong)

    def end(self, wrong, now):
        began = self.since.pop(wrong)
        if wrong in self.counted:
            self.counted.remove(wrong)
            self.found.append((wrong.kind, wrong.what, now - began))

    def close(self, now):
        for wrong in list(self.since):
            self.end(wrong, now)

    def count(self, *kinds):
        return sum(kind in kinds for kind, _, _ in self.found)

    @property
    def lies(self):
        return self.count("lie", "stale")

    @property
    def silences(self):
        return self.count("silence")


@dataclass
class Visit:
    """Somebody who really was there. Times are of the monotonic clock, seconds."""

    camera: str
    label: str
    began: float
    ended: float

    def is_told(self, events):
        """An event says that it began: while it lasted, or a moment later."""
        return any(
            event["phase"] == "started"
            and event["camera"] == self.camera
            and event["event_type"] == self.label
            and self.began - 2 <= event["monotonicMs"] / 1000 <= self.ended + 3
            for event in events
        )


def lost_visits(visits, events):
    return [visit for visit in visits if not visit.is_told(events)]


def gaps(events):
    """Numbers that are missing in `seq`, of events that the store kept."""
    numbers = {event["seq"] for event in events if event["seq"] is not None}
    return sorted(set(range(1, max(numbers) + 1)) - numbers) if numbers else []
