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
from .network import CLASSES, INPUT_SIZE, points
from .predict import normalised

#: How often a picture of a source comes, against the others: what is rare and what cameras see more often.
WEIGHTS = {
    "emanhamed/Houses-dataset": 9.0,
    "vhshen/cameratrap": 7.0,
    "pcashman21/feral-cat-segmentation-dataset-and-model": 3.0,
    "Fuyi-Yang/Package-Detection-PyTorch-YOLOv4": 3.5,
    "BenjaminBalta/Package-Detection-Model": 1.2,
    "chanakya2734/Image-classification-using-CNN": 0.9,
    "ahsanirfan961/Person-Tracker": 1.0,
}
#: Empty pictures come more often the more sure a network before this one was of something in them (`mine`).
ALARM_WEIGHT = 6.0
CHECKPOINT_SECONDS = 150


class Samples(Dataset):
    """Sample number i of a run: always the same for the same seed."""

    def __init__(self, pictures, seed, first, count):
        self.pictures, self.seed, self.first, self.count = pictures, seed, first, count
        weights = np.array([WEIGHTS.get(p.source, 1.0) * (1 + ALARM_WEIGHT * p.alarm) for p in pictures])
        self.shares = weights / weights.sum()
        self.centres = points(INPUT_SIZE, INPUT_SIZE)[0].numpy()

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.first + index))
        made = augment.sample(self.pictures, int(rng.choice(len(self.pictures), p=self.shares)), rng)
        return (
            torch.from_numpy(made.pixels), torch.from_numpy(made.boxes.astype(np.float32)),
            torch.from_numpy(made.classes), torch.from_numpy(background(made.areas, self.centres)))


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

    def __init__(self, network, decay=0.9985):
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


def optimiser(network, highest, decay=0.02):
    heads = {id(p) for out in network.outputs for p in out.parameters()}
    groups = [
        {"params": [p for p in network.parameters() if id(p) not in heads and p.requires_grad], "factor": 1.0},
        {"params": [p for p in network.parameters() if id(p) in heads], "factor": 3.0},
    ]
    return torch.optim.AdamW(groups, lr=highest, weight_decay=decay)


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
    # Edges are edges: the first filters stay as they are, which saves a quarter of the time.
    network.stem.requires_grad_(False)
    average, optimizer, shown = Average(network), optimiser(network, highest), 0
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
        Samples(pictures, seed, shown, max(0, samples - shown)), batch_size=batch, collate_fn=collated,
        num_workers=workers, prefetch_factor=4 if workers else None, drop_last=True)
    begun, saved, first, sums = time.monotonic(), time.monotonic(), shown, {}
    for pixels, targets in loader:
        for group in optimizer.param_groups:
            group["lr"] = rate(shown / samples, highest) * group["factor"]
        loss, parts = detection_loss(network(normalised(pixels.numpy())), targets, INPUT_SIZE)
        optimizer.zero_grad(set_to_none=True)
        if math.isfinite(loss.item()):
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
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
