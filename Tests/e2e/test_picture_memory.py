"""DetectLabels takes pictures from strangers: what they cost in memory is bounded, and photographs are answered."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from conftest import ROOT, Scene, wait_for
from flat_pictures import exif_bomb, jpeg, png, text_bomb

# Over what the program takes while it watches a camera; the unit's limit is 320 MB for everything.
MOST_GROWTH = 96 << 20
# Twelve callers at once: 48 MB of pictures, and 16 MB of bodies that stand there as text, JSON and bytes.
MOST_GROWTH_TOGETHER = 144 << 20
MOST = 320 << 20
LARGEST = 5 << 20


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """As telephones take them: sharp, noisy, 12 and 50 megapixels."""
    folder = tmp_path_factory.mktemp("photographs")

    def take(name, size, noise, quality):
        source = f"testsrc2=size={size},noise=alls={noise}"
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, "-frames:v", "1"]
        subprocess.run([*command, "-pix_fmt", "yuvj420p", "-q:v", str(quality), folder / name], check=True)
        return (folder / name).read_bytes()

    found = {
        "12 MP": take("12.jpg", "4000x3000", 20, 6),
        "50 MP": take("50.jpg", "8160x6120", 24, 14),
        "16:9": take("wide.jpg", "1920x1080", 10, 2),
    }
    assert all(1 << 19 < len(picture) <= LARGEST for picture in found.values()), {k: len(v) for k, v in found.items()}
    return found


@pytest.fixture
def daemon(launch, listener, toy):
    daemon = launch(Scene(ROOT / "Models/default", toy.clip, toy.seconds))
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    return daemon


class Memory:
    """Resident bytes of a daemon, and the most since `reset`."""

    def __init__(self, daemon):
        self.folder = Path("/proc") / str(daemon.process.pid)

    def figure(self, name):
        lines = (self.folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))

    def reset(self):
        # proc(5): the peak begins anew.
        (self.folder / "clear_refs").write_text("5")
        return self.figure("VmRSS")

    def peak(self):
        return self.figure("VmHWM")


def ask(api, picture):
    """`answered`, or the name of the error."""
    try:
        api.detect_labels(Image={"Bytes": picture})
        return "answered"
    except ClientError as error:
        return error.response["Error"]["Code"]


def nasty(tmp_path):
    """Pictures that ask for more than they weigh, with the answers that are right."""
    folder = tmp_path / "nasty"
    folder.mkdir()

    def made(name, source, *options):
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, "-frames:v", "1", *options, folder / name]
        subprocess.run(command, check=True)
        return (folder / name).read_bytes()

    large, unreadable = "ImageTooLargeException", "InvalidImageFormatException"
    return {
        "40 MP PNG, 16 bits, RGBA": (png(8000, 5000, 16, 6), large),
        "64 MP PNG": (png(8000, 8000), large),
        "progressive, 50 MP": (jpeg(8160, 6120, progressive=True), large),
        "progressive, 12 MP": (jpeg(4000, 3000, progressive=True), "answered"),
        "progressive, 4:4:4, 16 MP": (jpeg(4000, 4000, True, ((1, 1),) * 3), large),
        "CMYK, 12 MP": (jpeg(4000, 3000, False, ((1, 1),) * 4, adobe=0), "answered"),
        "CMYK, progressive, 12 MP": (jpeg(4000, 3000, True, ((1, 1),) * 4, adobe=2), large),
        "190 MP, 4:2:0": (jpeg(15_000, 12_666), "answered"),
        "65500x65500": (jpeg(1000, 1000)[:20] + jpeg(65_500, 65_500, sampling=((1, 1),))[20:4000], large),
        "1x100000": (png(1, 100_000), large),
        "100000x1": (png(100_000, 1), large),
        "16400x16": (png(16_400, 16), large),
        "1x16000": (png(1, 16_000), "answered"),
        "interlaced PNG": (made("i.png", "testsrc2=size=2000x1500", "-flags", "+ildct", "-pix_fmt", "rgba"), "answered"),
        "12 MP PNG, RGB": (png(4000, 3000), "answered"),
        "WebP": (made("a.webp", "testsrc2=size=640x480"), unreadable),
        "BMP": (made("a.bmp", "testsrc2=size=640x480"), unreadable),
        "GIF": (made("a.gif", "testsrc2=size=640x480"), unreadable),
        "PNG with 1 GB of text": (png(64, 64, extra=[text_bomb(1000)]), "answered"),
        "JPEG with EXIF for a gigabyte": (exif_bomb(jpeg(640, 480)), "answered"),
        "JPEG of 400 scans": (jpeg(1000, 1000, progressive=True, scans=400), unreadable),
    }


def test_pictures_that_ask_for_much_memory_get_little_one_by_one_and_all_together(daemon, photographs, tmp_path):
    api = daemon.rekognition()
    pictures = nasty(tmp_path)
    assert ask(api, photographs["16:9"]) == "answered"
    memory = Memory(daemon)
    time.sleep(1)
    idle = memory.reset()
    growth = {}
    for name, (picture, right) in pictures.items():
        memory.reset()
        assert ask(api, picture) == right, name
        growth[name] = (memory.peak() - idle) >> 20
    for name, picture in photographs.items():
        memory.reset()
        assert ask(api, picture) == "answered", name
        growth[name] = (memory.peak() - idle) >> 20
    print("MB over idle:", growth)
    assert max(growth.values()) < MOST_GROWTH >> 20, growth

    memory.reset()
    allowed = {"ProvisionedThroughputExceededException", "ServiceUnavailableException"}
    crowd = [pair for pair in [*pictures.values(), *((p, "answered") for p in photographs.values())] for _ in range(2)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda pair: (ask(daemon.rekognition(), pair[0]), pair[1]), crowd))
    print("MB over idle, together:", (memory.peak() - idle) >> 20)
    assert memory.peak() - idle < MOST_GROWTH_TOGETHER
    assert memory.peak() < MOST
    assert [pair for pair in answers if pair[0] != pair[1] and pair[0] not in allowed] == []
    assert daemon.is_running()


def test_a_photograph_may_have_five_megabytes_and_more_is_called_too_large(daemon, photographs):
    api = daemon.rekognition()
    # What stands behind a picture's end is no part of it.
    whole = photographs["12 MP"]
    assert ask(api, whole + bytes(LARGEST - len(whole))) == "answered"
    assert ask(api, whole + bytes(LARGEST + 1 - len(whole))) == "ImageTooLargeException"
    assert ask(api, whole + bytes(2 * LARGEST)) == "ImageTooLargeException"
