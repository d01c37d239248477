"""From pictures to what the network is shown in training."""

from dataclasses import dataclass

import cv2
import numpy as np

from . import night
from .network import CLASSES

#: How a sample is put together, and how often: as the program shows a picture, scaled and shifted, or cut as the
#: program looks again where something moved.
LAYOUTS = {"whole": 0.35, "scaled": 0.45, "crop": 0.20}
#: How often a sample turns infra-red, and to dusk; pictures taken at night stay as they are.
INFRARED, DUSK = 0.15, 0.08


@dataclass
class Sample:
    """What the network is shown, with what is known of it."""

    #: `[height, width, 3]` uint8, blue first.
    pixels: np.ndarray
    #: `[n, 4]` corners in pixels of the sample.
    boxes: np.ndarray
    #: `[n]` indices into CLASSES.
    classes: np.ndarray
    #: `[n]` how sure it is that there is something: 1 where people drew the box.
    sureness: np.ndarray
    #: `[m, 4 + classes]`: corners of an area, and per class whether what is in it without a box is background.
    #: Later areas override earlier ones; outside all of them everything is background (padding).
    areas: np.ndarray


def sample(picture, rng, shape):
    """A training sample of `shape` (width, height). rng: numpy Generator."""
    layout = rng.choice(list(LAYOUTS), p=list(LAYOUTS.values()))
    made = placed(picture, rng, shape, layout)
    if rng.random() < 0.5:
        made = mirrored(made)
    made.pixels = recoloured(made.pixels, made.boxes, rng, picture.entry.get("night", False))
    return made


def letterboxed(picture, pixels, shape):
    """A picture as the program itself shows it to the network: fitted, top left, the rest black."""
    scale = min(shape[0] / picture.width, shape[1] / picture.height)
    return warped(picture, pixels, shape, scale, scale, 0.0, 0.0)


def placed(picture, rng, shape, layout):
    pixels = picture.read()
    width, height = picture.width, picture.height
    fit = min(shape[0] / width, shape[1] / height)
    if layout == "whole":
        return letterboxed(picture, pixels, shape)
    stretch = np.exp(rng.uniform(-0.12, 0.12))
    if layout == "crop" and len(picture.boxes):
        # As the program looks again: what moved fills 3 to 50 % of the crop.
        left, top, right, bottom = picture.boxes[rng.integers(len(picture.boxes))]
        area = max(16.0, float((right - left) * (bottom - top)))
        share = np.exp(rng.uniform(np.log(0.03), np.log(0.5)))
        scale = (shape[0] * shape[1] * share / area) ** 0.5
        scale = min(max(scale, fit), 4.0, 1.3 * shape[0] / (right - left), 1.3 * shape[1] / (bottom - top))
        centre_x = (left + right) / 2 + rng.uniform(-0.3, 0.3) * shape[0] / scale
        centre_y = (top + bottom) / 2 + rng.uniform(-0.3, 0.3) * shape[1] / scale
        shift_x = within(shape[0] / 2 - centre_x * scale * stretch, shape[0] - width * scale * stretch)
        shift_y = within(shape[1] / 2 - centre_y * scale / stretch, shape[1] - height * scale / stretch)
        return warped(picture, pixels, shape, scale * stretch, scale / stretch, shift_x, shift_y)
    scale = fit * np.exp(rng.uniform(np.log(0.55), np.log(1.6)))
    across, down = shape[0] - width * scale * stretch, shape[1] - height * scale / stretch
    return warped(
        picture, pixels, shape, scale * stretch, scale / stretch,
        rng.uniform(min(0, across), max(0, across)), rng.uniform(min(0, down), max(0, down)))


def within(shift, room):
    """A shift that shows as much of the picture as there is room for."""
    return min(max(shift, min(0, room)), max(0, room))


def warped(picture, pixels, shape, scale_x, scale_y, shift_x, shift_y):
    """Scales and shifts a picture into a black input; boxes of which little is left go, and leave no background."""
    if scale_x < 0.6:
        # warpAffine does not filter: shrink first, by area.
        small = max(1, round(picture.width * scale_x)), max(1, round(picture.height * scale_x))
        pixels = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
    matrix = np.array([
        [scale_x * picture.width / pixels.shape[1], 0, shift_x],
        [0, scale_y * picture.height / pixels.shape[0], shift_y]], np.float64)
    # Pixel centres, not corners, are what warpAffine maps.
    matrix[:, 2] += 0.5 * (matrix[:, :2].sum(axis=1) - 1)
    out = cv2.warpAffine(pixels, matrix, shape, flags=cv2.INTER_LINEAR)
    factors = np.array([scale_x, scale_y, scale_x, scale_y], np.float32)
    shifts = np.array([shift_x, shift_y, shift_x, shift_y], np.float32)
    limit = np.array([*shape, *shape], np.float32)
    whole = picture.boxes * factors + shifts
    seen = np.clip(whole, 0, limit)
    sides = np.maximum(whole[:, 2:] - whole[:, :2], 1e-6)
    left = np.maximum(seen[:, 2:] - seen[:, :2], 0)
    share = left.prod(axis=1) / sides.prod(axis=1)
    keeps = (share > 0.25) & (left.min(axis=1) >= 3) if len(whole) else np.zeros(0, bool)
    frame = np.array([0, 0, picture.width, picture.height], np.float32) * factors + shifts
    areas = [area((0, 0, *shape), np.ones(len(CLASSES), bool)), area(np.clip(frame, 0, limit), picture.annotated)]
    gone = np.column_stack((whole[~keeps], picture.classes[~keeps]))
    for *corners, index in (*gone, *picture.doubtful_at(factors, shifts)):
        # Over what an area before this one says of the other classes.
        areas.append(area(np.clip(corners, 0, limit), picture.annotated & (np.arange(len(CLASSES)) != int(index))))
    return Sample(out, seen[keeps], picture.classes[keeps], picture.sureness[keeps], np.stack(areas))


def area(corners, known):
    return np.concatenate((np.asarray(corners, np.float32), known.astype(np.float32)))


def mirrored(made):
    width = made.pixels.shape[1]
    flipped = made.boxes.copy()
    flipped[:, [0, 2]] = width - made.boxes[:, [2, 0]]
    areas = made.areas.copy()
    areas[:, [0, 2]] = width - made.areas[:, [2, 0]]
    return Sample(np.ascontiguousarray(made.pixels[:, ::-1]), flipped, made.classes, made.sureness, areas)


def decoys(shape, rng):
    """`[n, 4]` corners of places where nothing is and that are bleached all the same: bleaching alone must not tell
    that something is there."""
    count = rng.integers(1, 4) if rng.random() < 0.4 else 0
    sides = min(shape) * np.exp(rng.uniform(np.log(0.06), np.log(0.5), (count, 1)) + rng.uniform(-0.5, 0.5, (count, 2)))
    corners = rng.uniform(0, 1, (count, 2)) * shape - sides / 2
    return np.concatenate((corners, corners + sides), axis=1)


def recoloured(pixels, boxes, rng, is_night=False):
    """By day, at dusk, or in infra-red."""
    draw = 1.0 if is_night else rng.random()
    if draw < INFRARED:
        shape = pixels.shape[1::-1]
        return night.infrared(pixels, np.concatenate((boxes.reshape(-1, 4), decoys(shape, rng))), rng)
    if draw < INFRARED + DUSK:
        return night.low_light(pixels, rng)
    out = pixels.astype(np.float32)
    if rng.random() < 0.5:
        grey = out.mean(axis=2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0.4, 1.4)
        out = (out - 128) * rng.uniform(0.75, 1.25) + 128 + rng.uniform(-25, 25)
        out = out * rng.uniform(0.93, 1.07, 3).astype(np.float32)
    if rng.random() < 0.12:
        out = night.soft(out, rng, pixels.shape[1], pixels.shape[0])
    if rng.random() < 0.12:
        out = out + night.noise(out.shape, rng, strongest=0.05) * 255
    out = np.clip(out, 0, 255).astype(np.uint8)
    return night.compressed(out, rng, 40, 90) if rng.random() < 0.2 else out
