"""Faces of nobody: between two faces of like pose. They need no names, and the teacher says of each what it sees."""

import pathlib

import cv2
import numpy as np

from .faces import AGREES, KEPT, kept_faces, taught, turned

#: Out of so many faces, half of them mirrored, the one whose pose is nearest is the other half of a mixed one.
PARTNERS = 60
#: How often the two are mixed evenly; otherwise one is on this side of a line and the other on that.
EVENLY = 0.6
#: How much more often a turned face is one of the two.
TURNED_WEIGHT = 2.0
#: The pixels whose mean and spread the second face takes on from the first.
MIDDLE = slice(KEPT // 4, KEPT - KEPT // 4)


def near_in_pose(poses, place, rng):
    """A face whose pose is like that of the one at `place`, and whether it has to be mirrored for that."""
    others, mirrored = rng.integers(0, len(poses), PARTNERS), rng.random(PARTNERS) < 0.5
    aside = poses[others, 0] * np.where(mirrored, -1, 1)
    best = (np.abs(aside - poses[place, 0]) + 0.7 * np.abs(poses[others, 1] - poses[place, 1])).argmin()
    return others[best], mirrored[best]


def mixed(one, two, rng):
    """`[KEPT, KEPT, 3]` uint8 between two kept faces, of a slightly different shape than both."""
    one, two = one.astype(np.float32), two.astype(np.float32)
    # The second one in the first one's light, so that no seam tells them apart.
    spread = one[MIDDLE, MIDDLE].std(axis=(0, 1)) / (two[MIDDLE, MIDDLE].std(axis=(0, 1)) + 1e-3)
    two = (two - two[MIDDLE, MIDDLE].mean(axis=(0, 1))) * np.clip(spread, 0.6, 1.6) + one[MIDDLE, MIDDLE].mean(axis=(0, 1))
    share = np.full((KEPT, KEPT), rng.uniform(0.35, 0.65))
    if rng.random() >= EVENLY:
        y, x = np.mgrid[:KEPT, :KEPT] - KEPT / 2 - rng.normal(0, 8, 2)[:, None, None]
        angle = rng.uniform(0, 2 * np.pi)
        share = 0.1 + 0.8 / (1 + np.exp(-(x * np.cos(angle) + y * np.sin(angle)) / rng.uniform(6, 14)))
    made = np.clip(one * share[..., None] + two * (1 - share[..., None]), 0, 255).astype(np.uint8)
    shape = np.array([[1 + rng.normal(0, 0.05), rng.normal(0, 0.03)], [rng.normal(0, 0.02), 1 + rng.normal(0, 0.04)]])
    shift = (np.eye(2) - shape) @ np.full(2, KEPT / 2)
    return cv2.warpAffine(made, np.column_stack((shape, shift)), (KEPT, KEPT), borderMode=cv2.BORDER_REPLICATE)


def mix_faces(folder, teacher, count, seed=1, tell=print):
    """Writes `mixed.npz` beside the faces of a folder, unless it is there. Raises ValueError when there are none."""
    path = pathlib.Path(folder) / "mixed.npz"
    if path.exists() or count == 0:
        return
    faces, _, poses = kept_faces(folder)
    rng = np.random.default_rng(seed)
    chances = np.where(turned(poses), TURNED_WEIGHT, 1.0)
    firsts = rng.choice(len(faces), count, p=chances / chances.sum())
    made = np.zeros((count, KEPT, KEPT, 3), np.uint8)
    for number, place in enumerate(firsts):
        other, mirrored = near_in_pose(poses, place, rng)
        made[number] = mixed(faces[place], faces[other][:, ::-1] if mirrored else faces[other], rng)
    aims, agree = taught(made, teacher)
    known = agree > AGREES
    np.savez(path, faces=made[known], aims=aims[known], poses=poses[firsts][known])
    tell(f"mixed: {int(known.sum())}")
