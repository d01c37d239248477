"""From a picture to the network's input, and from its outputs to detections, as the program does it."""

import functools

import cv2
import numpy as np
import torch

from .metrics import Found, overlaps
from .network import BOX, CLASSES, INPUT_MULTIPLE, INPUT_PIXELS, MEAN, STD, boxes, points

FLOOR = 0.01
SUPPRESSION = 0.6
MOST_CANDIDATES = 1000


@functools.cache
def input_shape(width, height, pixels=INPUT_PIXELS, multiple=INPUT_MULTIPLE):
    """(width, height) of the input for pictures of a size: of all shapes of at most `pixels` whose sides are multiples
    of `multiple` the one in which such a picture is largest, and of these the one with the fewest pixels."""
    sides = range(multiple, pixels // multiple + 1, multiple)
    shapes = [(across, down) for across in sides for down in sides if across * down <= pixels]
    return max(shapes, key=lambda shape: (min(shape[0] / width, shape[1] / height), -shape[0] * shape[1]))


def normalised(pixels):
    """`[n, height, width, 3]`, blue first, 0...255, to the network's input."""
    batch = torch.from_numpy(np.ascontiguousarray(pixels)).float()
    batch = (batch - torch.tensor(MEAN)) / torch.tensor(STD)
    return batch.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def fitted(pixels, shape, pad=0.0):
    """A picture in an input of `shape` (width, height), top left, in floats as the program has it, and by how much it
    was scaled (x, y)."""
    height, width = pixels.shape[:2]
    scale = min(shape[0] / width, shape[1] / height)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    out = np.full((shape[1], shape[0], 3), pad, np.float32)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    out[: small[1], : small[0]] = cv2.resize(pixels.astype(np.float32), small, interpolation=method)
    return out, (small[0] / width, small[1] / height)


def suppressed(corners, confidences, limit=SUPPRESSION):
    """Indices of the boxes of one class that remain, surest first."""
    order = np.argsort(-confidences, kind="stable")
    kept = []
    while len(order):
        first, order = order[0], order[1:]
        kept.append(first)
        order = order[overlaps(corners[first : first + 1], corners[order])[0] <= limit]
    return kept


def decoded(output, scale, width, height, shape, calibrate=None, rows=None):
    """Detections of one picture.

    output: `[points, classes + BOX * sets]` logits as a tensor for an input of `shape` (width, height). Where there are
    several sets of boxes, the last classes have one each, and the others share the first; calibrate: a function of scores
    `[n]` and a class index that gives confidences; rows: the columns of a network with one set of boxes that stand for
    our classes.
    """
    count = len(CLASSES) if rows is None else output.shape[1] - BOX
    rows = range(count) if rows is None else rows
    scores = output[:, :count].sigmoid().numpy()
    sets = (output.shape[1] - count) // BOX
    places = points(shape[1], shape[0])
    corners = []
    for index in range(sets):
        given = boxes(output[:, count + index * BOX : count + (index + 1) * BOX], *places).numpy()
        given = given / np.array([scale[0], scale[1]] * 2, np.float32)
        given[:, 0::2] = given[:, 0::2].clip(0, width)
        given[:, 1::2] = given[:, 1::2].clip(0, height)
        corners.append(given)
    return detections([corners[max(0, row - count + sets)] for row in rows], [scores[:, row] for row in rows], calibrate)


def detections(corners, scores, calibrate=None):
    """What remains of boxes `[n, 4]` with scores `[n]`, both per class."""
    parts = []
    for index, (places, column) in enumerate(zip(corners, scores)):
        confidences = column if calibrate is None else calibrate(column, index)
        chosen = np.where(confidences >= FLOOR)[0]
        chosen = chosen[np.argsort(-confidences[chosen], kind="stable")[:MOST_CANDIDATES]]
        kept = chosen[suppressed(places[chosen], confidences[chosen])] if len(chosen) else chosen
        parts.append((places[kept], np.full(len(kept), index), confidences[kept]))
    return Found.sorted(*(np.concatenate([part[i] for part in parts]) for i in range(3)))


@torch.no_grad()
def findings(network, pictures, calibrate=None, pixels=INPUT_PIXELS):
    """What a PyTorch network finds in pictures, raw scores without `calibrate`."""
    found = []
    for p in pictures:
        shape = input_shape(p.width, p.height, pixels)
        given, scale = fitted(p.read(), shape)
        found.append(decoded(network(normalised(given[None])).float()[0], scale, p.width, p.height, shape, calibrate))
    return found
