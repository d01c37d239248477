"""The face detector learns to see in spoiled pictures what the published one sees in the clean ones."""

import pathlib

import numpy as np
import torch
from torch.nn import functional as F

from .finder import decoded, places
from .finder_samples import sample
from .run import Run

#: Sides of the samples of a batch, how often, and how many of them a batch has.
SIDES = ((160, 0.8, 32), (256, 0.2, 16))
#: How often a sample's picture has nobody in it.
EMPTY = 0.33
#: Assignment: places around a face's middle that may see it, in strides; how much overlap counts beside the score; how many
#: overlaps tell the number of places.
AROUND, OVERLAP_WEIGHT, COUNTED = 2.5, 3.0, 10
#: Weights of the parts of the loss.
BOX, POINTS, KEPT = 3.0, 2.0, 1.0


def batch_of(pictures, seed, number):
    """Batch `number` of a run: the same for the same seed."""
    rng = np.random.default_rng((seed, number))
    side, _, count = SIDES[rng.choice(len(SIDES), p=[share for _, share, _ in SIDES])]
    made = []
    for _ in range(count):
        kind = pictures[1] if pictures[1] and rng.random() < EMPTY else pictures[0]
        made.append(sample(kind[rng.integers(len(kind))], rng, side))
    return made


def parted(pictures):
    """Pictures with sure faces, and pictures of nobody: somebody may be in those where the detector is sure of a face."""
    return [p for p in pictures if not p.empty and p.sure.any()], [p for p in pictures if p.empty and not p.sure.any()]


def pixels_of(samples):
    made = torch.from_numpy(np.stack([one.pixels for one in samples]))
    return made.permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)


def overlap(a, b):
    """`[n, m]` intersection over union of corners."""
    low, high = torch.maximum(a[:, None, :2], b[None, :, :2]), torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp_min(0).prod(dim=2)
    whole = (a[:, 2:] - a[:, :2]).prod(dim=1)[:, None] + (b[:, 2:] - b[:, :2]).prod(dim=1)[None] - shared
    return shared / whole.clamp_min(1e-6)


@torch.no_grad()
def assigned(logits, boxes, where, truth):
    """Which places see which face (SimOTA, as YuNet was trained): `(places, faces, overlaps)`."""
    middles = where[:, :2]
    inside = ((middles[:, None] > truth[None, :, :2]) & (middles[:, None] < truth[None, :, 2:])).all(dim=2)
    away = (middles[:, None] - (truth[None, :, :2] + truth[None, :, 2:]) / 2).abs().amax(dim=2)
    near = away < AROUND * where[:, 2:]
    may = (inside | near).any(dim=1).nonzero()[:, 0]
    shared = overlap(boxes[may], truth)
    scores = (logits[may, 0].sigmoid() * logits[may, 1].sigmoid()).sqrt().clamp(1e-6, 1 - 1e-6)
    cost = -scores.log()[:, None] - OVERLAP_WEIGHT * (shared + 1e-8).log() + 1e5 * ~(inside[may] & near[may])
    chosen = torch.zeros_like(shared, dtype=torch.bool)
    wanted = shared.topk(min(COUNTED, len(may)), dim=0).values.sum(dim=0).int().clamp_min(1)
    for face, count in enumerate(wanted.tolist()):
        chosen[cost[:, face].topk(min(count, len(may)), largest=False).indices, face] = True
    # A place sees one face: the one that costs least.
    several = chosen.sum(dim=1) > 1
    chosen[several] = F.one_hot(cost[several].argmin(dim=1), len(truth)).bool()
    rows, faces = chosen.nonzero(as_tuple=True)
    return may[rows], faces, shared[rows, faces]


def apart(made, truth):
    """Distance of boxes (EIoU: overlap, middles, sides), `[n]`."""
    low, high = torch.minimum(made[:, :2], truth[:, :2]), torch.maximum(made[:, 2:], truth[:, 2:])
    inner = (torch.minimum(made[:, 2:], truth[:, 2:]) - torch.maximum(made[:, :2], truth[:, :2])).clamp_min(0).prod(dim=1)
    sizes, wanted, around = made[:, 2:] - made[:, :2], truth[:, 2:] - truth[:, :2], high - low
    shared = inner / (sizes.prod(dim=1) + wanted.prod(dim=1) - inner).clamp_min(1e-6)
    moved = ((made[:, :2] + made[:, 2:] - truth[:, :2] - truth[:, 2:]) ** 2).sum(dim=1) / 4
    return 1 - shared + moved / (around**2).sum(dim=1).clamp_min(1e-6) + (
        (sizes - wanted) ** 2 / (around**2).clamp_min(1e-6)).sum(dim=1)


def unasked(one, where):
    """`[places]`: what lies in a face that is not sure."""
    known = np.zeros(len(where), bool)
    for left, top, right, bottom in one.boxes[~one.sure]:
        across, down = 0.15 * (right - left) + where[:, 2] / 2, 0.15 * (bottom - top) + where[:, 2] / 2
        x, y = where[:, 0], where[:, 1]
        known |= (x > left - across) & (x < right + across) & (y > top - down) & (y < bottom + down)
    return torch.from_numpy(known)


def finder_loss(given, samples, published):
    """given, published: what the network and the published one give for the samples, `[n, places, 16]`; of published only
    the scores of clean samples are asked for. Returns the loss and its parts."""
    grid = places(*samples[0].pixels.shape[:2])
    where = torch.from_numpy(grid)
    boxes, points = decoded(given[..., 2:], where)
    objects = torch.zeros(given.shape[:2])
    asked = torch.ones(given.shape[:2])
    found = []
    for index, one in enumerate(samples):
        asked[index, unasked(one, grid)] = 0
        if one.sure.any():
            truth = torch.from_numpy(one.boxes[one.sure])
            rows, faces, shared = assigned(given[index].detach(), boxes[index].detach(), where, truth)
            objects[index, rows], asked[index, rows] = 1, 1
            found.append((index, rows, truth[faces], torch.from_numpy(one.points[one.sure])[faces], shared))
    count = max(1, sum(len(rows) for _, rows, *_ in found))
    parts = {"objects": (F.binary_cross_entropy_with_logits(given[..., 1], objects, reduction="none") * asked).sum() / count}
    sums = {name: torch.zeros(()) for name in ("classes", "boxes", "points")}
    for index, rows, truth, wanted, shared in found:
        sums["classes"] = sums["classes"] + F.binary_cross_entropy_with_logits(given[index, rows, 0], shared, reduction="sum")
        sums["boxes"] = sums["boxes"] + apart(boxes[index, rows], truth).sum()
        size = (truth[:, 2:] - truth[:, :2]).prod(dim=1).sqrt()[:, None, None]
        sums["points"] = sums["points"] + F.smooth_l1_loss(
            points[index, rows] / size, wanted / size, beta=0.05, reduction="sum") / 10
    parts |= {name: value / count for name, value in sums.items()}
    clean = [index for index, one in enumerate(samples) if one.clean]
    parts["kept"] = torch.zeros(())
    if clean:
        # What is background to the published detector stays background, what it is sure of stays sure.
        aims = published[clean][..., :2].sigmoid()
        mine = given[clean][..., :2]
        weight = (aims[..., 1:] + 0.02)
        lost = F.binary_cross_entropy_with_logits(mine, aims, reduction="none")
        lost = lost - F.binary_cross_entropy_with_logits(published[clean][..., :2], aims, reduction="none")
        parts["kept"] = (lost * weight).sum() / weight.sum()
    loss = parts["objects"] + parts["classes"] + BOX * parts["boxes"] + POINTS * parts["points"] + KEPT * parts["kept"]
    return loss, {name: float(value.detach()) for name, value in parts.items()}


def train_finder(pictures, network, published, out, samples, highest=3e-4, seed=1, say=print):
    """Trains until `samples` have been shown; goes on from `finder.pt` in `out`. Returns the averaged weights."""
    run = Run(pathlib.Path(out) / "finder.pt", network, highest, say)
    pictures = parted(pictures)

    def batch(number):
        shown = batch_of(pictures, seed, number)
        pixels = pixels_of(shown)
        with torch.no_grad():
            clean = [index for index, one in enumerate(shown) if one.clean]
            before = torch.zeros(len(shown), len(places(*pixels.shape[2:])), 16)
            if clean:
                before[clean] = published(pixels[clean])
        return len(shown), *finder_loss(run.network(pixels), shown, before)

    return run.train(samples, batch, norm=5.0, every=20, digits=4)
