"""The training run: resumable at any moment, the same for the same seed."""

import json
import math
import os
import pathlib
import time

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from . import augment
from .loss import detection_loss
from .network import CLASSES, points
from .predict import normalised

#: Shapes (width, height) of inputs that cameras have, and how often a batch has one.
SHAPES = {(480, 256): 0.40, (416, 320): 0.26, (448, 288): 0.10, (352, 352): 0.08, (256, 480): 0.04, (320, 416): 0.12}
#: How many times the rate of the rest the heads for packages have.
PACKAGE_FACTOR = 15.0
CHECKPOINT_SECONDS = 150


class Samples(Dataset):
    """Sample number i of a run: always the same for the same seed. The samples of a batch have one shape."""

    def __init__(self, pictures, seed, first, count, batch, shapes=SHAPES):
        self.pictures, self.seed, self.first, self.count, self.batch = pictures, seed, first, count, batch
        self.shapes = shapes
        weights = np.array([p.entry.get("weight", 1.0) for p in pictures], float)
        self.shares = weights / weights.sum()

    def __len__(self):
        return self.count

    def shape(self, number):
        rng = np.random.default_rng((self.seed, 0, number // self.batch))
        return list(self.shapes)[rng.choice(len(self.shapes), p=list(self.shapes.values()))]

    def __getitem__(self, index):
        number = self.first + index
        rng, shape = np.random.default_rng((self.seed, 1, number)), self.shape(number)
        made = augment.sample(self.pictures[int(rng.choice(len(self.pictures), p=self.shares))], rng, shape)
        return (
            torch.from_numpy(made.pixels), torch.from_numpy(made.boxes.astype(np.float32)),
            torch.from_numpy(made.classes), torch.from_numpy(made.sureness.astype(np.float32)),
            torch.from_numpy(background(made.areas, points(shape[1], shape[0])[0].numpy())))


def background(areas, centres):
    """Per point `[points, classes]` whether what lies there without a box is background."""
    known = np.ones((len(centres), len(CLASSES)), bool)
    for a in areas:
        inside = (centres >= a[:2]).all(axis=1) & (centres < a[2:4]).all(axis=1)
        known[inside] = a[4:] > 0
    return known


def collated(items):
    return torch.stack([item[0] for item in items]), [item[1:] for item in items]


class Average:
    """The moving average of a network's weights: what is exported."""

    def __init__(self, network, decay=0.998):
        self.decay, self.steps = decay, 0
        self.weights = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (20 + self.steps))
        for name, value in network.state_dict().items():
            self.weights[name].lerp_(value, 1 - decay)


def rate(progress, highest):
    """The learning rate: a short rise, then half a cosine. progress in 0...1."""
    if progress < 0.03:
        return highest * (0.1 + 0.9 * progress / 0.03)
    return highest * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (progress - 0.03) / 0.97)))


def packages(network):
    """The weights that only packages have."""
    return [*network.package_towers.parameters(), *network.package_outputs.parameters()]


def learning(network):
    """The weights that learn, all but the first filters, since edges are edges; the others are frozen."""
    network.requires_grad_(True)
    network.stem.requires_grad_(False)
    return [p for p in network.parameters() if p.requires_grad]


def groups(network):
    """The weights that learn, for the optimiser, and how many times the rate each group has: packages have
    more to learn than what the published network knows."""
    mine = {id(p) for p in packages(network)}
    rest = [p for p in network.parameters() if p.requires_grad and id(p) not in mine]
    return [{"params": rest, "factor": 1.0}, {"params": packages(network), "factor": PACKAGE_FACTOR}]


def save(path, state):
    """Whole or not at all."""
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)


def train(pictures, network, out, samples, batch=16, highest=5e-4, seed=1, workers=1, say=print):
    """Trains until `samples` have been shown; goes on from `checkpoint.pt` in `out` if there is one.

    Returns the averaged weights. The checkpoint holds everything that a resumed run needs.
    """
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint.pt"
    network = network.to(memory_format=torch.channels_last)
    learned = learning(network)
    optimizer = torch.optim.AdamW(groups(network), lr=highest, weight_decay=0.02)
    average, shown = Average(network), 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.weights, average.steps, shown = state["average"], state["steps"], state["shown"]
        say(f"going on after {shown} samples")

    def keep():
        save(checkpoint, {
            "network": network.state_dict(), "optimizer": optimizer.state_dict(), "average": average.weights,
            "steps": average.steps, "shown": shown})

    loader = DataLoader(
        Samples(pictures, seed, shown, max(0, samples - shown), batch), batch_size=batch, collate_fn=collated,
        num_workers=workers, prefetch_factor=4 if workers else None, drop_last=True)
    begun, saved, first, sums = time.monotonic(), time.monotonic(), shown, {}
    for pixels, targets in loader:
        for group in optimizer.param_groups:
            group["lr"] = rate(shown / samples, highest) * group["factor"]
        outputs = network(normalised(pixels.numpy()))
        loss, parts = detection_loss(outputs, targets, tuple(pixels.shape[2:0:-1]))
        optimizer.zero_grad(set_to_none=True)
        if math.isfinite(loss.item()):
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 10.0)
            optimizer.step()
            average.update(network)
        shown += len(pixels)
        for name, value in {"loss": loss.item(), **parts}.items():
            sums[name] = sums.get(name, 0) * 0.97 + value * 0.03 if name in sums else value
        if (shown // batch) % 20 == 0:
            line = {name: round(value, 4) for name, value in sums.items()}
            pace = (time.monotonic() - begun) / (shown - first)
            line |= {"shown": shown, "of": samples, "msPerSample": round(1000 * pace, 1)}
            say(json.dumps(line))
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            keep()
            saved = time.monotonic()
    keep()
    return average.weights
