"""Labelled pictures, read once and kept as they are on disk (JPEG)."""

import json
import pathlib
from dataclasses import dataclass, field

import cv2
import numpy as np

from .metrics import overlaps
from .network import CLASSES

#: What teachers see with a score from here on is an object, if with more doubt; below it nobody can say.
SEEN_FROM = 0.25
#: A teacher's score of something that is surely there.
SURE = 0.6
#: A teacher that sees something this surely where people drew no box may be right.
DOUBT_FROM = 0.3


@dataclass
class Picture:
    """One labelled picture."""

    path: pathlib.Path
    width: int
    height: int
    source: str
    #: `[n, 4]` left, top, right, bottom in pixels.
    boxes: np.ndarray
    #: `[n]` indices into CLASSES.
    classes: np.ndarray
    #: `[4]` whether every object of the class has a box here; where not, nothing is background for the class.
    annotated: np.ndarray
    #: `[n]` how sure it is that there is something: 1 where people drew the box, less where only a teacher sees it.
    sureness: np.ndarray = None
    #: `[m, 5]` left, top, right, bottom, class: there may be something here that has no box.
    doubtful: np.ndarray = field(default_factory=lambda: np.zeros((0, 5), np.float32))
    #: The entry in the annotations, as it was.
    entry: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.sureness is None:
            self.sureness = np.ones(len(self.boxes), np.float32)

    def doubtful_at(self, factors, shifts):
        """The doubtful areas, scaled and shifted."""
        return np.column_stack((self.doubtful[:, :4] * factors + shifts, self.doubtful[:, 4]))

    def read(self):
        """`[height, width, 3]` uint8, blue first. Raises ValueError when the file holds no picture."""
        pixels = cv2.imdecode(np.fromfile(self.path, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{self.path} holds no picture")
        return pixels


def load(folder, roles=("train", "val", "test")):
    """The pictures of a folder with `annotations.json` (COCO, with `annotated_classes`, `source` and `role`) and
    `images/`, by role. Raises ValueError that names a category that is unknown."""
    folder = pathlib.Path(folder)
    found = read(folder / "annotations.json")
    return {role: [p for p in found if p.entry.get("role") == role] for role in roles}


def read(path):
    """Pictures of a COCO file with `images/` or the pictures themselves beside it. Crowds are no boxes, but what lies
    in them is nobody's mistake. Raises ValueError that names a category that is unknown."""
    path = pathlib.Path(path)
    found = json.loads(path.read_text())
    names = {c["id"]: c["name"] for c in found["categories"]}
    if unknown := sorted(set(names.values()) - set(CLASSES)):
        raise ValueError(f"{path}: categories {unknown}; known are {list(CLASSES)}")
    annotations = {}
    for a in found["annotations"]:
        annotations.setdefault(a["image_id"], []).append(a)
    base = path.parent / "images" if (path.parent / "images").is_dir() else path.parent
    return [picture(base, image, annotations.get(image["id"], []), names) for image in found["images"]]


def picture(base, image, annotations, names):
    boxes = np.array([a["bbox"] for a in annotations], np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, image["width"])
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, image["height"])
    classes = np.array([CLASSES.index(names[a["category_id"]]) for a in annotations], np.int64)
    crowd = np.array([a.get("iscrowd", 0) for a in annotations], bool)
    real = (boxes[:, 2] - boxes[:, 0] >= 2) & (boxes[:, 3] - boxes[:, 1] >= 2) & ~crowd
    complete = image.get("annotated_classes", CLASSES)
    return Picture(
        path=base / image["file_name"], width=image["width"], height=image["height"],
        source=image.get("source", ""), boxes=boxes[real], classes=classes[real],
        annotated=np.array([name in complete for name in CLASSES]),
        doubtful=np.column_stack((boxes[crowd], classes[crowd])).astype(np.float32), entry=image)


def taught(picture, rows):
    """Adds what teachers see in a picture, `[left, top, right, bottom, class, score]` each, where people have not drawn
    every box. A class that teachers know and that has no complete boxes is complete with theirs; a package is background
    wherever nobody drew one, unless the source says that there may be some."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    theirs = ~picture.annotated[table[:, 4].astype(int)] if len(table) else np.zeros(0, bool)
    is_seen = theirs & (table[:, 5] >= SEEN_FROM)
    near = overlaps(table[:, :4], picture.boxes).max(axis=1, initial=0) if len(table) else np.zeros(0)
    is_doubt = (theirs & ~is_seen) | (~theirs & (table[:, 5] >= DOUBT_FROM) & (near < 0.3))
    drawn = picture.annotated[picture.classes]
    picture.boxes = np.concatenate((picture.boxes[drawn], table[is_seen, :4]))
    picture.classes = np.concatenate((picture.classes[drawn], table[is_seen, 4].astype(np.int64)))
    picture.sureness = np.concatenate((picture.sureness[drawn], np.minimum(1, table[is_seen, 5] / SURE)))
    picture.doubtful = np.concatenate((picture.doubtful, table[is_doubt, :5]))
    unknown = picture.entry.get("may_hold", [])
    picture.annotated = np.array([name not in unknown for name in CLASSES])
    return picture


def untaught(picture):
    """A picture that no teacher has seen: only a package is background where nobody drew one, see `taught`."""
    if "package" not in picture.entry.get("may_hold", []):
        picture.annotated[CLASSES.index("package")] = True
    return picture


def coco(pictures, file_name=lambda picture: picture.path.name):
    """The pictures as a COCO dictionary, whatever they were read from."""
    images, annotations = [], []
    for number, p in enumerate(pictures, 1):
        images.append({
            "id": number, "file_name": file_name(p), "width": p.width, "height": p.height, "source": p.source,
            "role": p.entry.get("role", "test"),
            "annotated_classes": [name for name, is_complete in zip(CLASSES, p.annotated) if is_complete],
        })
        for (left, top, right, bottom), index in zip(p.boxes.tolist(), p.classes.tolist()):
            annotations.append({
                "id": len(annotations) + 1, "image_id": number, "category_id": index + 1, "iscrowd": 0,
                "bbox": [round(v, 2) for v in (left, top, right - left, bottom - top)],
                "area": round((right - left) * (bottom - top), 2),
            })
    categories = [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)]
    return {"images": images, "annotations": annotations, "categories": categories}
