"""A training that may be cut off and goes on."""

import json
import pathlib
import time

import torch

from .train import Average, rate, save

CHECKPOINT_SECONDS = 120


class Run:
    """Trains a network by AdamW, with averaged weights; keeps all of it in a file from time to time."""

    def __init__(self, checkpoint, network, highest, say):
        """Goes on from `checkpoint` when it is there. `highest` is the learning rate at its highest."""
        self.checkpoint, self.highest, self.say = pathlib.Path(checkpoint), highest, say
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        self.network = network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=highest, weight_decay=1e-4)
        #: Samples and batches shown so far.
        self.average, self.done, self.number = Average(self.network), 0, 0
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.weights, self.average.steps = state["average"], state["steps"]
            self.done, self.number = state["done"], state["number"]
            say(f"going on after {self.done} samples")

    def keep(self):
        save(self.checkpoint, {
            "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(),
            "average": self.average.weights, "steps": self.average.steps, "done": self.done, "number": self.number})

    def train(self, samples, batch, norm, every, digits):
        """Until `samples` have been shown: `batch(number)` gives their count, the loss and its parts. Gradients are cut at
        `norm`; each `every` batches the parts are told with so many digits. Returns the averaged weights."""
        begun = saved = time.monotonic()
        first, sums = self.done, {}
        while self.done < samples:
            for group in self.optimizer.param_groups:
                group["lr"] = rate(self.done / samples, self.highest)
            count, loss, parts = batch(self.number)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), norm)
            self.optimizer.step()
            self.average.update(self.network)
            self.done, self.number = self.done + count, self.number + 1
            for name, value in parts.items():
                sums[name] = sums.get(name, value) * 0.98 + value * 0.02
            if self.number % every == 0:
                pace = 1000 * (time.monotonic() - begun) / (self.done - first)
                line = {name: round(value, digits) for name, value in sums.items()}
                self.say(json.dumps({"shown": self.done, "of": samples, **line, "msPerSample": round(pace, 1)}))
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.keep()
                saved = time.monotonic()
        self.keep()
        return self.average.weights
