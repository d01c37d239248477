"""What the network is told: which point answers for which object, and how wrong it was.

The assignment is dynamic with soft labels (Ge et al., "YOLOX", 2021, arXiv:2107.08430, SimOTA; Lyu et al., "RTMDet",
2022, arXiv:2212.07784); the losses are Quality Focal Loss and Distribution Focal Loss (Li et al., 2020,
arXiv:2006.04388) and GIoU (Rezatofighi et al., 2019, arXiv:1902.09630).
"""

import torch
from torch.nn import functional as F

from .network import BOX, CLASSES, REG_MAX, boxes, points

TOP_CANDIDATES = 13


def iou_matrix(a, b):
    """`[n, 4]` and `[m, 4]` corners to `[n, m]`."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)
    areas = [(x[:, 2:] - x[:, :2]).clamp(min=0).prod(dim=1) for x in (a, b)]
    return shared / (areas[0][:, None] + areas[1][None] - shared).clamp(min=1e-6)


def giou(a, b):
    """Of pairs `[n, 4]`, `[n]` in -1...1."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=1)
    union = (a[:, 2:] - a[:, :2]).prod(dim=1) + (b[:, 2:] - b[:, :2]).prod(dim=1) - shared
    around = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(dim=1).clamp(min=1e-6)
    return shared / union.clamp(min=1e-6) - (around - union) / around


@torch.no_grad()
def assign(logits, predicted, centres, strides, truth, classes):
    """Which object each point answers for.

    logits: `[points, classes]`; predicted: `[points, 4]`; truth: `[n, 4]`; classes: `[n]`.
    Returns the points `[k]`, their objects `[k]`, and the IoU `[k]` of what they predict now.
    """
    none = torch.zeros(0, dtype=torch.long)
    if len(truth) == 0:
        return none, none, torch.zeros(0)
    middle = (truth[:, :2] + truth[:, 2:]) / 2
    half = torch.maximum((truth[:, 2:] - truth[:, :2]) / 2, torch.tensor(6.0))
    offsets = (centres[:, None] - middle[None]).abs()
    inside = (offsets < half[None]).all(dim=2)
    candidates = inside.any(dim=1).nonzero()[:, 0]
    if len(candidates) == 0:
        return none, none, torch.zeros(0)
    inside = inside[candidates]
    overlap = iou_matrix(predicted[candidates], truth)
    score = logits[candidates][:, classes]
    distance = (centres[candidates][:, None] - middle[None]).norm(dim=2) / strides[candidates][:, None]
    focal = F.binary_cross_entropy_with_logits(score, overlap, reduction="none")
    cost = focal * (overlap - score.sigmoid()).abs().pow(2) - 3 * (overlap + 1e-7).log()
    cost = cost + 10 ** (distance - 3).clamp(max=4) + (~inside) * 1e6
    best = overlap.masked_fill(~inside, 0).topk(min(TOP_CANDIDATES, len(candidates)), dim=0)[0]
    wanted = best.sum(dim=0).int().clamp(min=1)
    owner = torch.zeros_like(cost, dtype=torch.bool)
    for column in range(len(truth)):
        count = min(int(wanted[column]), int(inside[:, column].sum()))
        if count:
            owner[cost[:, column].topk(count, largest=False)[1], column] = True
    taken = owner.any(dim=1)
    objects = cost.masked_fill(~owner, float("inf"))[taken].argmin(dim=1)
    return candidates[taken], objects, overlap[taken, objects]


def detection_loss(outputs, targets, shape):
    """The loss of a batch of inputs of `shape` (width, height), and its parts for the log.

    outputs: `[n, points, classes + BOX]`; targets: per picture `(boxes [k, 4], classes [k], sureness [k],
    known [points, classes])`: how sure it is that there is an object, and for which classes a point without one is
    background.
    """
    logits, distributions = outputs.split((len(CLASSES), BOX), dim=2)
    count = logits.shape[2]
    centres, strides = points(shape[1], shape[0])
    goal = torch.zeros_like(logits)
    known = torch.stack([target[3] for target in targets]).float()
    with torch.no_grad():
        predicted = boxes(distributions, centres, strides)
    where, wanted = [], []
    for index, (truth, classes, sureness, _) in enumerate(targets):
        chosen, objects, overlap = assign(
            logits[index], predicted[index], centres, strides, truth, classes)
        goal[index, chosen, classes[objects]] = overlap * sureness[objects]
        known[index, chosen, classes[objects]] = 1
        where.append(chosen + index * logits.shape[1])
        wanted.append(truth[objects])
    where, wanted = torch.cat(where), torch.cat(wanted)
    number = max(1, len(where))
    wrong = F.binary_cross_entropy_with_logits(logits, goal, reduction="none")
    quality = (wrong * (goal - logits.detach().sigmoid()).abs().pow(2) * known).sum() / number
    if len(where) == 0:
        nothing = distributions.sum() * 0
        return quality + nothing, {"quality": quality.item(), "box": 0.0, "distribution": 0.0}
    middle, stride = centres.repeat(len(targets), 1)[where], strides.repeat(len(targets))[where]
    chosen = distributions.reshape(-1, distributions.shape[2])[where]
    weight = goal.reshape(-1, count)[where].max(dim=1)[0].clamp(min=0.05)
    box = ((1 - giou(boxes(chosen, middle, stride), wanted)) * weight).sum() / weight.sum()
    distances = torch.cat((middle - wanted[:, :2], wanted[:, 2:] - middle), dim=1) / stride[:, None]
    distances = distances.clamp(0, REG_MAX - 0.01)
    low = distances.long()
    share = distances - low
    likely = -chosen.reshape(-1, 4, REG_MAX + 1).log_softmax(dim=2)
    spread = likely.gather(2, low[..., None])[..., 0] * (1 - share)
    spread = spread + likely.gather(2, low[..., None] + 1)[..., 0] * share
    distribution = (spread.mean(dim=1) * weight).sum() / weight.sum()
    parts = {"quality": quality.item(), "box": box.item(), "distribution": distribution.item()}
    return quality + 2 * box + 0.25 * distribution, parts
