import pathlib
import sys

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from porchlight_training.dataset import Picture  # noqa: E402


def painted(path, size, boxes, rng):
    """A picture of noise with bright rectangles where the boxes are."""
    pixels = rng.integers(0, 90, (size[1], size[0], 3), dtype=np.uint8)
    for left, top, right, bottom in boxes:
        pixels[int(top) : int(bottom), int(left) : int(right)] = (40, 120, 240)
    cv2.imwrite(str(path), pixels)


@pytest.fixture
def pictures(tmp_path):
    """Six small pictures; the last has no object, the one before it lacks labels for cats and dogs."""
    rng = np.random.default_rng(7)
    made = []
    for index in range(6):
        boxes = np.array([[30 + 10 * index, 20, 110 + 10 * index, 100]], np.float32) if index < 5 else np.zeros((0, 4))
        path = tmp_path / f"{index}.png"
        painted(path, (240, 160), boxes, rng)
        annotated = np.array([True, index != 4, index != 4, True])
        made.append(Picture(
            path=path, width=240, height=160, source="somebody/pictures", boxes=boxes.astype(np.float32),
            classes=np.full(len(boxes), 3 if index % 2 else 0, np.int64), annotated=annotated,
            entry={"file_name": path.name}))
    return made
