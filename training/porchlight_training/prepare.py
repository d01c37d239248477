"""Splits the data sets, and lets the published network point at people whom nobody has labelled."""

import json
import pathlib

import numpy as np

from .dataset import coco, load
from .metrics import overlaps
from .network import CLASSES
from .predict import findings

#: Where people were labelled by hand, and not all of them.
INCOMPLETE = "ahsanirfan961/Person-Tracker"
DOUBTFUL_FROM = 0.35
TEACHER_SIZE = 416


def pictures(datasets):
    """The pictures of several folders, by part."""
    parts = {"train": [], "val": [], "test": []}
    for folder in datasets:
        for name, found in load(folder).items():
            parts[name] += found
    return parts


def doubts(network, found):
    """Per picture `[m, 5]` corners and class where the network sees a person without a box."""
    person = CLASSES.index("person")
    result = {}
    for p, seen in zip(found, findings(network, found, size=TEACHER_SIZE)):
        sure = (seen.classes == person) & (seen.confidences >= DOUBTFUL_FROM)
        corners = seen.boxes[sure]
        truth = p.boxes[p.classes == person]
        if len(truth):
            corners = corners[overlaps(corners, truth).max(axis=1, initial=0) < 0.3]
        if len(corners):
            result[p.entry["file_name"]] = [[round(v, 1) for v in box] + [person] for box in corners.tolist()]
    return result


def prepare(datasets, network, out):
    """Writes `train.json`, `val.json`, `test.json` (COCO), `images/` with links to the pictures, and `doubts.json` into
    a folder. Raises ValueError when two pictures have one name."""
    out = pathlib.Path(out)
    (out / "images").mkdir(parents=True, exist_ok=True)
    parts = pictures(datasets)
    for name, found in parts.items():
        for p in found:
            linked(out / "images" / p.path.name, p.path.resolve())
        (out / f"{name}.json").write_text(json.dumps(coco(found, lambda p: p.path.name)))
    incomplete = [p for p in parts["train"] if p.source == INCOMPLETE]
    seen = doubts(network, incomplete)
    (out / "doubts.json").write_text(json.dumps(seen))
    return {name: len(found) for name, found in parts.items()}, sum(map(len, seen.values()))


def linked(link, target):
    if link.is_symlink() and link.resolve() == target:
        return
    if link.exists() or link.is_symlink():
        raise ValueError(f"{target} and {link.resolve()} have the same name")
    link.symlink_to(target)


def mine(datasets, findings, out):
    """Writes `alarms.json`: per training picture without any object the strongest score of what is found in it.

    findings: a function of pictures that gives what a network finds in them, raw scores.
    """
    empty = [p for p in pictures(datasets)["train"] if not len(p.boxes) and p.annotated.all()]
    strongest = {
        p.entry["file_name"]: round(float(seen.confidences.max(initial=0)), 4)
        for p, seen in zip(empty, findings(empty))}
    (pathlib.Path(out) / "alarms.json").write_text(json.dumps(strongest))
    return len(strongest), sum(score >= 0.3 for score in strongest.values())


def with_alarms(found, out):
    """Gives the pictures the scores that `mine` found, if it was run."""
    path = pathlib.Path(out) / "alarms.json"
    seen = json.loads(path.read_text()) if path.exists() else {}
    for p in found:
        p.alarm = seen.get(p.entry.get("file_name"), 0.0)
    return found


def with_doubts(found, out):
    """Gives the pictures the areas that `prepare` found."""
    seen = json.loads((pathlib.Path(out) / "doubts.json").read_text())
    for p in found:
        if areas := seen.get(p.entry.get("file_name")):
            p.doubtful = np.array(areas, np.float32)
    return found
