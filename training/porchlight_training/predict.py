"""From the network's outputs to detections, as the program does it."""

import cv2
import numpy as np
import torch

from .metrics import Found, overlaps
from .network import INPUT_SIZE, MEAN, REG_MAX, STD, boxes, points

FLOOR = 0.01
SUPPRESSION = 0.6
MOST_CANDIDATES = 1000


def normalised(pixels):
    """`[n, size, size, 3]` uint8, blue first, to the network's input."""
    batch = torch.from_numpy(np.ascontiguousarray(pixels)).float()
    batch = (batch - torch.tensor(MEAN)) / torch.tensor(STD)
    return batch.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def fitted(pixels, size=INPUT_SIZE):
    """A picture in the network's square, top left, in floats as the program has it, and by how much it was scaled."""
    height, width = pixels.shape[:2]
    scale = min(size / height, size / width)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    out = np.zeros((size, size, 3), np.float32)
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


def decoded(output, scale, width, height, calibrate=None, size=INPUT_SIZE):
    """Detections of one picture. output: `[points, classes + 4 * (REG_MAX + 1)]` logits as a tensor;
    calibrate: a function of scores `[n]` and a class index that gives confidences."""
    count = output.shape[1] - 4 * (REG_MAX + 1)
    scores = output[:, :count].sigmoid().numpy()
    corners = boxes(output[:, count:], *points(size, size)).numpy()
    corners = corners / np.array([scale[0], scale[1]] * 2, np.float32)
    corners[:, 0::2] = corners[:, 0::2].clip(0, width)
    corners[:, 1::2] = corners[:, 1::2].clip(0, height)
    parts = []
    for index in range(count):
        confidences = scores[:, index] if calibrate is None else calibrate(scores[:, index], index)
        chosen = np.where(confidences >= FLOOR)[0]
        chosen = chosen[np.argsort(-confidences[chosen], kind="stable")[:MOST_CANDIDATES]]
        kept = chosen[suppressed(corners[chosen], confidences[chosen])] if len(chosen) else chosen
        parts.append((corners[kept], np.full(len(kept), index), confidences[kept]))
    return Found.sorted(*(np.concatenate([part[i] for part in parts]) for i in range(3)))


@torch.no_grad()
def findings(network, pictures, pixels=lambda p: p.read(), batch=8, calibrate=None, size=INPUT_SIZE):
    """What a PyTorch network finds in pictures. pixels: how a picture is read."""
    found = []
    for start in range(0, len(pictures), batch):
        part = pictures[start : start + batch]
        inputs, scales = zip(*(fitted(pixels(p), size) for p in part))
        outputs = network(normalised(np.stack(inputs))).float()
        for p, output, scale in zip(part, outputs, scales):
            found.append(decoded(output, scale, p.width, p.height, calibrate, size))
    return found
