"""Makes confidences honest: a monotone map from a class's raw score to how often such a detection is right.

Two maps are joined. A smooth one of three numbers (Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017) needs
few detections; what was right at each score (Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass
Probability Estimates", KDD 2002) is closer to the truth where there are many. The program interpolates between a few points.
"""

import numpy as np

from .metrics import gathered
from .network import CLASSES

#: Cells of equal width over the scores, and the fewest detections of a knot.
CELLS = 16
FEWEST = 5
#: For so many detections the smooth map counts at every knot: few detections must not claim much.
PRIOR = 40.0
#: How strongly the smooth map holds to the scores as they are, when there is next to nothing to learn from.
RIDGE = 0.01
#: Weak detections keep their order: a confidence is at least this share of the score, as long as that is next to nothing.
LEAST_SHARE, LEAST = 0.08, 0.04
#: How much a detection in an infra-red copy counts: it is the second picture of the same thing, and imitated.
COPY_WEIGHT = 0.5


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


def beta(scores, right, weights):
    """The smooth map: a function of scores that rises, `1 / (1 + exp(-(a log s - b log(1 - s) + c)))`.

    Fitted by Newton's method, with steps that never lose, to the weighted likelihood; a and b are not negative.
    """
    def features(s):
        s = np.clip(s, 1e-4, 1 - 1e-4)
        return np.stack([np.log(s), -np.log(1 - s), np.ones_like(s)], axis=1)

    def share(s, factors):
        return 1 / (1 + np.exp(-np.clip(features(s) @ factors, -30, 30)))

    start, ridge = np.array([1.0, 1.0, 0.0]), np.diag([RIDGE, RIDGE, RIDGE / 10])
    factors, x = start.copy(), features(scores)

    def cost(factors):
        p, away = np.clip(share(scores, factors), 1e-9, 1 - 1e-9), factors - start
        return -(weights @ (right * np.log(p) + (1 - right) * np.log(1 - p))) + away @ ridge @ away / 2

    for _ in range(60):
        p = share(scores, factors)
        slope = x.T @ (weights * (p - right)) + ridge @ (factors - start)
        bend = (x * (weights * p * (1 - p))[:, None]).T @ x + ridge
        # What stands at its bound and would leave it stays there (projected Newton).
        free = np.array([factors[0] > 0 or slope[0] < 0, factors[1] > 0 or slope[1] < 0, True])
        step, before = np.zeros(3), cost(factors)
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        for part in 0.5 ** np.arange(12):
            tried = factors - part * step
            tried[:2] = np.maximum(tried[:2], 0)
            if cost(tried) < before:
                factors = tried
                break
        else:
            break
    return lambda s: share(np.asarray(s, float), factors)


def knots(scores, right, weights=None):
    """Points `[[raw, confidence], ...]` from 0 to 1, strictly rising on both sides.

    scores: raw scores of detections in 0...1; right: whether each was right; weights: how much each counts, 1 without.
    """
    if len(scores) == 0:
        return [[0.0, 0.0], [1.0, 1.0]]
    order = np.argsort(scores, kind="stable")
    scores, right = scores[order], right[order].astype(float)
    weights = np.ones(len(scores)) if weights is None else weights[order]
    smooth = beta(scores, right, weights)
    # Knots lie evenly over the scores, wider where there are few detections: most of these are weak ones, and it is the
    # sure ones that users see.
    raw, share, weight = [], [], []
    pending = np.zeros(len(scores), bool)
    places = np.minimum((scores * CELLS).astype(int), CELLS - 1)
    for cell in range(CELLS):
        pending |= places == cell
        if pending.sum() >= FEWEST or (cell == CELLS - 1 and pending.any()):
            here, count = weights[pending], float(weights[pending].sum())
            raw.append(float(scores[pending] @ here) / count)
            expected = float(smooth(scores[pending]) @ here) / count
            share.append((float(right[pending] @ here) + PRIOR * expected) / (count + PRIOR))
            weight.append(count)
            pending[:] = False
    share = np.maximum(isotonic(raw, share, weight), [min(LEAST, LEAST_SHARE * score) for score in raw])
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


def weight(picture):
    """How much what is found in a picture counts."""
    return COPY_WEIGHT if picture.entry.get("infrared") else 1.0


def calibration(pictures, findings):
    """Knots per class. The findings are raw: their confidences are scores."""
    result = {}
    for index, name in enumerate(CLASSES):
        only = np.array([index])
        parts = [gathered([p], [f], only, 0.5)[:2] for p, f in zip(pictures, findings)]
        weights = [np.full(len(scores), weight(p)) for p, (scores, _) in zip(pictures, parts)]
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
