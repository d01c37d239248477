"""Labelled pictures, read once and kept as they are on disk (JPEG)."""

import json
import pathlib
from dataclasses import dataclass, field

import cv2
import numpy as np

from .network import CLASSES
from .splits import part

#: Collected as pictures without a person, a pet or a parcel: everything in them is background, whatever their
#: `annotated_classes` say.
EMPTY = {"emanhamed/Houses-dataset"}


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
    #: `[m, 5]` left, top, right, bottom, class: a teacher sees something here that nobody has labelled.
    doubtful: np.ndarray = field(default_factory=lambda: np.zeros((0, 5), np.float32))
    #: The strongest score that a network before this one gave to anything in it, where nothing is.
    alarm: float = 0.0
    #: The entry in the annotations, as it was.
    entry: dict = field(default_factory=dict)

    def read(self):
        """`[height, width, 3]` uint8, blue first. Raises ValueError when the file holds no picture."""
        pixels = cv2.imdecode(np.fromfile(self.path, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{self.path} holds no picture")
        return pixels


def load(folder, wanted=None, only=("train", "val", "test")):
    """The pictures of a folder with `annotations.json` (COCO, with `annotated_classes`) and `images/`.

    wanted: a function of source and file name that tells the part; `splits.part` without one.
    Raises ValueError that names a category or class that is unknown.
    """
    folder = pathlib.Path(folder)
    found = json.loads((folder / "annotations.json").read_text())
    names = {c["id"]: c["name"] for c in found["categories"]}
    if unknown := sorted(set(names.values()) - set(CLASSES)):
        raise ValueError(f"{folder}: categories {unknown}; known are {list(CLASSES)}")
    annotations = {}
    for a in found["annotations"]:
        annotations.setdefault(a["image_id"], []).append(a)
    pictures = {name: [] for name in only}
    for image in found["images"]:
        where = (wanted or part)(image.get("source", ""), image.get("source_file", image["file_name"]))
        if where in pictures:
            pictures[where].append(picture(folder, image, annotations.get(image["id"], []), names))
    return pictures


def picture(folder, image, annotations, names):
    boxes = np.array([a["bbox"] for a in annotations], np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, image["width"])
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, image["height"])
    classes = np.array([CLASSES.index(names[a["category_id"]]) for a in annotations], np.int64)
    real = (boxes[:, 2] - boxes[:, 0] >= 2) & (boxes[:, 3] - boxes[:, 1] >= 2)
    is_empty = image.get("source") in EMPTY
    complete = CLASSES if is_empty else image.get("annotated_classes", CLASSES)
    return Picture(
        path=folder / "images" / image["file_name"], width=image["width"], height=image["height"],
        source=image.get("source", ""), boxes=boxes[real], classes=classes[real],
        annotated=np.array([name in complete for name in CLASSES]), entry=image)


def coco(pictures, file_name=lambda picture: picture.path.name):
    """The pictures as a COCO dictionary, whatever they were read from."""
    images, annotations = [], []
    for number, p in enumerate(pictures, 1):
        images.append({
            "id": number, "file_name": file_name(p), "width": p.width, "height": p.height, "source": p.source,
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
