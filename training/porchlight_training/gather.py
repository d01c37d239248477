"""From public repositories to one data set: `sources.json` says which pictures, which labels, and what for.

Every source is one of train, val and test as a whole. Near-duplicates, also mirrored ones, are left out; a source
further down in the file gives way to one above, so test sources stand first.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np

from .network import CLASSES

ROLES = ("train", "val", "test")
#: Pictures are stored no larger than this: sides and pixels.
LONGEST, MOST_PIXELS = 640, 640 * 480
SMALLEST = 90
PICTURE = re.compile(r"\.(jpe?g|png|bmp|webp)$", re.IGNORECASE)
#: Bits in which two perceptual hashes (by frequency, by gradient) of the same scene may differ.
ALIKE = (6, 10)
#: The same for pictures that must stay unseen, in any orientation.
ALIKE_UNSEEN = ((8, 14), (12, 8))


class Repository:
    """Files of a git repository at one commit, read without a work tree."""

    def __init__(self, folder, commit):
        self.git = ["git", "-C", str(folder)]
        listed = subprocess.run([*self.git, "ls-tree", "-r", "-z", commit], capture_output=True, check=True).stdout
        self.files = {}
        for line in listed.split(b"\0"):
            if b"\t" in line:
                kind, path = line.split(b"\t", 1)
                self.files[os.fsdecode(path)] = kind.split()[2]
        self.reader = subprocess.Popen(
            [*self.git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, path):
        """The bytes of a file, or None where there is none."""
        name = self.files.get(path)
        if name is None:
            return None
        self.reader.stdin.write(name + b"\n")
        self.reader.stdin.flush()
        answer = self.reader.stdout.readline().split()
        if len(answer) != 3:
            return None
        data = self.reader.stdout.read(int(answer[2]))
        self.reader.stdout.read(1)
        return data

    def close(self):
        self.reader.stdin.close()
        self.reader.wait()


def fetched(source, clones):
    """The folder with a source's commit, fetched from GitHub unless it is there. Raises CalledProcessError."""
    folder = pathlib.Path(clones) / source["repo"].replace("/", "+")
    git = ["git", "-C", str(folder)]
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run([*git, "init", "--quiet", "--bare"], check=True)
    if subprocess.run([*git, "cat-file", "-e", source["commit"]], capture_output=True).returncode != 0:
        address = f"https://github.com/{source['repo']}"
        subprocess.run([*git, "fetch", "--quiet", "--depth", "1", address, source["commit"]], check=True)
    return folder


def read_listed(path, kind, needed):
    """Raises ValueError when an entry lacks something."""
    sources = json.loads(pathlib.Path(path).read_text())[kind]
    for source in sources:
        if missing := needed - source.keys():
            raise ValueError(f"{source.get('name', source)}: {', '.join(sorted(missing))} missing")
    return sources


def read_face_sources(path):
    """The repositories out of whose pictures faces are cut. Raises ValueError when an entry lacks something."""
    return read_listed(path, "faces", {"name", "repo", "commit", "licence", "pictures", "about"})


def read_sources(path):
    """Raises ValueError when an entry lacks something or has an unknown role or class."""
    sources = read_listed(path, "sources", {"name", "repo", "commit", "licence", "role", "pictures", "about"})
    for source in sources:
        if source["role"] not in ROLES:
            raise ValueError(f"{source['name']}: role is {source['role']!r}, not one of {', '.join(ROLES)}")
        named = {*source.get("classes", {}).values(), *source.get("complete", []), *source.get("empty", [])}
        if unknown := named - set(CLASSES):
            raise ValueError(f"{source['name']}: unknown class {', '.join(sorted(unknown))}")
    return sources


# MARK: labels; each gives [(class, left, top, right, bottom)] as shares of the picture, or None without a label file


def yolo(text, classes, _):
    rows = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 5 or words[0] not in classes:
            continue
        numbers = [float(word) for word in words[1:]]
        if len(numbers) == 4:
            x, y, w, h = numbers
            corners = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        else:
            corners = (min(numbers[0::2]), min(numbers[1::2]), max(numbers[0::2]), max(numbers[1::2]))
        rows.append((classes[words[0]], *corners))
    return rows


def voc(text, classes, size):
    root = ElementTree.fromstring(text)
    width = float(root.findtext("size/width") or 0) or size[0]
    height = float(root.findtext("size/height") or 0) or size[1]
    rows = []
    for item in root.iter("object"):
        name = (item.findtext("name") or "").strip()
        if name in classes and (box := item.find("bndbox")) is not None:
            left, top, right, bottom = (float(box.findtext(key)) for key in ("xmin", "ymin", "xmax", "ymax"))
            rows.append((classes[name], left / width, top / height, right / width, bottom / height))
    return rows


def penn(text, classes, size):
    found = re.findall(r"Bounding box.*?\((\d+), (\d+)\) - \((\d+), (\d+)\)", text)
    sides = (*size, *size)
    return [(classes["*"], *(int(v) / side for v, side in zip(corners, sides))) for corners in found]


FORMS = {"yolo": yolo, "voc": voc, "penn": penn}


class Labels:
    """The labels of one source."""

    def __init__(self, source, repository):
        self.source, self.repository = source, repository
        self.classes = source.get("classes", {})
        tables = {"coco": self.coco, "rows": self.rows}
        self.table = tables[source["labels"]]() if source.get("labels") in tables else None

    def coco(self):
        table = {}
        for path in sorted(self.repository.files):
            if not re.search(self.source["labelFiles"], path):
                continue
            told = json.loads(self.repository.read(path))
            names = {c["id"]: self.classes.get(c["name"]) for c in told["categories"]}
            here = {}
            for image in told["images"]:
                here[image["id"]] = (image["width"], image["height"], [])
                table.setdefault(os.path.basename(image["file_name"]), here[image["id"]][2])
            for a in told["annotations"]:
                name = names.get(a["category_id"])
                if name and a["image_id"] in here:
                    width, height, rows = here[a["image_id"]]
                    x, y, w, h = a["bbox"]
                    row = (name, x / width, y / height, (x + w) / width, (y + h) / height)
                    rows.append((*row, True) if a.get("iscrowd") else row)
        return table

    def rows(self):
        """One line a picture: `path left,top,right,bottom,class ...` in pixels."""
        table = {}
        for line in self.repository.read(self.source["labelFiles"]).decode().splitlines():
            path, *boxes = line.rsplit(".", 1)[0], *line.rsplit(".", 1)[-1].split()[1:]
            found = [box.split(",") for box in boxes]
            table[os.path.basename(path)] = [
                (self.classes[box[4]], *map(float, box[:4])) for box in found if box[4] in self.classes]
        return table

    def of(self, path, size):
        if self.table is not None:
            name = os.path.basename(path)
            found = self.table.get(name, self.table.get(os.path.splitext(name)[0]))
            if found and self.source["labels"] == "rows":
                return [(row[0], *(v / side for v, side in zip(row[1:], (*size, *size)))) for row in found]
            return found
        if "labels" not in self.source:
            return []
        for old, new in self.source["labelFiles"]:
            path = re.sub(old, new, path)
        text = self.repository.read(path)
        return None if text is None else FORMS[self.source["labels"]](text.decode("utf-8", "replace"), self.classes, size)


# MARK: pictures


def hashes(pixels):
    """Two perceptual hashes of a picture, 64 bits each: of its low frequencies and of its gradients."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    small = cv2.GaussianBlur(cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA), (3, 3), 0)
    waves = cv2.dct(cv2.resize(small, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32))[:8, :8]
    steps = cv2.resize(small, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    return packed(waves > np.median(waves.flatten()[1:])), packed(steps[:, 1:] > steps[:, :-1])


def packed(bits):
    return np.packbits(bits.flatten()).view(">u8")[0].astype(np.uint64)


class Seen:
    """Hashes of pictures."""

    def __init__(self, first=(), second=()):
        self.hashes = [np.asarray(list(part), np.uint64) for part in (first, second)]
        self.new = []

    def add(self, pair):
        self.new.append(pair)
        if len(self.new) >= 256:
            self.settle()

    def settle(self):
        if self.new:
            self.hashes = [np.append(old, [p[i] for p in self.new]).astype(np.uint64) for i, old in enumerate(self.hashes)]
            self.new = []

    def has(self, pair, *limits):
        self.settle()
        first, second = (np.bitwise_count(known ^ one) for known, one in zip(self.hashes, pair))
        return any(((first <= a) & (second <= b)).any() for a, b in limits)


def fitted(pixels):
    """A picture in the size in which it is stored; never enlarged."""
    height, width = pixels.shape[:2]
    scale = min(1, LONGEST / max(width, height), (MOST_PIXELS / (width * height)) ** 0.5)
    if scale == 1:
        return pixels
    return cv2.resize(pixels, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def original(path):
    """What copies of one photograph have in common: Roboflow appends `.rf.` and a number to the name."""
    name = os.path.basename(path)
    match = re.match(r"(.+?)[._-](?:jpe?g|png|bmp|webp)\.rf\.\w+\.", name, re.IGNORECASE)
    return match[1].lower() if match else path


def chosen(source, repository):
    """The paths of a source's pictures: one of each photograph, evenly spread or in random order."""
    wanted, unwanted = re.compile(source["pictures"]), re.compile(source.get("without", r"(?!)"))
    firsts = {}
    for path in sorted(repository.files):
        if PICTURE.search(path) and wanted.search(path) and not unwanted.search(path):
            firsts.setdefault(original(path), path)
    paths = list(firsts.values())[:: source.get("every", 1)]
    if "every" not in source:
        random.Random(source["name"]).shuffle(paths)
    return paths


def as_pixels(data):
    """A picture of a repository as `[height, width, 3]`, BGR; None for what is no picture."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None


def tells(pixels):
    """Whether a picture is large enough, and not of one colour."""
    return pixels is not None and min(pixels.shape[:2]) >= SMALLEST and pixels.std() >= 6


def gather(source, folder, seen, unseen, images):
    """Yields the entries of a source's pictures and writes these into a folder."""
    repository = Repository(folder, source["commit"])
    labels = Labels(source, repository)
    count = 0
    for path in chosen(source, repository):
        if count >= source.get("most", 1000):
            break
        data = repository.read(path)
        pixels = as_pixels(data)
        if not tells(pixels):
            continue
        rows = labels.of(path, pixels.shape[1::-1])
        if rows is None or source.get("onlyWithBoxes") and not rows:
            continue
        pair, turned = hashes(pixels), hashes(np.ascontiguousarray(pixels[:, ::-1]))
        if unseen.has(pair, *ALIKE_UNSEEN) or seen.has(pair, ALIKE) or seen.has(turned, ALIKE):
            continue
        seen.add(pair)
        name = f"{source['name']}_{count:05d}.jpg"
        made = fitted(pixels)
        cv2.imwrite(str(images / name), made, [cv2.IMWRITE_JPEG_QUALITY, 90])
        count += 1
        yield entry(source, path, name, made.shape[1::-1]), rows
    repository.close()


def entry(source, path, name, size):
    empty = source.get("empty", [])
    if "emptyOnlyIn" in source and not re.search(source["emptyOnlyIn"], path):
        empty = []
    return {
        "file_name": name, "width": size[0], "height": size[1], "source": source["name"], "role": source["role"],
        "source_file": os.fsencode(path).decode("utf-8", "replace"),
        "annotated_classes": sorted({*source.get("complete", []), *empty}), "night": source.get("night", False),
        "weight": source.get("weight", 1.0), "may_hold": source.get("mayHold", [])}


def gathered(sources, clones, out, unseen_hashes=None, tell=print):
    """Writes `images/` and `annotations.json` (COCO) of all sources into a folder; returns the number per source.

    unseen_hashes: an .npz with hashes `p` and `d` of pictures that must not be in the set, nor what resembles them.
    """
    out = pathlib.Path(out)
    (out / "images").mkdir(parents=True, exist_ok=True)
    known = np.load(unseen_hashes) if unseen_hashes else {"p": [], "d": []}
    seen, unseen = Seen(), Seen(known["p"], known["d"])
    images, annotations, counts = [], [], {}
    for source in sorted(sources, key=lambda s: -ROLES.index(s["role"])):
        for image, rows in gather(source, fetched(source, clones), seen, unseen, out / "images"):
            image["id"] = len(images) + 1
            images.append(image)
            annotations += boxes_of(image, rows, len(annotations))
        counts[source["name"]] = sum(image["source"] == source["name"] for image in images)
        tell(f"{source['name']}: {counts[source['name']]}")
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(CLASSES)]
    told = {"images": images, "annotations": annotations, "categories": categories}
    (out / "annotations.json").write_text(json.dumps(told))
    return counts


def boxes_of(image, rows, before):
    """COCO annotations of rows `(class, left, top, right, bottom[, crowd])`."""
    made = []
    for name, *corners in rows:
        left, top, right, bottom = (min(max(float(v), 0), 1) for v in corners[:4])
        x, y = left * image["width"], top * image["height"]
        w, h = right * image["width"] - x, bottom * image["height"] - y
        if w >= 1.5 and h >= 1.5:
            made.append({
                "id": before + len(made) + 1, "image_id": image["id"], "category_id": CLASSES.index(name) + 1,
                "bbox": [round(v, 2) for v in (x, y, w, h)], "area": round(w * h, 2), "iscrowd": int(len(corners) > 4)})
    return made
