"""Pictures for the face detector's training, with the faces that the published detector sees in them.

It looks at each picture twice: as it is, and mirrored and enlarged. What both agree on is a face; what only one sees, or
sees weakly, is neither a face nor background.
"""

import functools
import json
import pathlib
from dataclasses import dataclass, field

import cv2
import numpy as np

from .evaluate import session
from .finder import FaceSight, overlaps
from .gather import ALIKE, ALIKE_UNSEEN, Labels, Repository, Seen, as_pixels, chosen, fetched, hashes, read_listed, tells

#: A source is one of these as a whole: people to learn from, nobody to learn from, both for
#: measuring, and nobody for choosing.
ROLES = ("train", "empty", "test", "test-empty", "val-empty")
#: Pictures are stored no larger than this; the second look is as large as this, and enlarges no more.
LONGEST, ENLARGED, MOST_ENLARGED = 640, 1000, 1.7
#: The weakest score that is looked at; what reaches it is not background where people may be.
SEEN_FROM = 0.25
#: A face is sure when both looks see it and their best and mean scores reach these, or when one look's reaches this.
SURE_BEST, SURE_MEAN, SURE_ALONE = 0.72, 0.55, 0.82
#: Overlap from which on two looks see the same face.
SAME = 0.4
#: Left and right change places in a mirror: eyes, nose, corners of the mouth.
MIRRORED = [1, 0, 2, 4, 3]


@dataclass
class Looked:
    """A picture as JPEG bytes, with boxes `[n, 4]` (corners) and points `[n, 5, 2]` in pixels, `[n]` whether the face is
    sure, and whether it is known that nobody is in the picture. `drawn`: `[(name, corners)]` as people drew them."""

    data: bytes
    boxes: np.ndarray
    points: np.ndarray
    sure: np.ndarray
    empty: bool
    source: str
    drawn: list = field(default_factory=list)

    @functools.cached_property
    def pixels(self):
        return cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR)


def read_finder_sources(path):
    """Raises ValueError when an entry lacks something or has an unknown role."""
    sources = read_listed(path, "finder", {"name", "repo", "commit", "licence", "role", "pictures", "about"})
    for source in sources:
        if source["role"] not in ROLES:
            raise ValueError(f"{source['name']}: role is {source['role']!r}, not one of {', '.join(ROLES)}")
    return sources


def looks(pixels, finder):
    """Two arrays of rows: corners, points, score."""
    width = pixels.shape[1]
    scale = min(MOST_ENLARGED, ENLARGED / max(pixels.shape[:2]))
    large = cv2.resize(pixels[:, ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    plain, mirrored = finder(pixels), finder(large)
    mirrored[:, :14] /= scale
    mirrored[:, [0, 2]] = width - mirrored[:, [2, 0]]
    points = mirrored[:, 4:14].reshape(-1, 5, 2)[:, MIRRORED]
    points[..., 0] = width - points[..., 0]
    mirrored[:, 4:14] = points.reshape(-1, 10)
    return plain, mirrored


def agreed(looked):
    """`(rows, sure)` of several looks: each face once, the mean of those that see it weighted by their scores."""
    rows = np.concatenate(looked)
    by = np.concatenate([np.full(len(part), index) for index, part in enumerate(looked)])
    left, made, sure = np.argsort(-rows[:, 14]), [], []
    while len(left):
        same = left[overlaps(rows[left[0], :4], rows[left, :4]) >= SAME]
        # Of each look the best only.
        voices = same[np.unique(by[same], return_index=True)[1]]
        scores = rows[voices, 14]
        made.append((rows[voices] * scores[:, None]).sum(axis=0) / scores.sum())
        both = len(voices) > 1 and scores.max() >= SURE_BEST and scores.mean() >= SURE_MEAN
        sure.append(both or scores.max() >= SURE_ALONE)
        left = np.setdiff1d(left, same, assume_unique=True)
        left = left[np.argsort(-rows[left, 14])]
    return np.array(made, np.float32).reshape(-1, 15), np.array(sure, bool)


def pictures_of(source, clones, finder, seen):
    """Yields what is kept of a source: `(JPEG, rows, sure, drawn)`. What resembles a picture of another role is left out."""
    repository = Repository(fetched(source, clones), source["commit"])
    count, labels = 0, Labels(source, repository)
    for path in chosen(source, repository):
        if count >= source.get("most", 1000):
            break
        data = repository.read(path)
        pixels = as_pixels(data)
        if not tells(pixels):
            continue
        pair, turned = hashes(pixels), hashes(np.ascontiguousarray(pixels[:, ::-1]))
        if seen.has(pair, ALIKE, *ALIKE_UNSEEN) or seen.has(turned, ALIKE):
            continue
        seen.add(pair)
        drawn = labels.of(path, pixels.shape[1::-1]) or []
        scale = min(1, LONGEST / max(pixels.shape[:2]))
        if scale < 1:
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        count += 1
        # Where nobody is, what one look takes for a face is enough.
        seen_by = (finder(pixels),) if source["role"].endswith("empty") else looks(pixels, finder)
        rows, sure = agreed(seen_by)
        # What looks like a face in a source of animals is one's.
        sure &= not source.get("animals", False)
        drawn = [(name, (np.array(box) * (pixels.shape[1::-1] * 2)).tolist()) for name, *box in drawn]
        yield cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes(), rows, sure, drawn
    repository.close()


def look(sources, clones, finder, out, tell=print):
    """Writes a folder for each source with its pictures and `faces.json`; sources that are there stay."""
    seen = Seen()
    for source in sorted(sources, key=lambda s: ROLES.index(s["role"])):
        folder = pathlib.Path(out) / source["name"]
        if (folder / "faces.json").exists():
            for path in sorted(folder.glob("*.jpg")):
                seen.add(hashes(cv2.imread(str(path))))
            continue
        folder.mkdir(parents=True, exist_ok=True)
        told, count = [], 0
        for data, rows, sure, drawn in pictures_of(source, clones, finder, seen):
            name = f"{len(told):05d}.jpg"
            (folder / name).write_bytes(data)
            told.append({"name": name, "rows": np.round(rows, 2).tolist(), "sure": sure.tolist(), "drawn": drawn})
            count += int(sure.sum())
        (folder / "faces.json").write_text(json.dumps({"role": source["role"], "pictures": told}))
        tell(f"{source['name']}: {len(told)} pictures, {count} faces")


def looked_at(folder, *roles):
    """The pictures of some roles in a folder that `look` made."""
    made = []
    for path in sorted(pathlib.Path(folder).glob("*/faces.json")):
        told = json.loads(path.read_text())
        if told["role"] not in roles:
            continue
        for picture in told["pictures"]:
            rows = np.array(picture["rows"], np.float32).reshape(-1, 15)
            made.append(Looked(
                (path.parent / picture["name"]).read_bytes(), rows[:, :4], rows[:, 4:14].reshape(-1, 5, 2),
                np.array(picture["sure"], bool), told["role"].endswith("empty"), path.parent.name, picture.get("drawn", [])))
    if not made:
        raise ValueError(f"{folder} holds no pictures for {', '.join(roles)}")
    return made


def look_with(path):
    return FaceSight(session(path), SEEN_FROM)
