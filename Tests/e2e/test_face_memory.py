"""Face search costs little memory while it is used, and none otherwise."""

import statistics
import time
from pathlib import Path

from conftest import ROOT, clip, start_face_search, wait_for

# The aim is 8 MB, which is what is allocated. What is resident besides differs between two starts: 7.1 to 10.5 MB were seen
# of one build. A third network or a further form of each picture is more than this.
MOST_GROWTH = 12_000_000
# The clip's length: she comes, stands and goes in it.
WATCHED = 30


def resident(daemon):
    """The median of resident bytes, each second for as long as the clip plays."""
    status, seen = Path("/proc") / str(daemon.process.pid) / "status", []
    for _ in range(WATCHED):
        time.sleep(1)
        lines = status.read_text().splitlines()
        seen.append(next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:")))
    return statistics.median(seen)


def test_one_person_before_one_camera_costs_twelve_megabytes_at_most(launch, listener, demo):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    client = daemon.rekognition()
    client.create_collection(CollectionId="family")
    photograph = (ROOT / ".cache/photos/astronaut.png").read_bytes()
    client.index_faces(CollectionId="family", Image={"Bytes": photograph}, ExternalImageId="Eileen")

    def anew():
        daemon.stop()
        listener.messages.clear()
        daemon.start()

    anew()
    wait_for("she has come", lambda: [e for e in listener.events("started") if e["label"] == "PERSON"], 60)
    without = resident(daemon)

    start_face_search(client)
    anew()
    wait_for("she is named", lambda: listener.last("processor/faces/face") == "Eileen", 60)
    growth = resident(daemon) - without
    print(f"with face search {growth / 1e6:.1f} MB more than {without / 1e6:.1f} MB")
    assert growth < MOST_GROWTH
