"""Faces cut out of photographs: found by the face detector, turned upright, kept with what the teacher says of them."""

import pathlib

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from .embedder import PUBLISHED_SIDE
from .gather import Repository, as_pixels, chosen, fetched

#: Where the eyes, the nose and the corners of the mouth lie in an upright face, in shares of the side.
FIVE = np.array(
    [[0.3156, 0.4616], [0.6826, 0.4616], [0.5003, 0.6405], [0.3495, 0.8247], [0.6534, 0.8247]], np.float32)
#: Kept faces have a margin around the teacher's input, so that samples can be turned and shifted.
MARGIN = 16
KEPT = PUBLISHED_SIDE + 2 * MARGIN
#: The detector sees a picture no larger than this.
LONGEST = 800
#: A face is kept from this score on, and when it need not be enlarged more than this.
SURE, MOST_ENLARGED = 0.62, 2.6
#: The teacher's cosine of a face and its mirror image from which on it knows what it sees: in general, and of a turned one.
AGREES, AGREES_TURNED = 0.35, 0.2
#: A pose from which on a face counts as turned: the nose this far beside the middle, or the eyes this near to each other.
ASIDE, NARROW = 0.25, 0.62
#: A face as like to one of so many before it is the same picture again, as the next one of a film is.
SAME, BEFORE = 0.985, 40
MOST_IN_PICTURE = 40


def similarity(points, targets):
    """`[2, 3]`: the turn, scale and shift that bring points onto targets with the least squares (Umeyama 1991)."""
    middles = points.mean(axis=0), targets.mean(axis=0)
    mine, theirs = points - middles[0], targets - middles[1]
    left, values, right = np.linalg.svd(theirs.T @ mine / len(points))
    signs = np.array([1.0, 1.0 if np.linalg.det(left @ right) > 0 else -1.0])
    scale = (values * signs).sum() / ((mine**2).sum() / len(points))
    turn = scale * left @ np.diag(signs) @ right
    return np.column_stack((turn, middles[1] - turn @ middles[0]))


def upright(pixels, points, side, margin=0):
    """`[side + 2 margin, ..., 3]`: the face turned so that its points lie at FIVE of `side`."""
    matrix = similarity(points, FIVE * side + margin)
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    if scale < 0.6:
        # warpAffine does not filter: shrink first, by area.
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        shares = np.array([small.shape[1] / pixels.shape[1], small.shape[0] / pixels.shape[0]], np.float32)
        pixels, matrix = small, similarity((points + 0.5) * shares - 0.5, FIVE * side + margin)
    return cv2.warpAffine(pixels, matrix, (side + 2 * margin,) * 2, flags=cv2.INTER_LINEAR)


class FaceFinder:
    """YuNet, on pictures of any size. Rows: left, top, width, height, five points, score, in pixels of the picture."""

    def __init__(self, path, threshold=0.6):
        self.network = cv2.FaceDetectorYN.create(str(path), "", (320, 320), threshold, 0.3, 5000)

    def __call__(self, pixels, longest=LONGEST):
        scale = min(1, longest / max(pixels.shape[:2]))
        seen = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
        self.network.setInputSize((seen.shape[1], seen.shape[0]))
        found = self.network.detect(seen)[1]
        rows = np.zeros((0, 15), np.float32) if found is None else found.copy()
        rows[:, :14] /= scale
        return rows[np.argsort(-rows[:, 14])]


def pose(points):
    """How far the nose lies beside the line from the eyes to the mouth, and how far the eyes lie apart: in lengths of that
    line. Positive aside: the nose points to the right of the picture."""
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    down, nose = mouth - eyes, points[2] - eyes
    length = max(1e-6, float(np.hypot(*down)))
    aside = (nose[0] * down[1] - nose[1] * down[0]) / length**2
    return float(aside), float(np.hypot(*(points[1] - points[0]))) / length


def turned(poses):
    """`[n]` bool of poses `[n, 2]`."""
    return (np.abs(poses[:, 0]) > ASIDE) | (poses[:, 1] < NARROW)


def cut(pixels, rows):
    """The faces of a picture that are large and sure enough, `[n, KEPT, KEPT, 3]`, and their poses, `[n, 2]`."""
    made, poses = [], []
    for row in rows[:MOST_IN_PICTURE]:
        points = row[4:14].reshape(5, 2)
        enlarged = np.hypot(*similarity(points, FIVE * PUBLISHED_SIDE)[:, 0])
        if row[14] >= SURE and enlarged <= MOST_ENLARGED:
            made.append(upright(pixels, points, PUBLISHED_SIDE, MARGIN))
            poses.append(pose(points))
    return np.array(made, np.uint8).reshape(-1, KEPT, KEPT, 3), np.array(poses, np.float32).reshape(-1, 2)


@torch.no_grad()
def taught(faces, teacher, batch=32):
    """What the teacher says of faces: `[n, numbers]` of length 1, the mean of each face and its mirror image, and `[n]`
    how much these two agree."""
    aims, agree = [], []
    for first in range(0, len(faces), batch):
        inner = faces[first : first + batch, MARGIN:-MARGIN, MARGIN:-MARGIN]
        x = torch.from_numpy(np.ascontiguousarray(inner)).permute(0, 3, 1, 2).float()
        one, two = F.normalize(teacher(x)), F.normalize(teacher(x.flip(3)))
        agree.append((one * two).sum(dim=1))
        aims.append(F.normalize(one + two))
    return torch.cat(aims).numpy(), torch.cat(agree).numpy()


def worth_learning(aims, agree, poses):
    """Places of the faces of which the teacher knows what they are, each of them once."""
    known = np.flatnonzero(agree > np.where(turned(poses), AGREES_TURNED, AGREES))
    return [
        place for count, place in enumerate(known)
        if count == 0 or (aims[known[max(0, count - BEFORE) : count]] @ aims[place]).max() <= SAME]


def keep_faces(sources, clones, finder, teacher, out, tell=print):
    """Writes an .npz of each source into a folder, with `faces`, `aims` and `poses`; sources that are there stay."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        path = out / f"{source['name']}.npz"
        if path.exists():
            continue
        repository = Repository(fetched(source, clones), source["commit"])
        made = [cut(np.zeros((1, 1, 3), np.uint8), np.zeros((0, 15)))]
        for name in chosen(source, repository):
            pixels = as_pixels(repository.read(name))
            if pixels is not None:
                made.append(cut(pixels, finder(pixels)))
        repository.close()
        faces, poses = (np.concatenate(column) for column in zip(*made))
        kept = []
        if len(faces):
            aims, agree = taught(faces, teacher)
            kept = worth_learning(aims, agree, poses)
            np.savez(path, faces=faces[kept], aims=aims[kept], poses=poses[kept])
        tell(f"{source['name']}: {len(kept)}")


def kept_faces(folder):
    """All faces of a folder that `keep_faces` made, their aims and their poses. Raises ValueError without any."""
    parts = [np.load(path) for path in sorted(pathlib.Path(folder).glob("*.npz"))]
    if not parts:
        raise ValueError(f"{folder} holds no faces")
    return tuple(np.concatenate([part[name] for part in parts]) for name in ("faces", "aims", "poses"))
