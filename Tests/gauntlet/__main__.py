"""`make gauntlet`: every breakage against the whole program, and the four figures at the end."""

import argparse
import concurrent.futures
import datetime
import os
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from gauntlet import report  # noqa: E402
from gauntlet.breakages import everything  # noqa: E402
from gauntlet.tools import Tools  # noqa: E402
from gauntlet.world import MEMORY, World  # noqa: E402


@dataclass
class Outcome:
    """What was seen of one breakage."""

    breakage: object
    lies: list = field(default_factory=list)
    lost: list = field(default_factory=list)
    silences: list = field(default_factory=list)
    unexplained: str | None = None
    named: tuple | None = None
    missing: list = field(default_factory=list)
    peak: float = 0
    notes: list = field(default_factory=list)
    #: "saw 3 of 3" for motion, None where it was not tried.
    peer: str | None = None

    @property
    def is_well(self):
        return not (self.lies or self.lost or self.silences or self.unexplained or self.missing or self.peak > MEMORY)


def play(breakage, folder, tools):
    outcome = Outcome(breakage)
    world = World(breakage, folder, tools)
    try:
        with world:
            world.start()
            if not breakage.from_start:
                world.visit()
            breakage.play(world)
            # Afterwards all is as before.
            world.settle()
            world.visit()
            world.visit("yard", label="pet" if breakage.format == "MJPG" else "person")
            outcome.lost = [f"{visit.label} at {visit.camera}" for visit in world.lost()]
            outcome.missing = world.missing()
            if world.motion:
                ours = [visit for visit in world.visits if visit.camera == "door"]
                seen = sum(world.motion.saw(visit) for visit in ours)
                outcome.peer = f"{seen} of {len(ours)}"
            world.stop()
            time.sleep(2)
    except Exception:  # noqa: BLE001 - one row that breaks must not end the others
        outcome.notes.append(traceback.format_exc(limit=4))
        outcome.unexplained = "the row itself failed"
    outcome.lies = [f"{what} ({seconds:.0f} s)" for kind, what, seconds in world.judge.found if kind != "silence"]
    outcome.silences = [f"{what} ({seconds:.0f} s)" for kind, what, seconds in world.judge.found if kind == "silence"]
    outcome.named, outcome.peak = world.named, world.peak
    if breakage.names and not world.named and not outcome.unexplained:
        outcome.unexplained = f"nobody said {breakage.names}"
    outcome.notes += world.notes
    return outcome


def main():
    parser = argparse.ArgumentParser(prog="gauntlet", description=__doc__)
    parser.add_argument("--only", default="", help="rows whose name or kind holds this")
    parser.add_argument("--jobs", type=int, default=3, help="how many at a time")
    parser.add_argument("--report", type=Path, help="write the page here")
    parser.add_argument("--keep", action="store_true", help="keep the folders with the logs")
    options = parser.parse_args()
    rows = [row for row in everything() if options.only in row.name or options.only == row.kind]
    if os.geteuid():
        rows = [row for row in rows if not row.disk_megabytes]
    folder = Path(tempfile.mkdtemp(prefix="gauntlet-"))
    outcomes = []
    try:
        tools = Tools(folder / "tools")
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            tried = {
                pool.submit(play, row, folder / str(index), tools): row for index, row in enumerate(rows)
            }
            for future in concurrent.futures.as_completed(tried):
                outcomes.append(future.result())
                print(report.line(outcomes[-1]), flush=True)
    finally:
        if options.keep:
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    outcomes.sort(key=lambda outcome: rows.index(outcome.breakage))
    if options.report:
        report.write(options.report, outcomes, datetime.date.today())
    print(report.figures(outcomes))
    return 0 if all(outcome.is_well for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
