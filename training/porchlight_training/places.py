"""Places in pictures from which packages are learned, and what the last convolutions are given there.

The network before these convolutions never changes, so each sample goes through it once, and only the places that
matter are kept: where packages are, where the network thinks of one, and a few others. That is a thousandth of the work
of training the network, so that very many pictures without packages can be learned from.
"""

import json
import pathlib
import time

import numpy as np
import torch

from . import augment
from .loss import iou_matrix
from .network import BOX, CLASSES, STRIDES, boxes, points
from .predict import input_shape, normalised
from .train import background

PACKAGE = CLASSES.index("package")
#: A picture with packages is seen once as it is and so often changed; others once, every second of them changed.
COPIES = 6
#: The network thinks of a package from this score on; of these places and of those in packages so many are kept each.
THOUGHT_FROM, MOST_THOUGHT, MOST_INSIDE, MOST_OTHERS = 0.08, 50, 60, 6
#: The candidates whose overlaps tell how many places answer for a package.
CANDIDATES = 10
#: A package asks for this share of the overlap at the places that answer for it, and at least for `LEAST`.
SHARE, LEAST = 0.8, 0.24


@torch.no_grad()
def keep_places(pictures, network, out, seed=1, say=print):
    """Writes a file of places for each source into a folder; sources that are there stay."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    network = network.to(memory_format=torch.channels_last).eval()
    begun_at, shown = time.monotonic(), 0
    for source in dict.fromkeys(p.source for p in pictures):
        path = out / f"{source.replace('/', '+')}.npz"
        mine = [p for p in pictures if p.source == source]
        if path.exists():
            continue
        parts = []
        for number, picture in enumerate(mine):
            rng = np.random.default_rng((seed, number))
            parts += [places(network, *sample, rng) for sample in samples(picture, number, rng)]
        shown += len(parts)
        np.savez(path, samples=len(parts), **{name: np.concatenate([p[name] for p in parts]) for name in parts[0]})
        pace = 1000 * (time.monotonic() - begun_at) / shown
        say(json.dumps({"source": source, "samples": len(parts), "msPerSample": round(pace, 1)}))


def samples(picture, number, rng):
    """Yields samples of a picture in the shape in which the program shows it, with that shape."""
    shape = input_shape(picture.width, picture.height)
    holds = (picture.classes == PACKAGE).any()
    if holds or number % 2:
        yield augment.letterboxed(picture, picture.read(), shape), shape
    for _ in range(COPIES if holds else 1 - number % 2):
        yield augment.sample(picture, rng, shape), shape


def places(network, sample, shape, rng):
    """The places of a sample: `ended` and `own` `[n, 96]`, what the two last convolutions are given; `level` `[n]`;
    `aim` `[n]`, the score that a package's place should have; `kind` `[n]`, 1 in a package and 0 in the background."""
    features = network.features(normalised(sample.pixels[None]))
    output = network.head(features)[0]
    centres, strides = points(shape[1], shape[0])
    score = output[:, PACKAGE].sigmoid()
    found = boxes(output[:, -BOX:], centres, strides)
    truth = torch.from_numpy(sample.boxes[sample.classes == PACKAGE].astype(np.float32)).reshape(-1, 4)
    inside = ((centres[:, None] >= truth[:, :2]) & (centres[:, None] <= truth[:, 2:])).all(dim=2).any(dim=1)
    aim = torch.where(inside, score, torch.zeros(()))
    answering = [answers(box, found, centres, strides) for box in truth]
    for where, overlap in answering:
        aim[where] = torch.maximum(aim[where], (SHARE * overlap).clamp(min=LEAST))
        inside[where] = True
    known = torch.from_numpy(background(sample.areas, centres.numpy())[:, PACKAGE])
    kept = chosen(score, inside, [where for where, _ in answering], known, rng)
    ended, own = (part[0, kept].half().numpy() for part in network.last_inputs(features))
    level = torch.tensor([STRIDES.index(int(stride)) for stride in strides[kept]])
    return {"ended": ended, "own": own, "level": level.numpy().astype(np.uint8),
            "aim": aim[kept].numpy(), "kind": inside[kept].numpy().astype(np.uint8)}


def answers(box, found, centres, strides):
    """The places that answer for a package, and how well the boxes there fit it: as many as the overlaps of the best
    ones add up to."""
    inside = ((centres >= box[:2]) & (centres <= box[2:])).all(dim=1)
    near = ((centres - (box[:2] + box[2:]) / 2).abs() <= 1.5 * strides[:, None]).all(dim=1)
    candidates = (inside | near).nonzero()[:, 0]
    overlap = iou_matrix(found[candidates], box[None])[:, 0]
    best = overlap.topk(min(CANDIDATES, len(candidates)))[0]
    count = max(1, int(best.sum()))
    overlap, order = overlap.topk(min(count, len(candidates)))
    return candidates[order], overlap


def chosen(score, inside, answering, known, rng):
    """Which places are kept, of those where it is known what they are."""
    def some(where, most):
        where = where.nonzero()[:, 0].numpy()
        return where if len(where) <= most else rng.choice(where, most, replace=False)

    thought = known & ~inside & (score > THOUGHT_FROM)
    strongest = torch.where(thought, score, torch.zeros(())).topk(min(MOST_THOUGHT // 2, int(thought.sum())))[1]
    parts = [*(where.numpy() for where in answering), some(inside, MOST_INSIDE), strongest.numpy(),
             some(thought, MOST_THOUGHT // 2), some(known & ~inside, MOST_OTHERS)]
    return np.unique(np.concatenate(parts).astype(np.int64))
