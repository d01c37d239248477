"""An embedder in a smaller input learns to say of a spoiled face what the teacher says of the clean one."""

import pathlib

import numpy as np
import torch
from torch.nn import functional as F

from . import spoil
from .faces import turned
from .run import Run

#: How much the cosines with others count, beside the cosine of a face and its aim, and with how many others.
OTHERS_WEIGHT, OTHERS = 3.0, 1024
#: How often an epoch shows a turned face once more.
TURNED_AGAIN = 1.0


def distil_loss(made, aims, others):
    """The mean of 1 - cosine, and how far the cosines with others' aims are from the teacher's."""
    made = F.normalize(made)
    own = 1 - (made * aims).sum(dim=1).mean()
    pairs = (((made - aims) @ others.T) ** 2).mean()
    return own + OTHERS_WEIGHT * pairs, {"own": own.item(), "others": pairs.item()}


def batch_of(faces, aims, again, seed, number, batch):
    """Batch `number` of a run, and others' aims: the same for the same seed. An epoch shows each face once, and a share of
    the faces at `again` once more."""
    more = int(TURNED_AGAIN * len(again))
    per_epoch = max(1, (len(faces) + more) // batch)
    rng = np.random.default_rng((seed, 0, number // per_epoch))
    order = rng.permutation(np.concatenate((np.arange(len(faces)), rng.permutation(again)[:more])))
    first = number % per_epoch * batch
    rng = np.random.default_rng((seed, 1, number))
    chosen = order[first : first + batch]
    pixels = np.stack([spoil.sample(faces[i], rng) for i in chosen])
    others = aims[rng.integers(0, len(aims), OTHERS)]
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float(), torch.from_numpy(aims[chosen]), torch.from_numpy(others)


def distil(faces, aims, poses, network, out, samples, batch=32, highest=6e-4, seed=1, say=print):
    """Trains until `samples` have been shown; goes on from `distil.pt` in `out`. Returns the averaged weights."""
    run = Run(pathlib.Path(out) / "distil.pt", network, highest, say)
    again = np.flatnonzero(turned(poses))

    def shown(number):
        pixels, wanted, others = batch_of(faces, aims, again, seed, number, batch)
        return batch, *distil_loss(run.network(pixels), wanted, others)

    return run.train(samples, shown, norm=2.0, every=50, digits=5)
