"""How well face detectors find faces in pictures that they never saw: as they are, and small, dark, grey, in infra-red,
masked and turned. What the published detector sees in a large clean picture is the truth; people drew the boxes of `masks`.
"""

import collections
import json
import zlib

import cv2
import numpy as np

from . import night
from .evaluate import session
from .finder import FaceSight, overlaps
from .finder_pictures import looked_at
from .finder_samples import grey, mask, seen
from .metrics import average_precision

#: Pixels of what the program shows the network.
PIXELS = 102_400
SIDE = 320
#: Heights of faces in pixels: far ones, and those of the other spoiled pictures.
FAR, NEAR = (16, 32), (24, 96)
#: What is lower than this in the picture that is shown is not asked for.
LOWEST = 10
#: A face is found where a box overlaps its own by this; boxes that people drew are smaller or larger than a detector's.
SAME, SAME_DRAWN = 0.5, 0.35
#: The weakest score that is looked at, and the program's.
SEEN_FROM, PROGRAM = 0.1, 0.6
#: False faces per picture of nobody at which detectors are compared.
FALSE = 0.05
#: Faces that a source needs to count.
ENOUGH = 10
KINDS = ("clean", "small", "near", "dark", "grey", "infra-red", "masked", "turned", "worn")


def random_of(looked, kind):
    return np.random.default_rng((zlib.crc32(looked.data[-4096:]), KINDS.index(kind)))


def whole(looked):
    """The picture as the program shows it: its boxes and points with it."""
    pixels = looked.pixels
    scale = min(1.0, (PIXELS / (pixels.shape[0] * pixels.shape[1])) ** 0.5)
    made = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    boxes = looked.boxes * scale
    return made, boxes, looked.points * scale, looked.sure & (boxes[:, 3] - boxes[:, 1] >= LOWEST)


def around(looked, rng, heights, degrees=0.0):
    """A square part of the picture around one of its faces, which has one of these heights; others are not asked for."""
    left, top, right, bottom = looked.boxes[rng.choice(np.flatnonzero(looked.sure))]
    wanted = np.exp(rng.uniform(np.log(heights[0]), np.log(heights[1])))
    scale, turn = min(1.5, wanted / (bottom - top)), np.deg2rad(degrees)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    made = seen(looked.pixels, looked, np.column_stack((matrix, np.full(2, SIDE / 2) - matrix @ middle)), rng, SIDE)
    tall = made.boxes[:, 3] - made.boxes[:, 1]
    # A turned face's box is larger than the face.
    low, high = heights[0] * 0.95, heights[1] * (1.05 if not degrees else 1.25)
    return made.pixels, made.boxes, made.points, made.sure & (tall >= low) & (tall <= high)


def dark(pixels, rng):
    made = (pixels.astype(np.float32) / 255) ** 1.5 * 255 * rng.uniform(0.15, 0.4)
    return np.clip(made + rng.normal(0, rng.uniform(2, 6), pixels.shape), 0, 255).astype(np.uint8)


def lit(pixels, boxes, kind, rng):
    if kind == "dark":
        return dark(pixels, rng)
    if kind == "grey":
        return grey(pixels)
    return night.infrared(pixels, boxes, rng) if kind == "infra-red" else pixels


def shown(looked, kind):
    """`(pixels, boxes, points, sure)` of a picture with people as a kind shows it."""
    rng = random_of(looked, kind)
    if kind == "clean":
        return whole(looked)
    if kind == "worn":
        return worn(looked)
    degrees = rng.uniform(15, 35) * rng.choice((-1, 1)) if kind == "turned" else 0.0
    # `near` and what is done to it show the same part.
    part = random_of(looked, "small" if kind == "small" else "near")
    pixels, boxes, points, sure = around(looked, part, FAR if kind == "small" else NEAR, degrees)
    if kind == "masked":
        pixels = pixels.copy()
        for box, five in zip(boxes, points):
            mask(pixels, box, five, rng)
    return lit(pixels, np.zeros((0, 4)), kind, rng), boxes, points, sure


def worn(looked):
    """The whole picture, with the boxes that people drew of those who wear masks."""
    pixels = whole(looked)[0]
    scale = pixels.shape[1] / looked.pixels.shape[1]
    boxes = np.array([box for _, box in looked.drawn], np.float32).reshape(-1, 4) * scale
    masked = np.array([name == "masked" for name, _ in looked.drawn], bool)
    return pixels, boxes, None, masked & (boxes[:, 3] - boxes[:, 1] >= LOWEST)


def false_scores(sight, pictures, kind):
    """The scores of all faces that are found where nobody is."""
    light = kind if kind in ("dark", "grey", "infra-red") else "clean"
    found = []
    for one in pictures:
        pixels = lit(whole(one)[0], np.zeros((0, 4)), light, random_of(one, light))
        found.extend(sight(pixels)[:, -1])
    return np.sort(np.array(found, np.float32))[::-1]


def bar(scores, pictures, false=FALSE):
    """The lowest score at which no more than so many false faces are found per picture."""
    allowed = int(false * pictures)
    return float(scores[allowed]) if len(scores) > allowed else SEEN_FROM


def matched(rows, boxes, sure, same):
    """Of each row the index of the sure face that it finds, -1 for a false one, -2 where nothing is asked."""
    left, made = set(np.flatnonzero(sure)), []
    for row in rows:
        shared = overlaps(row[:4], boxes) if len(boxes) else np.zeros(0)
        free = [face for face in left if shared[face] >= same]
        if free:
            best = max(free, key=lambda face: shared[face])
            left.discard(best)
            made.append(best)
        else:
            inside = ((row[:2] + row[2:4]) / 2 > boxes[:, :2]).all(axis=1) & (
                (row[:2] + row[2:4]) / 2 < boxes[:, 2:]).all(axis=1)
            made.append(-2 if (inside & ~sure).any() or (shared[~sure] > 0.2).any() else -1)
    return np.array(made, int)


def astray(row, points, box):
    """The mean distance of five points from the true ones, in shares of the distance of the eyes; those of a face seen from
    the side are taken to be a third of its width apart."""
    apart = max(np.hypot(*(points[1] - points[0])), (box[2] - box[0]) / 3)
    return float(np.hypot(*(row[4:14].reshape(5, 2) - points).T).mean() / apart)


class Tally:
    """What one detector found of one kind."""

    def __init__(self):
        self.scores, self.right, self.faces, self.points = [], [], 0, {}

    def add(self, picture, rows, boxes, points, sure, same=SAME):
        found = matched(rows, boxes, sure, same)
        self.faces += int(sure.sum())
        for row, face in zip(rows, found):
            if face != -2:
                self.scores.append(float(row[-1]))
                self.right.append(face >= 0)
            if face >= 0 and points is not None:
                self.points[picture, int(face)] = astray(row, points[face], boxes[face])

    def recall(self, bar):
        hits = sum(right and score >= bar for score, right in zip(self.scores, self.right))
        return 100 * hits / max(1, self.faces)

    def precision(self):
        return 100 * (average_precision(np.array(self.scores), np.array(self.right), self.faces) or 0)




def has_kind(looked, kind):
    return bool(looked.drawn) if kind == "worn" else looked.sure.any() and not looked.drawn


def over_sources(tallies, figure):
    """The mean over the sources that have enough faces, in percent."""
    values = [figure(tally) for tally in tallies.values() if tally.faces >= ENOUGH]
    return round(float(np.mean(values)), 1) if values else None


def measure_finders(models, folder, say=print):
    """Of each kind and detector, as means over the sources and in percent: recall at FALSE false faces per picture of
    nobody and at the program's score, and average precision; false faces per picture of nobody at the program's score;
    how far the points are away on the faces that all detectors find, in distances of the eyes."""
    sights = [FaceSight(session(path), SEEN_FROM) for path in models]
    people, nobody = looked_at(folder, "test"), [p for p in looked_at(folder, "test-empty") if not p.sure.any()]
    told, false = {}, {}
    for kind in KINDS:
        light = kind if kind in ("dark", "grey", "infra-red") else "clean"
        if light not in false:
            false[light] = [false_scores(sight, nobody, light) for sight in sights]
        tallies = [collections.defaultdict(Tally) for _ in models]
        for index, looked in enumerate(people):
            if has_kind(looked, kind):
                pixels, boxes, points, sure = shown(looked, kind)
                for sight, tally in zip(sights, tallies):
                    same = SAME_DRAWN if kind == "worn" else SAME
                    tally[looked.source].add(index, sight(pixels), boxes, points, sure, same)
        told[kind] = figures(tallies, false[light], len(nobody))
        say(f"{kind}: {json.dumps(told[kind])}")
    return told


def figures(tallies, false, nobody):
    apart = [{one: value for tally in mine.values() for one, value in tally.points.items()} for mine in tallies]
    both = set.intersection(*map(set, apart))
    return [{
        "faces": sum(tally.faces for tally in mine.values() if tally.faces >= ENOUGH),
        "recall": over_sources(mine, lambda tally: tally.recall(bar(scores, nobody))),
        "recallProgram": over_sources(mine, lambda tally: tally.recall(PROGRAM)),
        "ap50": over_sources(mine, Tally.precision),
        "bar": round(bar(scores, nobody), 3), "falseProgram": round(float((scores >= PROGRAM).sum()) / nobody, 3),
        "points": round(float(np.mean([own[one] for one in both])), 4) if both else None,
    } for mine, scores, own in zip(tallies, false, apart)]
