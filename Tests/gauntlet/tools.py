"""What is built and made once for all worlds: the preloaded libraries and the pictures."""

import subprocess
from pathlib import Path

from . import frames

TESTS = Path(__file__).resolve().parents[1]


class Tools:
    def __init__(self, folder):
        for name in ("FakeV4L2", "FakeClock", "FakeDisk"):
            subprocess.run([TESTS / name / "build.sh", folder], check=True)
        self.folder = folder
        self.camera = folder / "libfakev4l2.so"
        self.pictures = {kind: frames.make(folder / kind, kind) for kind in ("MJPG", "YUYV")}

    def library(self, name):
        return self.folder / f"libfake{name}.so"
