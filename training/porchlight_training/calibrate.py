"""Makes confidences honest: a monotone map from a class's raw score to how often such a detection is right.

The map is an isotonic regression (Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass
Probability Estimates", KDD 2002) of what was right on pictures that were not trained on, smoothed to a few points
between which the program interpolates.
"""

import numpy as np

from .metrics import gathered
from .network import CLASSES

#: Cells of equal width over the scores, and the fewest detections of a knot.
CELLS = 16
FEWEST = 25
#: Right and wrong detections that are assumed before any was seen, at every knot: few detections must not claim much.
PRIOR = 4.0
#: How much a detection in a picture without any object counts: a camera mostly looks at nothing, the data seldom do.
EMPTY_WEIGHT = 4.0


def isotonic(scores, right, weights):
    """Scores in ascending order, and a rising share of right ones for each (pool adjacent violators)."""
    blocks = []
    for score, share, weight in zip(scores, right, weights):
        blocks.append([share, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            share, weight, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + share * weight) / (last[1] + weight)
            last[1] += weight
            last[2] += count
    return np.concatenate([np.full(count, share) for share, _, count in blocks])


def knots(scores, right, weights=None):
    """Points `[[raw, confidence], ...]` from 0 to 1, strictly rising on both sides.

    scores: raw scores of detections in 0...1; right: whether each was right; weights: how much each counts, 1 without.
    """
    if len(scores) == 0:
        return [[0.0, 0.0], [1.0, 1.0]]
    order = np.argsort(scores, kind="stable")
    scores, right = scores[order], right[order].astype(float)
    weights = np.ones(len(scores)) if weights is None else weights[order]
    # Knots lie evenly over the scores, wider where there are few detections: most of these are weak ones, and it is the
    # sure ones that users see.
    raw, share, weight = [], [], []
    pending = np.zeros(len(scores), bool)
    places = np.minimum((scores * CELLS).astype(int), CELLS - 1)
    for cell in range(CELLS):
        pending |= places == cell
        if pending.sum() >= FEWEST or (cell == CELLS - 1 and pending.any()):
            mean, count = float(scores[pending].mean()), float(weights[pending].sum())
            raw.append(mean)
            share.append((float((right * weights)[pending].sum()) + PRIOR * mean) / (count + PRIOR))
            weight.append(count)
            pending[:] = False
    share = isotonic(raw, share, weight)
    points = [[0.0, 0.0], *map(list, zip(raw, share)), [1.0, 1.0]]
    return strictly_rising(points)


def strictly_rising(points, step=1e-3):
    """The points with at least `step` from one to the next on both sides; those that leave no room go."""
    kept = [points[0]]
    for raw, confidence in points[1:-1]:
        confidence = max(confidence, kept[-1][1] + step)
        if raw - kept[-1][0] >= step and 1 - raw >= step and 1 - confidence >= step:
            kept.append([raw, confidence])
    return [[round(a, 4), round(b, 4)] for a, b in (*kept, points[-1])]


def calibration(pictures, findings):
    """Knots per class. The findings are raw: their confidences are scores."""
    result = {}
    for index, name in enumerate(CLASSES):
        only = np.array([index])
        parts = [gathered([p], [f], only, 0.5)[:2] for p, f in zip(pictures, findings)]
        weights = [
            np.full(len(scores), 1.0 if len(p.boxes) else EMPTY_WEIGHT) for p, (scores, _) in zip(pictures, parts)]
        scores, right = (np.concatenate([part[i] for part in parts]) for i in range(2))
        result[name] = knots(scores, right, np.concatenate(weights))
    return result


def applied(table):
    """The function of scores and class index that `predict.decoded` takes. table: knots per class, or None."""
    if table is None:
        return None
    def calibrate(scores, index):
        points = np.array(table[CLASSES[index]])
        return np.interp(scores, points[:, 0], points[:, 1]).astype(np.float32)
    return calibrate
