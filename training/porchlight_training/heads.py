"""Training of the two last rows at each level that score packages, on the places that `places` kept.

One row is on the package's own tower, one on the published tower; all else stays as it is, to the bit. What is learned
is held to the start, and in the end the rows go only a share of the way: hard places that are learned from are many, and
packages few.
"""

import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .network import STRIDES
from .places import PACKAGE

#: Places a step, over all levels. A level's share follows its number of places to this power: large objects are few.
BATCH, LEAST_OF_LEVEL, LEVEL_POWER = 4096, 256, 0.75
#: How much a place in a package counts beside one of the background.
PACKAGE_WEIGHT = 8.0
#: How strongly the row on the published tower (by what it adds to a typical score) and the own row are held.
HOLD_COMMON, HOLD_OWN = 1.2e-4, 4e-6


class Level(nn.Module):
    """The rows of one level."""

    def __init__(self, network, index):
        super().__init__()
        (own, own_bias), (common, common_bias) = (conv.folded() for conv in convolutions(network, index))
        mine = slice(PACKAGE, PACKAGE + 1)
        self.own, self.common = learned(own.flatten(1)), learned(common.flatten(1)[mine])
        # One of the two biases would do.
        self.bias, self.common_bias = learned(own_bias), common_bias[mine].detach().clone()
        self.start = {name: value.detach().clone() for name, value in self.named_parameters()}

    def forward(self, ended, own):
        """Logits `[n]` of a package."""
        return (F.linear(own, self.own, self.bias) + F.linear(ended, self.common, self.common_bias))[:, 0]

    def moved(self, typical):
        """What it costs that rows are elsewhere than at the start. typical: `[96]`, the size of `ended`."""
        common, own = self.common - self.start["common"], self.own - self.start["own"]
        return HOLD_COMMON * (common * typical).pow(2).sum() + HOLD_OWN * own.pow(2).sum()

    @torch.no_grad()
    def write(self, network, index, share):
        """Puts the rows into the network, a share of the way from where they started."""
        for name, value in self.named_parameters():
            value.lerp_(self.start[name], 1 - share)
        own, common = convolutions(network, index)
        own.unfold(self.own[:, :, None, None], self.bias)
        # The other rows keep every bit.
        common.weight[PACKAGE] = self.common[0, :, None, None] / common.scale[PACKAGE]


def learned(value):
    return nn.Parameter(value.detach().clone())


def convolutions(network, index):
    """The own row, and the last convolution on the published tower, which has all others."""
    return network.package_outputs[index], network.outputs[index]


def load_places(folder):
    """A dictionary of tensors per level: what the files have, and the weight of each place. A source counts as
    much as the root of its number of samples, so that none decides alone."""
    levels = [[] for _ in STRIDES]
    for path in sorted(pathlib.Path(folder).glob("*.npz")):
        with np.load(path) as kept:
            found = {name: torch.from_numpy(kept[name]) for name in ("ended", "own", "level", "aim", "kind")}
            found["weight"] = torch.where(found["kind"] > 0, PACKAGE_WEIGHT, 1.0) / float(kept["samples"]) ** 0.5
        for index, parts in enumerate(levels):
            parts.append({name: value[found["level"] == index] for name, value in found.items()})
    joined = [{name: torch.cat([part[name] for part in parts]) for name in parts[0]} for parts in levels]
    mean = torch.cat([level["weight"] for level in joined]).mean()
    for level in joined:
        level["weight"] /= mean
    return joined


def train_heads(folder, network, steps=1500, highest=2e-3, share=0.5, seed=0, say=print):
    """Trains on what `keep_places` wrote into a folder; returns the network's weights."""
    levels = load_places(folder)
    learners = nn.ModuleList(Level(network, index) for index in range(len(STRIDES)))
    optimizer = torch.optim.Adam(learners.parameters())
    counts = torch.tensor([len(level["aim"]) for level in levels]).float()
    shares = (counts / counts.sum()).tolist()
    sizes = BATCH * counts**LEVEL_POWER / (counts**LEVEL_POWER).sum()
    sizes = sizes.clamp(min=LEAST_OF_LEVEL).int().tolist()
    typical = [level["ended"][:20_000].float().pow(2).mean(dim=0).sqrt() for level in levels]
    generator, told = torch.Generator().manual_seed(seed), 0.0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = highest * min(1.0, (step + 1) / 50) * 0.5 * (1 + np.cos(np.pi * step / steps))
        loss = 0
        for index, (learner, level) in enumerate(zip(learners, levels)):
            if not len(level["aim"]):
                continue
            picked = torch.randint(0, len(level["aim"]), (sizes[index],), generator=generator)
            logits = learner(level["ended"][picked].float(), level["own"][picked].float())
            wrong = F.binary_cross_entropy_with_logits(logits, level["aim"][picked], reduction="none")
            loss = loss + shares[index] * (wrong * level["weight"][picked]).mean() + learner.moved(typical[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told = loss.item() if step == 0 else 0.98 * told + 0.02 * loss.item()
        if step % 100 == 0:
            say(json.dumps({"step": step, "of": steps, "loss": round(told, 5)}))
    for index, learner in enumerate(learners):
        learner.write(network, index, share)
    return network.state_dict()
