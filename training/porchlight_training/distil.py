"""An embedder in a smaller input learns to say of a spoiled face what the teacher says of the clean one."""

import json
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional as F

from . import spoil
from .faces import turned
from .train import Average, rate, save

#: How much the cosines with others count, beside the cosine of a face and its aim, and with how many others.
OTHERS_WEIGHT, OTHERS = 3.0, 1024
#: How often an epoch shows a turned face once more.
TURNED_AGAIN = 0.8
CHECKPOINT_SECONDS = 120


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
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "distil.pt"
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=highest, weight_decay=1e-4)
    average, done, again = Average(network), 0, np.flatnonzero(turned(poses))
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.weights, average.steps, done = state["average"], state["steps"], state["done"]
        say(f"going on after {done} samples")

    def keep():
        save(checkpoint, {
            "network": network.state_dict(), "optimizer": optimizer.state_dict(), "average": average.weights,
            "steps": average.steps, "done": done})

    begun = saved = time.monotonic()
    first, sums = done, {}
    while done < samples:
        pixels, wanted, others = batch_of(faces, aims, again, seed, done // batch, batch)
        for group in optimizer.param_groups:
            group["lr"] = rate(done / samples, highest)
        loss, parts = distil_loss(network(pixels), wanted, others)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        average.update(network)
        done += batch
        for name, value in parts.items():
            sums[name] = sums.get(name, value) * 0.98 + value * 0.02
        if done // batch % 50 == 0:
            pace = 1000 * (time.monotonic() - begun) / (done - first)
            line = {name: round(value, 5) for name, value in sums.items()}
            say(json.dumps({"shown": done, "of": samples, **line, "msPerSample": round(pace, 1)}))
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            keep()
            saved = time.monotonic()
    keep()
    return average.weights
