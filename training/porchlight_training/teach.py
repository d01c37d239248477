"""What larger networks see in pictures: people, cats and dogs with scores, for pictures that nobody labelled.

NanoDet-Plus-m-1.5x (COCO) for all three, RTMDet-nano for people, fused: boxes are weighted means, and a score is the mean
over the networks that could have seen it. Weighted boxes fusion: Solovyev et al., 2019, arXiv:1910.13302.
"""

import json
import pathlib

import numpy as np
import torch

from .evaluate import session
from .metrics import Found, overlaps
from .network import CLASSES
from .predict import decoded, detections, fitted, input_shape, normalised
from .published import COCO

#: The teachers see more of a picture than the network does: pixels of their inputs.
TEACHER_PIXELS = 416 * 416
#: Boxes that overlap so much are one object.
SAME = 0.55
WEAKEST = 0.05
PERSON = CLASSES.index("person")
TAUGHT = ("person", "cat", "dog")


class Teachers:
    """nanodet: ONNX file with one input and `[1, points, 80 + 32]`; people: RTMDet with suppression inside, rows of
    corners and score. Both with inputs of any multiple of 32."""

    def __init__(self, nanodet, people):
        self.nanodet, self.people = session(nanodet), session(people)
        self.columns = [COCO[name] for name in TAUGHT]

    def __call__(self, pixels):
        """`Found` in a picture `[height, width, 3]`, blue first."""
        height, width = pixels.shape[:2]
        shape = input_shape(width, height, TEACHER_PIXELS)
        given, scale = fitted(pixels, shape)
        output = run(self.nanodet, given)
        one = decoded(torch.from_numpy(output), scale, width, height, shape, strong, self.columns)
        given, scale = fitted(pixels, shape, pad=114.0)
        rows = run(self.people, given)
        corners = (rows[:, :4] / np.array([*scale, *scale], np.float32)).clip(0, [width, height, width, height])
        return fused(one, detections([corners], [rows[:, 4]], strong))


def strong(scores, _):
    """Scores without those that nobody asks for, which saves most of the suppression."""
    return np.where(scores < WEAKEST, 0, scores)


def run(session, pixels):
    name = session.get_inputs()[0].name
    return session.run(None, {name: normalised(pixels[None]).contiguous().numpy()})[0][0]


def fused(one, people):
    """The findings of the network that knows all classes with those of the one that knows people."""
    is_person = one.classes == PERSON
    boxes, classes, scores = [one.boxes[~is_person]], [one.classes[~is_person]], [one.confidences[~is_person]]
    table = overlaps(one.boxes[is_person], people.boxes)
    free = np.ones(len(people.boxes), bool)
    merged = []
    for row, (box, score) in enumerate(zip(one.boxes[is_person], one.confidences[is_person])):
        near = np.where(free & (table[row] > SAME))[0]
        if not len(near):
            merged.append((*box, score / 2))
            continue
        best = near[np.argmax(table[row, near])]
        free[best] = False
        other = people.confidences[best]
        merged.append((*((box * score + people.boxes[best] * other) / (score + other)), (score + other) / 2))
    merged += [(*box, score / 2) for box, score in zip(people.boxes[free], people.confidences[free])]
    merged = np.array(merged, np.float32).reshape(-1, 5)
    boxes.append(merged[:, :4])
    classes.append(np.full(len(merged), PERSON))
    scores.append(merged[:, 4])
    return Found.sorted(*(np.concatenate(part) for part in (boxes, classes, scores)))


def teach(pictures, teachers, path, tell=print):
    """Writes what teachers see in pictures, `{file name: [[left, top, right, bottom, class, score], ...]}`; what the
    file has already is kept."""
    path = pathlib.Path(path)
    told = json.loads(path.read_text()) if path.exists() else {}
    for count, p in enumerate(pictures, 1):
        name = p.path.name
        if name not in told:
            seen = teachers(p.read())
            strong = seen.confidences >= WEAKEST
            table = np.column_stack((seen.boxes, seen.classes, seen.confidences))[strong]
            told[name] = [[*(round(float(v), 1) for v in row[:4]), int(row[4]), round(float(row[5]), 3)] for row in table]
        if count % 200 == 0 or count == len(pictures):
            path.write_text(json.dumps(told))
            tell(f"{count} of {len(pictures)} pictures seen by the teachers")
    return told
