"""How good detections are. The program's own `porchlight evaluate` has the same definitions.

Average precision is COCO's: detections of a picture (at most 100) take, surest first, the free object with the
highest IoU; the precision's envelope is read at 101 recalls.
"""

from dataclasses import dataclass

import numpy as np

from .network import CLASSES, KNOWN, LABELS

THRESHOLDS = tuple(0.5 + 0.05 * i for i in range(10))
MOST_DETECTIONS = 100
#: An object below this share of its picture counts as small.
SMALL = 0.01
#: Weaker detections are not asked whether their confidence is right.
CALIBRATED_FROM = 0.05
BINS = 10
#: An alarm is a detection from here on, as the stream processors' default MinConfidence has it.
ALARM = 0.5


@dataclass
class Found:
    """Detections of one picture, surest first: corners in pixels `[n, 4]`, classes `[n]`, confidences `[n]`."""

    boxes: np.ndarray
    classes: np.ndarray
    confidences: np.ndarray

    @classmethod
    def sorted(cls, boxes, classes, confidences):
        order = np.argsort(-confidences, kind="stable")[:MOST_DETECTIONS]
        return cls(boxes[order], classes[order], confidences[order])


def overlaps(a, b):
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    areas = [(x[:, 2:] - x[:, :2]).prod(axis=1) for x in (a, b)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)


def shares(a, b):
    """How much of each box `[n, 4]` lies in each of `[m, 4]`: `[n, m]`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.maximum(high - low, 0).prod(axis=2) / np.maximum((a[:, 2:] - a[:, :2]).prod(axis=1), 1e-9)[:, None]


def judged(picture, found, classes, threshold, only_small=False):
    """Per detection of these classes: its confidence, whether it is right, whether it does not count; and the number
    of objects that there were to find. Who finds something in a crowd, of which nobody marked the single ones, is neither
    right nor wrong."""
    mine = np.isin(found.classes, classes)
    theirs = np.isin(picture.classes, classes)
    boxes, truth = found.boxes[mine], picture.boxes[theirs]
    whole = picture.width * picture.height
    is_small = (truth[:, 2:] - truth[:, :2]).prod(axis=1) < SMALL * whole
    ignored = ~is_small if only_small else np.zeros(len(truth), bool)
    right, passed_over = np.zeros(len(boxes), bool), np.zeros(len(boxes), bool)
    free = np.ones(len(truth), bool)
    table = overlaps(boxes, truth)
    crowds = picture.doubtful[np.isin(picture.doubtful[:, 4], classes), :4]
    in_crowd = (shares(boxes, crowds) >= threshold).any(axis=1)
    for index in range(len(boxes)):
        for group in (~ignored, ignored):
            options = np.where(free & group & (table[index] >= threshold))[0]
            if len(options):
                best = options[np.argmax(table[index, options])]
                free[best] = False
                right[index], passed_over[index] = not ignored[best], ignored[best]
                break
        else:
            size = (boxes[index, 2:] - boxes[index, :2]).prod()
            passed_over[index] = in_crowd[index] or only_small and size >= SMALL * whole
    return found.confidences[mine], right, passed_over, int((~ignored).sum())


def average_precision(confidences, right, objects):
    """In 0...1, or None when there is no object to find."""
    if objects == 0:
        return None
    order = np.argsort(-confidences, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(hits / objects, np.linspace(0, 1, 101), side="left")
    return float(np.where(places < len(envelope), np.append(envelope, 0)[np.minimum(places, len(envelope))], 0).mean())


def gathered(pictures, findings, classes, threshold, only_small=False):
    complete = [(p, f) for p, f in zip(pictures, findings) if p.annotated[classes].all()]
    parts = [judged(p, f, classes, threshold, only_small) for p, f in complete]
    if not parts:
        return np.zeros(0), np.zeros(0, bool), 0
    confidences, right, passed_over = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return confidences[~passed_over], right[~passed_over], sum(part[3] for part in parts)


def calibration(confidences, right):
    """Expected calibration error over equal-width bins, and the bins: count, mean confidence, share that is right."""
    counts = confidences >= CALIBRATED_FROM
    confidences, right = confidences[counts], right[counts]
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for index in range(BINS):
        here = places == index
        if not here.any():
            bins.append((0, 0.0, 0.0))
            continue
        confidence, share = float(confidences[here].mean()), float(right[here].mean())
        bins.append((int(here.sum()), confidence, share))
        error += here.sum() / len(confidences) * abs(share - confidence)
    return float(error), bins


def chance(confidences):
    """The calibration error that confidences would show on average if every one of them were exactly true.

    A cell of n detections with confidences p is off by a sum of coin throws: on average by about
    sqrt(2 / pi) times its standard deviation, sqrt(sum p (1 - p)) / n (the mean of a half-normal distribution).
    """
    confidences = confidences[confidences >= CALIBRATED_FROM]
    if len(confidences) == 0:
        return 0.0
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    spread = np.bincount(places, confidences * (1 - confidences), BINS)
    return float(np.sqrt(2 / np.pi) * np.sqrt(spread).sum() / len(confidences))


def is_empty(picture):
    """Whether a picture holds no person, cat or dog, and nothing else that was labelled."""
    known = [CLASSES.index(name) for name in KNOWN]
    return bool(picture.annotated[known].all()) and len(picture.boxes) == 0 and len(picture.doubtful) == 0


def false_alarms(pictures, findings):
    """How many of the pictures that hold nothing have a detection all the same, and of how many."""
    empty = [f for p, f in zip(pictures, findings) if is_empty(p)]
    return sum(bool((f.confidences >= ALARM).any()) for f in empty), len(empty)


def by_source(pictures, findings):
    """Per source: pictures, average precision of each class that it has (in percent, IoU 0.5), false alarms."""
    told = {}
    for source in dict.fromkeys(p.source for p in pictures):
        here = [(p, f) for p, f in zip(pictures, findings) if p.source == source]
        mine, seen = [p for p, _ in here], [f for _, f in here]
        precisions = {
            name: percent(average_precision(*gathered(mine, seen, np.array([index]), 0.5)))
            for index, name in enumerate(CLASSES)}
        alarms, empty = false_alarms(mine, seen)
        told[source] = {
            "pictures": len(mine), "ap50": {name: value for name, value in precisions.items() if value is not None},
            "empty": empty, "alarms": alarms}
    return told


def over_sources(told):
    """Of what `by_source` tells: per class the mean over the sources that have it, the worst of these and its name."""
    summary = {}
    for name in CLASSES:
        values = {source: row["ap50"][name] for source, row in told.items() if name in row["ap50"]}
        if values:
            worst = min(values, key=values.get)
            summary[name] = {
                "mean": round(float(np.mean(list(values.values()))), 2), "worst": values[worst], "worstSource": worst}
    return summary


def report(pictures, findings):
    """Everything that is measured, as plain numbers; average precisions in percent."""
    def row(indices):
        confidences, right, objects = gathered(pictures, findings, indices, 0.5)
        several = [average_precision(*gathered(pictures, findings, indices, t)) for t in THRESHOLDS]
        small = gathered(pictures, findings, indices, 0.5, only_small=True)
        error, bins = calibration(confidences, right)
        alarming = confidences >= ALARM
        return {
            "objects": objects,
            "ap50": percent(average_precision(confidences, right, objects)),
            "ap5095": None if objects == 0 else percent(float(np.mean(several))),
            "smallObjects": small[2],
            "apSmall50": percent(average_precision(*small)),
            "recall": None if objects == 0 else percent(float(right[alarming].sum() / objects)),
            "precision": percent(float(right[alarming].mean())) if alarming.any() else None,
            "calibrationError": round(error, 4), "chanceError": round(chance(confidences), 4), "bins": bins,
        }

    alarms, empty = false_alarms(pictures, findings)
    sources = by_source(pictures, findings)
    return {
        "pictures": len(pictures),
        "classes": {name: row(np.array([i])) for i, name in enumerate(CLASSES)},
        "labels": {
            label: row(np.array([CLASSES.index(name) for name in names])) for label, names in LABELS.items()},
        "falseAlarms": {"pictures": empty, "alarms": alarms},
        "sources": sources, "overSources": over_sources(sources),
    }


def percent(value):
    return None if value is None else round(100 * value, 2)
