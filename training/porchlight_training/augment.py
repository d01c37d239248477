"""From labelled pictures to what the network is shown in training."""

from dataclasses import dataclass

import cv2
import numpy as np

from . import night
from .network import CLASSES, INPUT_SIZE

#: How a sample is put together, and how often.
LAYOUTS = {"whole": 0.22, "scaled": 0.30, "crop": 0.26, "mosaic": 0.22}
#: How often a sample turns infra-red, and to dusk.
INFRARED, DUSK = 0.48, 0.10
#: Parcels lose what tells them apart, their colour and print: those turn infra-red more often.
INFRARED_PACKAGE = 0.75


@dataclass
class Sample:
    """What the network is shown, with what is known of it."""

    #: `[size, size, 3]` uint8, blue first.
    pixels: np.ndarray
    #: `[n, 4]` corners in pixels of the sample.
    boxes: np.ndarray
    #: `[n]` indices into CLASSES.
    classes: np.ndarray
    #: `[m, 4 + classes]`: corners of an area, and per class whether what is in it without a box is background.
    #: Later areas override earlier ones; outside all of them everything is background (padding).
    areas: np.ndarray


def sample(pictures, index, rng, size=INPUT_SIZE):
    """A training sample around picture `index`. rng: numpy Generator."""
    layout = rng.choice(list(LAYOUTS), p=list(LAYOUTS.values()))
    if layout == "mosaic":
        made = mosaic(pictures, index, rng, size)
    else:
        made = placed(pictures[index], rng, size, layout)
    if rng.random() < 0.5:
        made = mirrored(made)
    infrared = INFRARED_PACKAGE if CLASSES.index("package") in made.classes else INFRARED
    made.pixels = recoloured(made.pixels, made.boxes, rng, infrared)
    return made


def letterboxed(picture, pixels, size=INPUT_SIZE):
    """A picture as the program itself shows it to the network: fitted, top left, the rest black."""
    scale = min(size / picture.width, size / picture.height)
    return warped(picture, pixels, size, scale, scale, 0.0, 0.0)


def placed(picture, rng, size, layout):
    pixels = picture.read()
    width, height = picture.width, picture.height
    fit = min(size / width, size / height)
    if layout == "whole":
        return letterboxed(picture, pixels, size)
    stretch = np.exp(rng.uniform(-0.16, 0.16))
    if layout == "crop" and len(picture.boxes):
        # As the motion gate cuts it: the object fills 10 to 60 % of the square.
        left, top, right, bottom = picture.boxes[rng.integers(len(picture.boxes))]
        area = max(16.0, float((right - left) * (bottom - top)))
        share = rng.uniform(0.1, 0.6)
        side = max((area / share) ** 0.5, max(right - left, bottom - top) * rng.uniform(0.75, 1.05))
        side = max(side, 24.0)
        centre_x = (left + right) / 2 + rng.uniform(-0.22, 0.22) * side
        centre_y = (top + bottom) / 2 + rng.uniform(-0.22, 0.22) * side
        scale = min(size / side, 6.0)
        return warped(
            picture, pixels, size, scale * stretch, scale / stretch,
            size / 2 - centre_x * scale * stretch, size / 2 - centre_y * scale / stretch)
    # Where nothing is, a crop is any part of the picture: the gate also cuts out swaying branches.
    largest = 5.0 if layout == "crop" else 1.6
    scale = fit * np.exp(rng.uniform(np.log(0.4), np.log(largest)))
    across, down = size - width * scale * stretch, size - height * scale / stretch
    return warped(
        picture, pixels, size, scale * stretch, scale / stretch,
        rng.uniform(min(0, across), max(0, across)), rng.uniform(min(0, down), max(0, down)))


def warped(picture, pixels, size, scale_x, scale_y, shift_x, shift_y):
    """Scales and shifts a picture into a black square; boxes of which little is left go, and leave no background."""
    matrix = np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]], np.float64)
    # Pixel centres, not corners, are what warpAffine maps.
    matrix[:, 2] += 0.5 * (matrix[:, :2].sum(axis=1) - 1)
    if scale_x < 0.6:
        # warpAffine does not filter: halve first, by area.
        factor = scale_x
        reduced = cv2.resize(
            pixels, (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))),
            interpolation=cv2.INTER_AREA)
        again = np.array([
            [scale_x * picture.width / reduced.shape[1], 0, shift_x],
            [0, scale_y * picture.height / reduced.shape[0], shift_y]])
        again[:, 2] += 0.5 * (again[:, :2].sum(axis=1) - 1)
        out = cv2.warpAffine(reduced, again, (size, size), flags=cv2.INTER_LINEAR)
    else:
        out = cv2.warpAffine(pixels, matrix, (size, size), flags=cv2.INTER_LINEAR)
    factors = np.array([scale_x, scale_y, scale_x, scale_y], np.float32)
    shifts = np.array([shift_x, shift_y, shift_x, shift_y], np.float32)
    whole = picture.boxes * factors + shifts
    seen = whole.clip(0, size)
    sides = np.maximum(whole[:, 2:] - whole[:, :2], 1e-6)
    left = np.maximum(seen[:, 2:] - seen[:, :2], 0)
    share = left.prod(axis=1) / sides.prod(axis=1)
    keeps = (share > 0.25) & (left.min(axis=1) >= 3) if len(whole) else np.zeros(0, bool)
    areas = [area((0, 0, size, size), np.ones(len(CLASSES), bool))]
    frame = np.array([0, 0, picture.width, picture.height], np.float32) * factors + shifts
    areas.append(area(frame.clip(0, size), picture.annotated))
    for box, index in zip(seen[~keeps], picture.classes[~keeps]):
        areas.append(area(box, picture.annotated & (np.arange(len(CLASSES)) != index)))
    for doubt in picture.doubtful:
        known = picture.annotated & (np.arange(len(CLASSES)) != int(doubt[4]))
        areas.append(area((doubt[:4] * factors + shifts).clip(0, size), known))
    return Sample(out, seen[keeps], picture.classes[keeps], np.stack(areas))


def area(corners, known):
    return np.concatenate((np.asarray(corners, np.float32), known.astype(np.float32)))


def mosaic(pictures, index, rng, size):
    """Four pictures around a cross: many small objects at once."""
    chosen = [index, *rng.integers(len(pictures), size=3)]
    cx, cy = (rng.uniform(0.35, 0.65, 2) * size).astype(int)
    corners = ((0, 0, cx, cy), (cx, 0, size, cy), (0, cy, cx, size), (cx, cy, size, size))
    out = np.zeros((size, size, 3), np.uint8)
    boxes, classes, areas = [], [], []
    for which, (left, top, right, bottom) in zip(chosen, corners):
        p = pictures[which]
        side = max(right - left, bottom - top)
        scale = side / min(p.width, p.height) * rng.uniform(0.6, 1.1)
        room = (right - left) - p.width * scale, (bottom - top) - p.height * scale
        shift = [rng.uniform(min(0, r), max(0, r)) for r in room]
        # A square of the tile's longer side, of which the tile shows its part.
        tile = warped(p, p.read(), int(side), scale, scale, *shift)
        out[top:bottom, left:right] = tile.pixels[: bottom - top, : right - left]
        limit = np.array([right - left, bottom - top] * 2, np.float32)
        shown = np.minimum(tile.boxes, limit)
        whole = np.maximum((tile.boxes[:, 2:] - tile.boxes[:, :2]).prod(axis=1), 1e-6)
        sides = np.maximum(shown[:, 2:] - shown[:, :2], 0)
        keeps = (sides.prod(axis=1) / whole > 0.25) & (sides.min(axis=1, initial=size) >= 3)
        offset = np.array([left, top, left, top], np.float32)
        boxes.append(shown[keeps] + offset)
        classes.append(tile.classes[keeps])
        moved = tile.areas.copy()
        moved[:, :4] = np.minimum(moved[:, :4], limit) + offset
        for box, gone in zip(shown[~keeps], tile.classes[~keeps]):
            known = p.annotated & (np.arange(len(CLASSES)) != gone)
            moved = np.concatenate((moved, area(box + offset, known)[None]))
        areas.append(moved)
    return Sample(out, np.concatenate(boxes), np.concatenate(classes), np.concatenate(areas))


def mirrored(made):
    size = made.pixels.shape[1]
    flipped = made.boxes.copy()
    flipped[:, [0, 2]] = size - made.boxes[:, [2, 0]]
    areas = made.areas.copy()
    areas[:, [0, 2]] = size - made.areas[:, [2, 0]]
    return Sample(np.ascontiguousarray(made.pixels[:, ::-1]), flipped, made.classes, areas)


def decoys(size, rng):
    """`[n, 4]` corners of places where nothing is and that are bleached all the same: bleaching alone must not tell
    that something is there."""
    count = rng.integers(1, 4) if rng.random() < 0.4 else 0
    sides = size * np.exp(rng.uniform(np.log(0.06), np.log(0.5), (count, 1)) + rng.uniform(-0.5, 0.5, (count, 2)))
    corners = rng.uniform(0, size, (count, 2)) - sides / 2
    return np.concatenate((corners, corners + sides), axis=1)


def recoloured(pixels, boxes, rng, infrared=INFRARED):
    """By day, at dusk, or in infra-red."""
    draw = rng.random()
    if draw < infrared:
        return night.infrared(pixels, np.concatenate((boxes.reshape(-1, 4), decoys(len(pixels), rng))), rng)
    if draw < infrared + DUSK:
        return night.low_light(pixels, rng)
    out = pixels.astype(np.float32)
    if rng.random() < 0.8:
        grey = out.mean(axis=2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0.3, 1.5)
        out = (out - 128) * rng.uniform(0.7, 1.3) + 128 + rng.uniform(-30, 30)
        out = out * rng.uniform(0.9, 1.1, 3).astype(np.float32)
    if rng.random() < 0.25:
        out = night.soft(out, rng, pixels.shape[1], pixels.shape[0])
    if rng.random() < 0.25:
        out = out + night.noise(out.shape, rng, strongest=0.05) * 255
    out = np.clip(out, 0, 255).astype(np.uint8)
    return night.compressed(out, rng, 30, 90) if rng.random() < 0.2 else out
