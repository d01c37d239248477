"""What disks do."""

from ..judge import UNKNOWN
from . import Breakage


def read_only(world):
    """Only nobody's disk can be mounted anew."""
    world.stop()
    world.disk.remount("ro")
    world.restart()


def writable(world):
    world.stop()
    world.disk.remount("rw")
    world.restart()


def trouble(name, begin, end, done, names, **others):
    """`begin` and `end` are called with the world; meanwhile somebody comes, and is told."""

    def play(world):
        world.set(disk_works=False)
        begin(world)
        world.expect_name(names)
        world.visit(seconds=10)
        world.wait_for_name()
        world.visit(label="pet", seconds=10)
        end(world)
        world.set(disk_works=True)
        world.sleep(5)

    return Breakage(name, "disk", done, play, names, **others)


def hang(world):
    """Somebody comes whom nobody can tell; once the hang is known, nobody may claim to look."""
    world.disk_hangs.touch()
    world.show("door", "person")
    world.set_camera("door", in_view=UNKNOWN)
    world.expect_name("disk")
    world.wait_for_name()
    for name in world.breakage.cameras:
        world.set_camera(name, is_usable=False)
    world.sleep(15)
    world.disk_hangs.unlink()
    world.show("door", "empty")
    for name in world.breakage.cameras:
        world.set_camera(name, is_usable=True)


ROWS = [
    trouble("disk full", lambda w: w.disk.fill(), lambda w: w.disk.empty(), "the storage's disk is filled", "full", disk_megabytes=16),
    trouble("disk read-only", read_only, writable, "a start on a disk that takes no writes", "read-only", disk_megabytes=16),
    Breakage("disk hangs", "disk", "writes do not return for a while", hang, "disk", libraries=("disk",)),
]  # fmt: skip
