"""Samples for the face detector: a part of a picture around a face, and what cameras and people do to it."""

from dataclasses import dataclass

import cv2
import numpy as np

from . import night, spoil
from .finder_pictures import MIRRORED

#: Heights of the face in the middle of a sample, in pixels, and how often: far, at the door, near.
HEIGHTS = (((10, 40), 0.52), ((40, 110), 0.36), ((110, 200), 0.12))
#: A face is enlarged no more than this.
MOST_ENLARGED = 1.6
#: Nothing is asked of a face that is lower than this, or of which less than this share is in the sample.
LOWEST, LEAST_SHOWN = 9.0, 0.75
#: How often a sample is only lit differently.
CLEAN = 0.3
#: Colours of masks, blue first.
MASKS = ((200, 170, 120), (235, 235, 235), (30, 30, 30), (150, 190, 150), (120, 120, 190))


@dataclass
class FaceSample:
    """`pixels` `[side, side, 3]`; `boxes` `[n, 4]` corners and `points` `[n, 5, 2]` in pixels; `sure` `[n]`: what is not
    is neither a face nor background; `clean`: the picture is only lit differently."""

    pixels: np.ndarray
    boxes: np.ndarray
    points: np.ndarray
    sure: np.ndarray
    clean: bool


def sample(looked, rng, side):
    """looked: Looked; rng: numpy Generator. The same for the same state of rng."""
    pixels = looked.pixels
    made = seen(pixels, looked, view(looked, pixels.shape, rng, side), rng, side)
    if rng.random() < CLEAN:
        return FaceSample(spoil.lit(made.pixels, rng), made.boxes, made.points, made.sure, True)
    return spoiled(made, rng)


def view(looked, shape, rng, side):
    """`[2, 3]`: how the picture comes into the sample. A face, or any place, lies somewhere in the sample's middle."""
    wanted = np.flatnonzero(looked.sure) if not looked.empty else np.arange(len(looked.boxes))
    degrees = rng.normal(0, 18) if rng.random() < 0.35 else rng.normal(0, 4)
    turn = np.deg2rad(np.clip(degrees, -42, 42))
    if len(wanted) and rng.random() < 0.9:
        left, top, right, bottom = looked.boxes[rng.choice(wanted)]
        (low, high), _ = HEIGHTS[rng.choice(len(HEIGHTS), p=[share for _, share in HEIGHTS])]
        height = min(np.exp(rng.uniform(np.log(low), np.log(high))), 0.85 * side)
        scale = min(MOST_ENLARGED, height / max(1.0, bottom - top))
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
    else:
        fits = side / max(shape[:2])
        scale = np.exp(rng.uniform(np.log(fits), np.log(max(fits, 1.2))))
        middle = rng.uniform(0.2, 0.8, 2) * shape[1::-1]
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if rng.random() < 0.5:
        matrix[:, 0] = -matrix[:, 0]
    return np.column_stack((matrix, rng.uniform(0.2, 0.8, 2) * side - matrix @ middle))


def seen(pixels, looked, matrix, rng, side):
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    mirrored = np.linalg.det(matrix[:, :2]) < 0
    turn = np.arctan2(matrix[1, 1], matrix[0, 1]) - np.pi / 2
    shown = matrix.copy()
    if scale < 0.7:
        # warpAffine does not filter: shrink first, by area.
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        shown[:, :2] /= np.array([small.shape[1] / pixels.shape[1], small.shape[0] / pixels.shape[0]])
        pixels = small
    around = (0, 0, 0) if rng.random() < 0.6 else rng.integers(0, 256, 3).tolist()
    made = cv2.warpAffine(pixels, shown, (side, side), flags=cv2.INTER_LINEAR, borderValue=around)
    boxes, points = moved(looked.boxes, looked.points, matrix, turn, mirrored)
    inside = np.clip(boxes, 0, side)
    share = (inside[:, 2:] - inside[:, :2]).prod(axis=1) / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1).clip(1e-6)
    sure = looked.sure & (share >= LEAST_SHOWN) & (boxes[:, 3] - boxes[:, 1] >= LOWEST)
    kept = np.zeros(len(boxes), bool) if looked.empty else share > 0.1
    return FaceSample(made, boxes[kept].astype(np.float32), points[kept].astype(np.float32), sure[kept], False)


def moved(boxes, points, matrix, turn, mirrored):
    """Boxes and points where the matrix brings them. A turned face's box holds the ellipse that its box held."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    cos, sin = np.cos(turn) ** 2, np.sin(turn) ** 2
    half = np.sqrt(half**2 @ np.array([[cos, sin], [sin, cos]]))
    points = points @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate((middles - half, middles + half), axis=1), points[:, MIRRORED] if mirrored else points


# MARK: what is done to the pixels


def spoiled(made, rng):
    pixels = made.pixels
    if rng.random() < 0.35:
        pixels = pixels.copy()
        for box, points in zip(made.boxes, made.points):
            if rng.random() < 0.85:
                hide(pixels, box, points, rng)
    if rng.random() < 0.15:
        pixels = spoil.blurred(pixels, rng)
    pixels = coarse(pixels, rng) if rng.random() < 0.12 else pixels
    draw = rng.random()
    if draw < 0.22:
        pixels = dark(pixels, rng)
    elif draw < 0.34:
        pixels = grey(spoil.lit(pixels, rng))
    elif draw < 0.5:
        pixels = night.infrared(pixels, body(made.boxes), rng)
    elif draw < 0.62:
        pixels = spoil.infrared(pixels, rng)
    else:
        pixels = spoil.lit(pixels, rng)
    pixels = spoil.compressed(pixels, rng, 30) if rng.random() < 0.2 else pixels
    return FaceSample(pixels, made.boxes, made.points, made.sure, False)


def grey(pixels):
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def body(boxes):
    """About where the clothes are, below each face."""
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    return np.column_stack((boxes[:, 0] - width, boxes[:, 3] - 0.1 * height, boxes[:, 2] + width, boxes[:, 3] + 3 * height))


def coarse(pixels, rng):
    """As one of few pixels that was enlarged."""
    side = pixels.shape[0]
    few = int(side * rng.uniform(0.4, 0.85))
    small = cv2.resize(pixels, (few, few), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC)


def dark(pixels, rng):
    """With little light: dark, with the noise of a camera that amplifies it, often of large grain."""
    made = (pixels.astype(np.float32) / 255) ** rng.uniform(1.0, 2.2) * rng.uniform(0.1, 0.6) * rng.uniform(0.85, 1.1, 3)
    made = made * 255 + rng.uniform(0, 12)
    noise = rng.normal(0, 1, pixels.shape if rng.random() < 0.6 else (*pixels.shape[:2], 1)).astype(np.float32)
    if rng.random() < 0.4:
        noise = 2 * cv2.GaussianBlur(noise, (0, 0), 0.8).reshape(noise.shape)
    made = made + noise * (rng.uniform(0.5, 6) + rng.uniform(0, 0.5) * np.sqrt(made))
    if rng.random() < 0.25:
        made = made * rng.uniform(1, 2.5)
    return spoil.bytes_of(made)


def hide(pixels, box, points, rng):
    """Draws a mask over mouth and nose; now and then dark glasses, or something before the face."""
    draw = rng.random()
    if draw < 0.72:
        mask(pixels, box, points, rng)
    elif draw < 0.85:
        glasses(pixels, points, rng)
    else:
        width, height = (box[2:] - box[:2]) * rng.uniform(0.2, 0.55, 2)
        left, top = box[:2] + (box[2:] - box[:2] - (width, height)) * rng.uniform(0, 1, 2)
        filled(pixels, [(left, top), (left + width, top), (left + width, top + height), (left, top + height)],
               rng.integers(0, 256, 3))


def mask(pixels, box, points, rng):
    one, two, nose, left, right = points.astype(np.float64)
    eyes, mouth = (one + two) / 2, (left + right) / 2
    down, across = mouth - eyes, (two - one + right - left) / 2
    wide = max(1.0, 0.55 * (box[2] - box[0]) / (np.hypot(*across) + 1e-6)) if np.hypot(*across) > 1 else 1.0
    wide, top = min(wide, 2.5) * rng.uniform(0.75, 1.0), rng.uniform(0.25, 0.6)
    outline = [
        eyes + (top + 0.15) * down - wide * across, nose * 0.5 + 0.5 * eyes + (top - 0.4) * down,
        eyes + (top + 0.15) * down + wide * across, mouth + 0.25 * down + 0.8 * wide * across,
        mouth + rng.uniform(0.5, 0.85) * down + 0.35 * across, mouth + rng.uniform(0.5, 0.85) * down - 0.35 * across,
        mouth + 0.25 * down - 0.8 * wide * across]
    light = 0.3 + 0.7 * pixels[box_of(pixels, box)].mean() / 160
    base = np.array(MASKS[rng.integers(len(MASKS))] if rng.random() < 0.7 else rng.integers(0, 256, 3))
    colour = np.clip(base * min(1.2, light) * rng.uniform(0.8, 1.15), 0, 255)
    if rng.random() < 0.5:
        for end, side in ((outline[0], -1), (outline[2], 1)):
            cv2.line(pixels, *(tuple(map(int, p)) for p in (end, end - 0.3 * down + 0.3 * side * across)),
                     colour.tolist(), max(1, int((box[2] - box[0]) * 0.03)), cv2.LINE_AA)
    filled(pixels, outline, colour)
    for share in (0.35, 0.6):
        if rng.random() < 0.5:
            ends = (eyes + (top + share) * down + side * 0.7 * wide * across for side in (-1, 1))
            cv2.line(pixels, *(tuple(map(int, p)) for p in ends), (colour * rng.uniform(0.75, 1)).tolist(),
                     max(1, int((box[2] - box[0]) * 0.02)), cv2.LINE_AA)


def box_of(pixels, box):
    left, top, right, bottom = np.clip(box, 0, pixels.shape[0] - 1).astype(int)
    return slice(top, bottom + 1), slice(left, right + 1)


def glasses(pixels, points, rng):
    across = points[1] - points[0]
    size, colour = max(1, int(np.hypot(*across) * rng.uniform(0.28, 0.42))), rng.integers(0, 70, 3).tolist()
    for eye in points[:2]:
        cv2.circle(pixels, tuple(map(int, eye)), size, colour, -1, cv2.LINE_AA)
    cv2.line(pixels, *(tuple(map(int, p)) for p in points[:2]), colour, max(1, size // 4), cv2.LINE_AA)


def filled(pixels, corners, colour):
    cv2.fillPoly(pixels, [np.round(np.array(corners) * 16).astype(np.int32)], np.asarray(colour, float).tolist(),
                 cv2.LINE_AA, 4)
