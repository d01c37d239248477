"""Training of the added heads alone. All before them stays as it is, so samples go through it once and are kept.

Two things are learned together: packages, as everywhere, and what is added to the scores of people, cats and dogs. The
aim of these scores is the published network's own score, except where it is known that there is nothing: nothing is
forgotten that way, and what foxes and wardrobes have in common with cats and people is taken off.
"""

import json
import pathlib
import time

import torch
from torch.nn import functional as F

from .loss import of_classes, set_loss
from .network import CLASSES, KNOWN, flat, points
from .predict import normalised
from .train import Average, Samples, added, collated, rate, save

PACKAGE = range(len(KNOWN), len(CLASSES))
#: Half as large as what cameras have, since samples scale their objects anyway, and half the work.
SHAPES = {(320, 192): 0.5, (288, 224): 0.3, (224, 288): 0.2}
#: How much the scores of the known classes count beside the packages.
SCORES_WEIGHT = 1.0


@torch.no_grad()
def keep_samples(pictures, network, out, samples, seed=1, batch=16, say=print):
    """Writes what the heads are given for so many samples into a folder, a file a batch; files that are there stay."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    network = network.to(memory_format=torch.channels_last).eval()
    source = Samples(pictures, seed, 0, samples, batch, SHAPES)
    begun_at = time.monotonic()
    for number in range(samples // batch):
        path = out / f"{number:05d}.pt"
        if path.exists():
            continue
        pixels, targets = collated([source[number * batch + i] for i in range(batch)])
        begun = network.begun(normalised(pixels.numpy()))
        published = [out(tower[1](p))[:, : len(KNOWN)] for out, tower, p in zip(network.outputs, network.towers, begun)]
        save(path, {
            "shape": tuple(pixels.shape[2:0:-1]), "begun": [p.half() for p in begun],
            "published": torch.cat([flat(level) for level in published], dim=2).transpose(1, 2).half(),
            "targets": [(truth, classes, sureness, known) for truth, classes, sureness, known in targets]})
        if number % 20 == 0:
            say(json.dumps({"kept": (number + 1) * batch, "of": samples, "seconds": round(time.monotonic() - begun_at)}))


def run_heads(network, begun):
    """`[n, points, classes + BOX]` of the added heads."""
    levels = [out(tower(p)) for tower, out, p in zip(network.added_towers, network.added_outputs, begun)]
    return torch.cat([flat(level) for level in levels], dim=2).transpose(1, 2)


def aims(published, targets, shape):
    """What the scores of the known classes should be, `[n, points, known]`: the published ones, and nothing where it is
    known that there is none."""
    wanted = published.sigmoid()
    centres = points(shape[1], shape[0])[0]
    for index, (truth, classes, _, known) in enumerate(targets):
        nothing = known[:, : len(KNOWN)].clone()
        for box, name in zip(truth, classes.tolist()):
            if name < len(KNOWN):
                nothing[((centres >= box[:2]) & (centres <= box[2:])).all(dim=1), name] = False
        wanted[index][nothing] = 0
    return wanted


def heads_loss(outputs, published, targets, shape):
    """The loss of both, and its parts for the log."""
    count = len(KNOWN)
    own = [of_classes(target, PACKAGE) for target in targets]
    loss, parts = set_loss(outputs[..., count : count + 1], outputs[..., count + 1 :], own, shape)
    wanted = aims(published, targets, shape)
    logits = published + outputs[..., :count]
    # Without what the aims themselves would cost, so that the log shows what can be learned.
    least = F.binary_cross_entropy(wanted, wanted, reduction="sum")
    scores = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum") - least) / len(outputs)
    return loss + SCORES_WEIGHT * scores, {**parts, "scores": scores.item()}


def train_heads(cache, network, out, epochs, highest=1e-3, seed=1, say=print):
    """Trains the added heads on what `keep_samples` kept, `epochs` times over; goes on from `heads.pt` in `out`.
    Returns the averaged weights."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    files = sorted(pathlib.Path(cache).glob("*.pt"))
    network.requires_grad_(False)
    learned = added(network)
    for parameter in learned:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(learned, lr=highest, weight_decay=0.02)
    average, done = Average(network), 0
    checkpoint = out / "heads.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.weights, average.steps, done = state["average"], state["steps"], state["done"]
        say(f"going on after {done} epochs")
    sums = {}
    for epoch in range(done, epochs):
        order = torch.randperm(len(files), generator=torch.Generator().manual_seed(seed * 1000 + epoch)).tolist()
        begun_at = time.monotonic()
        for step, index in enumerate(order):
            kept = torch.load(files[index], weights_only=True, mmap=True)
            for group in optimizer.param_groups:
                group["lr"] = rate((epoch + step / len(order)) / epochs, highest)
            outputs = run_heads(network, [p.float().contiguous(memory_format=torch.channels_last) for p in kept["begun"]])
            loss, parts = heads_loss(outputs, kept["published"].float(), kept["targets"], kept["shape"])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 10.0)
            optimizer.step()
            average.update(network)
            for name, value in parts.items():
                sums[name] = sums.get(name, value) * 0.98 + value * 0.02
            if step % 40 == 0:
                told = {name: round(value, 4) for name, value in sums.items()}
                say(json.dumps({"epoch": epoch, "step": step, **told, "seconds": round(time.monotonic() - begun_at)}))
        save(checkpoint, {
            "network": network.state_dict(), "optimizer": optimizer.state_dict(), "average": average.weights,
            "steps": average.steps, "done": epoch + 1})
    return average.weights
