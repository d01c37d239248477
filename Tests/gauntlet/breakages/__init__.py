"""The table of breakages: one row each, in the file of its kind. A new one is one row."""

from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Breakage:
    """One thing that breaks, what is done, and what has to be seen of it.

    `play` is called with the world when the box runs and one visit has been seen, and leaves it mended. `names` is what somebody
    has to say within a minute (health, problem, `check`), as a regular expression; None for what harms nobody."""

    name: str
    kind: str
    #: For people: what is done.
    done: str
    play: Callable
    names: str | None = None
    cameras: tuple = ("door", "yard")
    format: str = "MJPG"
    broker: Callable | None = None
    settings: dict = field(default_factory=dict)
    #: Libraries to preload beside the camera: "clock", "disk".
    libraries: tuple = ()
    #: The storage has a disk of its own, of so many megabytes; only root can mount one.
    disk_megabytes: int = 0
    #: Whether `motion` has something to see here.
    has_peer: bool = False
    #: The fault is there from the first moment on.
    from_start: bool = False


def everything():
    from . import brokers, cameras, disks, owners, starts

    return cameras.ROWS + brokers.ROWS + disks.ROWS + starts.ROWS + owners.ROWS
