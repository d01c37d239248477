"""From a trained detector to one that forgot nothing: a part of the way from the published one, with the scores of that one, so
that the program's thresholds stay."""

import numpy as np
import torch

from .finder import decoded, places, surest
from .finder_measure import whole

#: Scores from which on the program takes what it finds for a face: of pictures that are sent to it, and of cameras.
PROGRAM = (0.5, 0.6)
#: What is tried, added to each objectness before the sigmoid.
SHIFTS = np.arange(0, -2.01, -0.05)


@torch.no_grad()
def go_back(network, published, share):
    """Makes of the network the mean of both: this share of its own weights, the rest the published one's."""
    for own, first in zip(network.convolutions.values(), published.convolutions.values()):
        weight = own.folded() * share + first.folded() * (1 - share)
        own.length.copy_(weight.flatten(1).norm(dim=1).clamp_min(1e-6))
        own.weight.copy_(weight / own.length[:, None, None, None])
        own.bias.copy_(own.bias * share + first.bias * (1 - share))


@torch.no_grad()
def false_faces(network, pixels):
    """`[n, 2]`: class and objectness, before the sigmoid, of all that a network finds in a picture of nobody."""
    height, width = (-(-side // 32) * 32 for side in pixels.shape[:2])
    framed = np.zeros((1, 3, height, width), np.float32)
    framed[0, :, : pixels.shape[0], : pixels.shape[1]] = pixels.transpose(2, 0, 1)
    given = network(torch.from_numpy(framed))[0].numpy()
    order = np.argsort(-scores(given[:, :2]), kind="stable")
    order = order[scores(given[order, :2]) > 0.3]
    return given[order, :2][surest(decoded(given[:, 2:], places(height, width))[0][order])]


def scores(logits, shift=0.0):
    return np.sqrt(1 / (1 + np.exp(-logits[:, 0])) / (1 + np.exp(-logits[:, 1] - shift)))


def shift_of(mine, theirs):
    """The least that is added to objectness so that of one detector's faces no more reach the program's scores, these
    taken together, than of the other's."""
    def count(logits, shift=0.0):
        return sum(int((scores(logits, shift) >= least).sum()) for least in PROGRAM)

    return float(next((shift for shift in SHIFTS if count(mine, shift) <= count(theirs)), SHIFTS[-1]))


def level(network, published, pictures):
    """Lowers the network's objectness until it finds no more false faces than the published network in pictures of nobody.
    Returns by how much."""
    shift = shift_of(*(
        np.concatenate([false_faces(one, whole(picture)[0]) for picture in pictures]) for one in (network, published)))
    with torch.no_grad():
        for index, (_, _, output) in enumerate(network.steps):
            if output in network.maps[1::4]:
                network.convolutions[str(index)].bias += shift
    return shift
