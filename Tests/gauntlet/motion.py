"""Debian's `motion` on the same pictures: what it notices of the same visits."""

import os
import subprocess
import time


class Motion:
    def __init__(self, folder, environment, size, rate):
        self.folder = folder / "motion"
        self.folder.mkdir()
        self.environment = {**os.environ, "LD_PRELOAD": environment["LD_PRELOAD"].split(":")[0], "FAKE_V4L2": environment["FAKE_V4L2"]}
        self.notes = self.folder / "notes"
        self.notes.touch()
        config = self.folder / "motion.conf"

        def says(word):
            return f"/bin/sh -c 'echo {word} $(cut -d\" \" -f1 /proc/uptime) >> {self.notes}'"

        config.write_text(
            f"daemon off\nvideo_device /dev/video42\nv4l2_palette 8\nwidth {size[0]}\nheight {size[1]}\nframerate {rate}\n"
            f"target_dir {self.folder}\nlog_file {self.folder}/log\nlog_level 6\npicture_output off\nmovie_output off\n"
            f"event_gap 3\nwebcontrol_port 0\nstream_port 0\non_event_start {says('start')}\non_event_end {says('end')}\n"
            f"on_camera_lost {says('lost')}\non_camera_found {says('found')}\n"
        )
        self.config = config
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["motion", "-n", "-c", self.config], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def times(self, word):
        """When it said so, as the monotonic clock tells it."""
        ahead = time.monotonic() - uptime()
        lines = [line.split() for line in self.notes.read_text().splitlines()]
        return [float(line[1]) + ahead for line in lines if len(line) == 2 and line[0] == word]

    def saw(self, visit):
        """An event began while it lasted, or went on from before: visits that follow each other closely are one for it."""
        starts, ends = self.times("start"), self.times("end")
        return any(
            start <= visit.ended + 3 and min((end for end in ends if end > start), default=visit.ended) >= visit.began + 1
            for start in starts
        )


def uptime():
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])
