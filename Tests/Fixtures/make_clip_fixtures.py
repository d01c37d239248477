#!/usr/bin/env python3
"""Makes Tests/Fixtures/Clips/*.json: what YOLOX-nano and the reference decoder see in real clips, frame by frame.

usage: make_clip_fixtures.py NAME=CLIP.mp4 ...
Needs numpy, onnxruntime and opencv-python-headless, and PORCHLIGHT_SHARED with models/ and tools/bench/dets.py.
A frame is a list of [COCO class, confidence, left, top, right, bottom], corners in ratios of the frame.
"""
import json
import os
import sys

import cv2

here = os.path.dirname(os.path.abspath(__file__))
clips = [(a.split("=")[0], os.path.abspath(a.split("=")[1])) for a in sys.argv[1:]]
sys.path.insert(0, os.path.join(os.environ["PORCHLIGHT_SHARED"], "tools", "bench"))
os.chdir(os.environ["PORCHLIGHT_SHARED"])
import dets  # noqa: E402

model = dets.YoloX()
for name, path in clips:
    clip, frames = cv2.VideoCapture(path), []
    while True:
        ok, image = clip.read()
        if not ok:
            break
        h, w = image.shape[:2]
        frames.append([
            [int(c), round(s, 3)] + [round(v, 4) for v in (a / w, b / h, x / w, y / h)]
            for c, s, a, b, x, y in model(image) if c in (0, 15, 16)])
    with open(os.path.join(here, "Clips", name + ".json"), "w") as file:
        file.write("[" + ",\n".join(json.dumps(f, separators=(",", ":")) for f in frames) + "]\n")
    print(name, len(frames), "frames,", os.path.getsize(file.name), "bytes")
