#!/usr/bin/env python3
"""Makes Tests/Fixtures/Heads/*.json: thinned outputs of real networks and the boxes that a reference decoder finds.

usage: make_head_fixtures.py ASTRONAUT.png CHELSEA.png   (both from Debian's python3-skimage, public domain)
Needs numpy, onnxruntime and opencv-python-headless, and PORCHLIGHT_SHARED with models/ and tools/bench/dets.py.
Only rows that could matter are kept, the rest is filled with a constant, and the reference decodes those same numbers.
"""
import json
import os
import sys

import cv2
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
photos = [cv2.imread(path) for path in sys.argv[1:3]]
shared = os.environ["PORCHLIGHT_SHARED"]
sys.path.insert(0, os.path.join(shared, "tools", "bench"))
os.chdir(shared)
import dets  # noqa: E402

WANTED = [0, 15, 16]  # person, cat, dog


class Thinned:
    """Stands in for an ONNX session: keeps few numbers of each output and remembers them."""

    def __init__(self, session, thin):
        self.session, self.thin, self.kept = session, thin, []

    def run(self, _, feed):
        names = [o.name for o in self.session.get_outputs()]
        outputs = self.session.run(None, feed)
        self.input = list(next(iter(feed.values())).shape)
        thinned = []
        for name, output, (keep, fill) in zip(names, outputs, self.thin(outputs)):
            flat = np.full(output.size, fill, np.float32)
            indices = np.flatnonzero(keep)
            flat[indices] = np.array([float(f"{v:.5g}") for v in output.reshape(-1)[indices]], np.float32)
            thinned.append(flat.reshape(output.shape))
            runs = np.split(indices, np.flatnonzero(np.diff(indices) != 1) + 1) if len(indices) else []
            self.kept.append({
                "name": name, "shape": list(output.shape), "fill": fill,
                "runs": [[int(r[0])] + [float(f"{flat[i]:.5g}") for i in r] for r in runs]})
        return thinned


def rows(output, score, columns, least):
    keep = np.zeros(output.shape, bool)
    picked = np.flatnonzero(score.reshape(-1) > least)
    for row in picked:
        keep.reshape(-1, output.shape[-1])[row, columns] = True
    return keep


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def thin_yolox(o):
    y = o[0]
    score = y[..., 4] * y[..., [5 + c for c in WANTED]].max(-1)
    return [(rows(y, score, [0, 1, 2, 3, 4] + [5 + c for c in WANTED], 0.03), 0.0)]


def thin_plus(o):
    y = o[0]
    return [(rows(y, sigmoid(y[..., WANTED].max(-1)), WANTED + list(range(80, 112)), 0.04), -20.0)]


def thin_nanodet(o):
    kept = []
    best = {y.shape[1]: y[..., WANTED].max(-1) for y in o if y.shape[2] == 80}
    for y in o:
        columns = WANTED if y.shape[2] == 80 else list(range(32))
        kept.append((rows(y, best[y.shape[1]], columns, 0.04), 0.0))
    return kept


def thin_fastestdet(o):
    y = o[0][0]
    score = y[0] ** 0.6 * y[5:].max(0) ** 0.4
    keep = np.zeros(o[0].shape, bool)
    planes = np.zeros((y.shape[0],) + score.shape, bool)
    planes[[0, 1, 2, 3, 4] + [5 + c for c in WANTED]] = True
    np.put_along_axis(planes, 5 + y[5:].argmax(0)[None], True, 0)  # a cell counts for its best class only
    keep[0] = planes & (score > 0.04)
    return [(keep, 0.0)]


def picture():
    """A person and a cat side by side on grey, not square."""
    a, c = photos
    out = np.full((512, 1000, 3), 127, np.uint8)
    out[: a.shape[0], : a.shape[1]] = a
    out[100 : 100 + c.shape[0], 530 : 530 + c.shape[1]] = c
    return out


def write(name, kept, shape, image, found):
    h, w = image.shape[:2]
    fixture = {
        "input": shape, "frame": [w, h], "outputs": kept,
        "expected": [[int(c), float(s), a / w, b / h, x / w, y / h] for c, s, a, b, x, y in found]}
    with open(os.path.join(here, "Heads", name + ".json"), "w") as file:
        json.dump(fixture, file, separators=(",", ":"))
        file.write("\n")
    print(name, len(found), "objects,", os.path.getsize(file.name), "bytes")
    print("  ", [(int(f[0]), round(float(f[1]), 2)) for f in found if f[1] > 0.3])


def yunet(image):
    session = dets.sess("models/yunet/yunet_n_320_320.onnx")
    x, ratio = dets.lb(image, 320, 0)
    names = [o.name for o in session.get_outputs()]

    def thin(o):
        part = dict(zip(names, o))
        best = {s: np.sqrt(part[f"cls_{s}"] * part[f"obj_{s}"])[..., 0] for s in (8, 16, 32)}
        return [(rows(part[n], best[int(n.split("_")[1])], list(range(part[n].shape[-1])), 0.04), 0.0) for n in names]

    stub = Thinned(session, thin)
    feed = {session.get_inputs()[0].name: x.transpose(2, 0, 1)[None].astype(np.float32)}
    part = dict(zip(names, stub.run(None, feed)))
    found = []
    for s in (8, 16, 32):
        n = 320 // s
        score = np.sqrt(part[f"cls_{s}"] * part[f"obj_{s}"]).reshape(-1)
        box = part[f"bbox_{s}"].reshape(-1, 4)
        for i in np.flatnonzero(score > 0.05):
            cx, cy = (i % n + box[i, 0]) * s, (i // n + box[i, 1]) * s
            bw, bh = np.exp(box[i, 2]) * s, np.exp(box[i, 3]) * s
            corners = [v / ratio for v in (cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2)]
            found.append((0, float(score[i]), *corners))
    h, w = image.shape[:2]
    write("yunet", stub.kept, stub.input, image, dets.clip(dets.nms(found), w, h))


image = picture()
for name, make, thin in [
    ("yolox", dets.YoloX, thin_yolox), ("nanodet", dets.NanoM, thin_nanodet),
    ("nanodet-plus", dets.NanoPlus, thin_plus), ("fastestdet", dets.FastestDet, thin_fastestdet),
]:
    model = make()
    model.s = Thinned(model.s, thin)
    found = [f for f in model(image) if f[0] in WANTED]
    write(name, model.s.kept, model.s.input, image, found)
yunet(image)
