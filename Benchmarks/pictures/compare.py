#!/usr/bin/env python3
"""Milliseconds per stage between a camera and the network, ours and those of OpenCV and swscale; see run.sh."""
import json
import os
import subprocess
import sys
import tempfile
import time

import av
import cv2
import numpy


def best(body, seconds=0.3):
    least, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        body()
        least = min(least, time.perf_counter() - start)
    return least * 1e3


def of_opencv(path):
    cv2.setNumThreads(1)
    with open(path, "rb") as file:
        data = numpy.frombuffer(file.read(), numpy.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    eighth = cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    background = numpy.zeros(eighth.shape, numpy.float32)
    yuyv = numpy.ascontiguousarray(numpy.dstack([picture[:, :, 0], picture[:, :, 1]]))
    height, width = picture.shape[:2]
    scale = 416 / max(height, width)
    size = (round(width * scale), round(height * scale))

    def motion(grey):
        cv2.countNonZero(cv2.threshold(cv2.absdiff(grey.astype(numpy.float32), background), 9, 1, cv2.THRESH_BINARY)[1])
        cv2.accumulateWeighted(grey, background, 0.05)

    def letterbox(colours):
        small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
        canvas = cv2.copyMakeBorder(small, 0, 416 - size[1], 0, 416 - size[0], cv2.BORDER_CONSTANT, value=(114, 114, 114))
        cv2.dnn.blobFromImage(canvas)

    return {
        "jpeg": best(lambda: cv2.imdecode(data, cv2.IMREAD_COLOR)),
        "jpegEighth": best(lambda: cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8)),
        "motionOfEighth": best(lambda: motion(eighth)),
        "motionOfFrame": best(lambda: motion(cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), eighth.shape[::-1],
                                                        interpolation=cv2.INTER_AREA))),
        "letterbox": best(lambda: letterbox(picture)),
        "letterboxOfYUYV": best(lambda: letterbox(cv2.cvtColor(yuyv, cv2.COLOR_YUV2RGB_YUYV))),
    }


def of_swscale(path):
    """A raw frame to a quarter of its sides, as bytes: the one stage that needs neither a JPEG nor OpenCV."""
    height, width = cv2.imread(path).shape[:2]
    frame = av.VideoFrame.from_ndarray(numpy.random.default_rng(1).integers(0, 255, (height, width, 2), numpy.uint8), "yuyv422")
    reformatter = av.video.reformatter.VideoReformatter()
    return {"quarterOfYUYV": best(
        lambda: reformatter.reformat(frame, width // 4, height // 4, "rgb24", interpolation="AREA", threads=1))}


STAGES = [
    ("jpegAsSent", "JPEG, taken from the driver and left as it is"),
    ("jpeg", "JPEG, whole, into a frame (OpenCV: into RGB)"), ("jpegEighth", "JPEG, grey eighth"),
    ("jpegBehindEighth", "the rest of a preview that is looked at after all"),
    ("motionOfEighth", "motion, of an eighth"), ("motionOfFrame", "motion, of a decoded frame"),
    ("motionOfYUYV", "motion, of YUYV"), ("letterbox", "frame to the network's input, 416 x 416"),
    ("letterboxOfYUYV", "YUYV to the network's input"),
    ("snapshotOfOwnBytes", "a snapshot of the camera's own bytes"), ("snapshotEncoded", "a snapshot that is encoded"),
    ("quarterOfYUYV", "YUYV to planes of floats of a quarter of its sides (swscale, area: to RGB bytes)"),
]


def main():
    photograph, rounds = cv2.imread(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    if photograph is None:
        raise SystemExit(f"{sys.argv[1]} is no picture")
    print(f"{time.strftime('%Y-%m-%d')}, milliseconds, one thread, minimum of {rounds} process starts; OpenCV {cv2.__version__}, PyAV {av.__version__}\n")
    columns = []
    with tempfile.TemporaryDirectory() as folder:
        for width, height in ((1280, 720), (1920, 1080)):
            path = f"{folder}/{height}.jpg"
            cv2.imwrite(path, cv2.resize(photograph, (width, height), interpolation=cv2.INTER_CUBIC), [
                cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422])
            ours, theirs = {}, {}
            for _ in range(rounds):
                output = subprocess.run([os.environ["PICTURE_BENCHMARK"], path], capture_output=True, text=True)
                if output.returncode:
                    raise SystemExit(output.stdout.strip())
                for known, new in ((ours, json.loads(output.stdout)), (theirs, {**of_opencv(path), **of_swscale(path)})):
                    for stage, value in new.items():
                        known[stage] = min(known.get(stage, value), value)
            columns.append((f"{height}p, {os.path.getsize(path) // 1000} KB", ours, theirs))
    print("| | " + " | ".join(f"{name}: Porchlight | OpenCV or swscale" for name, _, _ in columns) + " |")
    print("|---|" + "---|---|" * len(columns))
    for stage, title in STAGES:
        cells = [f"{column.get(stage):.3f}" if stage in column else "–" for _, *both in columns for column in both]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
