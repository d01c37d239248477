"""The accuracy of a detector, measured a second time: ONNX Runtime, numpy and the definitions word for word.

Shares nothing with Porchlight but the definitions: pictures are decoded by ffmpeg, resized here, read by heads that are
written down here, and compared picture by picture in plain loops.
"""

import subprocess

import numpy as np
import onnxruntime

COCO = {"person": 0, "cat": 15, "dog": 16}
LABELS = {"PERSON": ["person"], "PET": ["cat", "dog"]}
FLOOR = 0.01


def picture(path, width, height):
    """Its pixels, B G R."""
    command = ["ffmpeg", "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def resample(length, wanted):
    """Each row says how an output is mixed of the inputs: covered parts when shrinking, else linear between centres."""
    ratio = length / wanted
    matrix = np.zeros((wanted, length))
    for row in range(wanted):
        if ratio > 1:
            start, end = row * ratio, (row + 1) * ratio
            cells = np.arange(length)
            matrix[row] = np.clip(np.minimum(end, cells + 1) - np.maximum(start, cells), 0, None)
        else:
            center = min(max((row + 0.5) * ratio - 0.5, 0), length - 1)
            low = min(int(center), max(length - 2, 0))
            matrix[row, low] += 1 - (center - low)
            matrix[row, min(low + 1, length - 1)] += center - low
    return matrix / matrix.sum(1, keepdims=True)


def letterbox(pixels, side, pad):
    """The picture at the top left of a square, and the ratios by which it became smaller."""
    height, width = pixels.shape[:2]
    ratio = min(side / width, side / height)
    inner = [round(height * ratio), round(width * ratio)]
    small = np.einsum("yh,hwc->ywc", resample(height, inner[0]), pixels.astype(np.float64))
    small = np.einsum("xw,ywc->yxc", resample(width, inner[1]), small)
    square = np.full((side, side, 3), float(pad))
    square[: inner[0], : inner[1]] = small
    return square, (inner[1] / width, inner[0] / height)


def cells(side, strides):
    """Column, row and stride of every cell."""
    rows = []
    for stride in strides:
        count = -(-side // stride)
        rows += [(x, y, stride) for y in range(count) for x in range(count)]
    return np.array(rows, float)


def suppressed(boxes, scores):
    """Indexes that are left of one class, the surest first."""
    kept = []
    for index in np.argsort(-scores, kind="stable")[:300]:
        if all(iou(boxes[index], boxes[other]) <= 0.6 for other in kept):
            kept.append(index)
    return kept


def iou(a, b):
    shared = overlap(a, b)
    return shared / (area(a) + area(b) - shared) if shared > 0 else 0.0


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def overlap(a, b):
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


class Detector:
    def __init__(self, model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        onnxruntime.set_default_logger_severity(3)
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.side = self.session.get_inputs()[0].shape[2]

    def raw(self, square):
        tensor = square.transpose(2, 0, 1)[None].astype(np.float32)
        return self.session.run(None, {self.session.get_inputs()[0].name: tensor})[0][0].astype(np.float64)

    def __call__(self, pixels):
        """(class, confidence, corners in pixels), the surest first, at most 100."""
        height, width = pixels.shape[:2]
        square, ratios = letterbox(pixels, self.side, self.pad)
        boxes, scores = self.decode(self.raw(self.normalised(square)))
        boxes = boxes / np.array([*ratios, *ratios])
        found = []
        for name, column in COCO.items():
            sure = np.flatnonzero(scores[:, column] >= FLOOR)
            for index in suppressed(boxes[sure], scores[sure, column]):
                box = np.clip(boxes[sure[index]], 0, [width, height, width, height])
                if area(box) > 0:
                    found.append((name, float(np.float32(scores[sure[index], column])), box))
        return sorted(found, key=lambda one: -one[1])[:100]


class YOLOX(Detector):
    path = "models/yolox-nano/yolox_nano.onnx"
    pad = 114

    def normalised(self, square):
        return square

    def decode(self, rows):
        grid = cells(self.side, (8, 16, 32))
        center = (rows[:, :2] + grid[:, :2]) * grid[:, 2:]
        half = np.exp(rows[:, 2:4]) * grid[:, 2:] / 2
        return np.concatenate([center - half, center + half], 1), rows[:, 4:5] * rows[:, 5:]


class NanoDetPlus(Detector):
    path = "models/nanodet-plus-m/nanodet-plus-m_416.onnx"
    pad = 0

    def normalised(self, square):
        return (square - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]

    def decode(self, rows):
        grid = cells(self.side, (8, 16, 32, 64))
        center = grid[:, :2] * grid[:, 2:]
        sides = np.exp(rows[:, 80:].reshape(-1, 4, 8))
        distance = (sides / sides.sum(2, keepdims=True) * np.arange(8)).sum(2) * grid[:, 2:]
        return np.concatenate([center - distance[:, :2], center + distance[:, 2:]], 1), 1 / (1 + np.exp(-rows[:, :80]))


class PlainAccuracy:
    def __init__(self, dataset, folder, detect):
        self.names = {category["id"]: category["name"] for category in dataset["categories"]}
        self.pictures = dataset["images"]
        self.truths = {image["id"]: [] for image in self.pictures}
        for annotation in dataset["annotations"]:
            x, y, w, h = annotation["bbox"]
            self.truths[annotation["image_id"]].append(
                (self.names[annotation["category_id"]], (x, y, x + w, y + h), bool(annotation.get("iscrowd", 0)))
            )
        self.found = {
            image["id"]: detect(picture(folder / image["file_name"], image["width"], image["height"]))
            for image in self.pictures
        }

    def rows(self):
        groups = {name: [name] for name in COCO} | LABELS
        return {name: self.row(classes, name in LABELS) for name, classes in groups.items()}

    def row(self, classes, is_label):
        marks, boxes = self.marks(classes, 0.5)
        told = [mark for mark in marks if mark[0] >= 0.5]
        right = sum(mark[1] for mark in told)
        small, small_boxes = self.marks(classes, 0.5, small=True)
        every = [self.average_precision(*self.marks(classes, (50 + 5 * step) / 100)) for step in range(10)]
        row = {
            "boxes": boxes,
            "ap50": every[0],
            "ap50to95": None if every[0] is None else sum(every) / 10,
            "smallBoxes": small_boxes,
            "smallAp50": self.average_precision(small, small_boxes),
            "recall": 100 * right / boxes if boxes else None,
            "precision": 100 * right / len(told) if told else None,
        }
        return row

    def marks(self, classes, threshold, small=False):
        """(confidence, right) of every detection that counts, and the number of boxes to find."""
        marks, boxes = [], 0
        for image in self.pictures:
            if not set(classes) <= set(image.get("annotated_classes", self.names.values())):
                continue
            limit = 0.01 * image["width"] * image["height"]
            truths = [(box, crowd) for name, box, crowd in self.truths[image["id"]] if name in classes]
            ignored = [crowd or (small and area(box) >= limit) for box, crowd in truths]
            boxes += ignored.count(False)
            taken = set()
            for name, confidence, box in self.found[image["id"]]:
                if name not in classes:
                    continue
                best = None
                for index, (truth, crowd) in enumerate(truths):
                    fit = overlap(box, truth) / area(box) if crowd else iou(box, truth)
                    if index in taken or fit < threshold:
                        continue
                    if best is None or (not ignored[index], fit) > (not ignored[best[0]], best[1]):
                        best = (index, fit)
                if best and not truths[best[0]][1]:
                    taken.add(best[0])
                if best is None and small and area(box) >= limit:
                    continue
                if best is None or not ignored[best[0]]:
                    marks.append((confidence, best is not None))
        return marks, boxes

    @staticmethod
    def average_precision(marks, boxes):
        if not boxes:
            return None
        curve, right = [], 0
        for index, (_, is_right) in enumerate(sorted(marks, key=lambda mark: -mark[0])):
            right += is_right
            curve.append((right / boxes, right / (index + 1)))
        best = [max((p for recall, p in curve if recall >= point / 100), default=0) for point in range(101)]
        return 100 * sum(best) / 101
