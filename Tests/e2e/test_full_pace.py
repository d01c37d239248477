"""`pace: full`: whatever the speed of the analysis, events tell the clip's times, in order, and the same in every run."""

import subprocess

import pytest
from conftest import TOY_MODEL, Scene, clip, wait_for

FPS = 1000


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A thousand frames a second, more than can be looked at: a person comes and goes, a cat stays to the end."""
    path = tmp_path_factory.mktemp("quick") / "quick.mp4"
    patch = "color={}:s=480x480:r=1000:d=1.2"
    graph = (
        f"color=gray:s=1280x720:r=1000:d=1.2[a];{patch.format('0xe61e1e')}[p];{patch.format('0x1ee61e')}[c];"
        "[a][p]overlay=x='if(between(t,0.2,0.6),40+200*(t-0.2),-500)':y=120[b];"
        "[b][c]overlay=x='if(gt(t,0.8),700+100*(t-0.8),-500)':y=120"
    )
    command = ["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-t", "1.2", "-preset", "ultrafast"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", path], check=True)
    return Scene(TOY_MODEL, path, 1.2)


def told(events):
    """What each event says, with times since the first one's beginning."""
    return [(e["event_type"], e["phase"], e.get("reason"), e["monotonicMs"] - events[0]["monotonicMs"]) for e in events]


def test_times_are_the_clips_own_and_the_same_in_two_runs(launch, listener, quick):
    runs = []
    for _ in range(2):
        before = len(listener.events())
        daemon = launch(quick, {"door": clip(quick.clip, pace="full")})
        wait_for("both visits end", lambda: len([e for e in listener.events()[before:] if e["phase"] == "ended"]) == 2, 60)
        daemon.stop()
        runs.append(told(listener.events()[before:]))
        subprocess.run(["rm", "-r", daemon.storage], check=True)
    assert runs[0] == runs[1]
    times = [time for *_, time in runs[0]]
    assert times == sorted(times)
    assert times[-1] <= quick.seconds * 1000
    assert runs[0][-1][1:3] == ("ended", "clip_ended")


def test_time_never_goes_back_when_a_clip_begins_again(launch, listener, toy):
    """Looked at in a second, the toy clip lasts fourteen: its second pass must not begin before the first has ended."""
    launch(toy, {"door": clip(toy.clip, loop=True, pace="full")})
    wait_for("three passes", lambda: len([e for e in listener.events("started") if e["event_type"] == "person"]) >= 3, 60)
    events = listener.events()
    times = [event["monotonicMs"] for event in events]
    assert times == sorted(times)
    people = [e["monotonicMs"] for e in events if (e["event_type"], e["phase"]) == ("person", "started")]
    steps = {later - earlier for earlier, later in zip(people, people[1:])}
    assert all(abs(step - 14_000) <= 100 for step in steps), steps
