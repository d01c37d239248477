"""How well an embedder tells faces apart: pairs by the protocols of LFW and CFP, false accepts among all strangers."""

import json
import math
import pathlib

import cv2
import numpy as np

from .embedder import PUBLISHED_SIDE
from .evaluate import session
from .face_export import ANCHORS
from .faces import similarity, upright
from .gather import Repository, fetched

#: Where the pictures for measuring lie; none of them is used for anything else.
LFW = {"repo": "braun-steven/dfi-tensorflow", "commit": "0a86d9a0c4e0c208f03766075a0fbaead1374e3e"}
PAIRS = {"repo": "davidsandberg/facenet", "commit": "096ed770f163957c1e56efa7feeb194773920f6e"}
CFP = {"repo": "zhangjunh/DR-GAN-by-pytorch", "commit": "12de9e083449d5ab0b6cd63afc8df697bd7f63c2"}
#: Pixels (all without a number) and light of the pictures in the table of qualities; the first is the clean one.
QUALITIES = ((None, None), (48, None), (32, None), (24, None), (16, None), (None, "grey"), (None, "infra-red"),
             (48, "infra-red"), (32, "infra-red"), (None, "mask"))
#: How far the face is lowered in the views of a single picture, in shares of the side; each is mirrored, too.
VIEWS = (-2 / 96, 2 / 96)
#: Cells of equal width between a cosine of -1 and of 1 in which pairs are counted.
CELLS = 4000


class Chain:
    """What the program does: find the face in the middle, turn it upright, embed it."""

    def __init__(self, model, finder):
        self.finder, self.run = finder, session(model)
        told = json.loads(pathlib.Path(model).with_suffix(".json").read_text())
        self.five = np.array(told["alignment"], np.float32)
        self.name, shape = self.run.get_inputs()[0].name, self.run.get_inputs()[0].shape
        self.side = shape[2]

    def points(self, pixels):
        """The five points of the face nearest to the middle; None without one."""
        rows = self.finder(pixels)
        if not len(rows):
            # Once more, twice as large.
            rows = self.finder(cv2.resize(pixels, None, fx=2, fy=2), 2 * max(pixels.shape[:2]))
            rows[:, :14] /= 2
        if not len(rows):
            return None
        middle = np.array(pixels.shape[1::-1]) / 2
        away = ((rows[:, :2] + rows[:, 2:4] / 2 - middle) ** 2).sum(axis=1)
        return rows[away.argmin(), 4:14].reshape(5, 2)

    def crop(self, pixels, points, lowered=0.0):
        matrix = similarity(points, (self.five + np.array([0, lowered])) * self.side)
        return cv2.warpAffine(pixels, matrix, (self.side, self.side), flags=cv2.INTER_LINEAR)

    def embed(self, crop):
        """`[numbers]` of length 1."""
        made = self.run.run(None, {self.name: crop.transpose(2, 0, 1)[None].astype(np.float32)})[0].ravel()
        return made.astype(np.float64) / np.linalg.norm(made)

    def of(self, pixels):
        """The mean of four views, as of a single picture; None without a face."""
        points = self.points(pixels)
        if points is None:
            return None
        crops = [self.crop(pixels, points, lowered) for lowered in VIEWS]
        views = sum(self.embed(crop) + self.embed(crop[:, ::-1]) for crop in crops)
        return views / np.linalg.norm(views)


def folds(scores, same, number):
    """The mean over the folds of how many pairs are right at the threshold that is best for the other folds, percent."""
    shares = []
    for fold in np.unique(number):
        tried = np.quantile(scores[number != fold], np.linspace(0, 1, 2001))
        right = [((scores[number != fold] > t) == same[number != fold]).mean() for t in tried]
        best = tried[int(np.argmax(right))]
        shares.append(((scores[number == fold] > best) == same[number == fold]).mean())
    return 100 * float(np.mean(shares)), 100 * float(np.std(shares))


def true_accepts(scores, same, false_accepts):
    """The share of equal pairs, in percent, above the threshold that so few unequal ones pass."""
    strangers = np.sort(scores[~same])
    threshold = strangers[math.ceil((1 - false_accepts) * len(strangers)) - 1]
    return 100 * float((scores[same] > threshold).mean())


def strangers(embeddings, names):
    """`[CELLS]`: how many pairs of different people have a cosine in each cell between -1 and 1."""
    counts = np.zeros(CELLS, np.int64)
    people = np.unique(names, return_inverse=True)[1]
    for first in range(0, len(embeddings), 1000):
        cosines = embeddings[first : first + 1000] @ embeddings.T
        later = np.arange(len(embeddings))[None] > np.arange(first, min(first + 1000, len(embeddings)))[:, None]
        others = later & (people[None] != people[first : first + 1000, None])
        cells = np.clip(((cosines[others] + 1) / 2 * CELLS).astype(int), 0, CELLS - 1)
        counts += np.bincount(cells, minlength=CELLS)
    return counts


def threshold_of(counts, false_accepts):
    """The lowest cosine that at most this share of the pairs reaches."""
    above = counts[::-1].cumsum()[::-1]
    return float(np.argmax(above <= false_accepts * counts.sum())) / CELLS * 2 - 1


def curve(counts):
    """Slope and middle of the similarity `100 / (1 + exp(-slope (cosine - middle)))` that has ANCHORS."""
    (low, at_low), (high, at_high) = ((threshold_of(counts, share), percent) for share, percent in ANCHORS.items())
    odds = [math.log(percent / (100 - percent)) for percent in (at_low, at_high)]
    slope = (odds[1] - odds[0]) / (high - low)
    return slope, low - odds[0] / slope


def lfw_pairs(text):
    """`[(name, name, same)]` of pairs.txt: ten folds, each of as many equal pairs as unequal ones."""
    made = []
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) == 3:
            made.append((f"{words[0]}_{int(words[1]):04d}", f"{words[0]}_{int(words[2]):04d}", True))
        elif len(words) == 4:
            made.append((f"{words[0]}_{int(words[1]):04d}", f"{words[2]}_{int(words[3]):04d}", False))
    return made


def pictures(repository, pattern):
    for path in sorted(path for path in repository.files if pattern(path)):
        yield path, cv2.imdecode(np.frombuffer(repository.read(path), np.uint8), cv2.IMREAD_COLOR)


def listed_pairs(clones):
    repository = Repository(fetched(PAIRS, clones), PAIRS["commit"])
    pairs = lfw_pairs(repository.read("data/pairs.txt").decode())
    repository.close()
    return pairs


def measure_lfw(chain, clones, every=True):
    """Figures of LFW's 6,000 pairs, and of all pairs of strangers among its 13,233 pictures when `every`."""
    pairs = listed_pairs(clones)
    wanted = {name for pair in pairs for name in pair[:2]}
    repository = Repository(fetched(LFW, clones), LFW["commit"])
    found = {}
    for path, pixels in pictures(repository, lambda path: "/lfw-deepfunneled/" in path and path.endswith(".jpg")):
        name = pathlib.Path(path).stem
        if every or name in wanted:
            found[name] = chain.of(pixels)
    repository.close()
    scores = np.array([cosine(found.get(one), found.get(two)) for one, two, _ in pairs])
    same = np.array([pair[2] for pair in pairs])
    right, spread = folds(scores, same, np.arange(len(pairs)) * 10 // len(pairs))
    told = {"pairs": right, "spread": spread, "tarAtFar1e-3": true_accepts(scores, same, 1e-3),
            "notFound": sum(value is None for value in found.values())}
    if every:
        seen = {name: value for name, value in found.items() if value is not None}
        counts = strangers(np.stack(list(seen.values())), [name[:-5] for name in seen])
        slope, middle = curve(counts)
        told |= {"counts": counts, "strangers": int(counts.sum()), "slope": slope, "middle": middle,
                 "cosineAtFar": {str(share): threshold_of(counts, share) for share in (1e-2, 1e-3, 1e-4, 1e-5)}}
    return told


def worse(crop, pixels=None, light=None, rng=None):
    """An upright face as a camera shows it that sees it with so few pixels, in grey, in imitated infra-red, or masked."""
    side = crop.shape[0]
    if pixels:
        few = cv2.resize(crop, (pixels, pixels), interpolation=cv2.INTER_AREA)
        crop = cv2.resize(few, (side, side), interpolation=cv2.INTER_LINEAR)
    if light == "mask":
        crop = crop.copy()
        crop[int(0.62 * side) :, int(0.1 * side) : int(0.9 * side)] = 200
    if light in ("grey", "infra-red"):
        crop = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if light == "infra-red":
        noise = rng.normal(0, 10, crop.shape[:2])[..., None]
        crop = np.clip(crop.astype(np.float32) * 0.55 + 20 + noise, 0, 255).astype(np.uint8)
    return crop


def measure_quality(chain, clones, counts):
    """Of the first 1,200 pairs of LFW, with one picture or both made worse: the share of pairs that are right at the
    threshold of one false accept in a thousand, of equal ones that reach a similarity of 80, and of strangers that do."""
    pairs = listed_pairs(clones)[:1200]
    same = np.array([pair[2] for pair in pairs])
    repository = Repository(fetched(LFW, clones), LFW["commit"])
    wanted = {name for pair in pairs for name in pair[:2]}
    crops = {}
    for path, pixels in pictures(repository, lambda path: pathlib.Path(path).stem in wanted and path.endswith(".jpg")):
        if "/lfw-deepfunneled/" in path and (points := chain.points(pixels)) is not None:
            crops[pathlib.Path(path).stem] = upright(pixels, points, PUBLISHED_SIDE)
    repository.close()
    rows, clean = [], None
    for pixels, light in QUALITIES:
        rng = np.random.default_rng(1)
        seen = {
            name: chain.embed(cv2.resize(worse(crop, pixels, light, rng), (chain.side, chain.side)))
            for name, crop in crops.items()}
        clean = clean or seen
        for references in ((clean,) if pixels in (None, 48) else (clean, seen)):
            scores = np.array([cosine(references.get(one), seen.get(two)) for one, two, _ in pairs])
            surely, likely = threshold_of(counts, 1e-4), threshold_of(counts, 1e-3)
            rows.append({
                "probe": {"pixels": pixels, "light": light}, "reference": "clean" if references is clean else "the same",
                "right": 100 * float(((scores > likely) == same).mean()),
                "found": 100 * float((scores[same] > surely).mean()),
                "wrong": 100 * float((scores[~same] > surely).mean())})
    return rows


def cosine(one, two):
    return -1.0 if one is None or two is None else float(one @ two)


def measure_cfp(chain, clones):
    """Figures of CFP's frontal pairs and of its pairs of a frontal and a profile picture."""
    repository = Repository(fetched(CFP, clones), CFP["commit"])
    # The lists know nothing of the folders train and test, in which the repository keeps the people.
    found = {tuple(path.split("/")[-3:]): chain.of(pixels) for path, pixels in pictures(
        repository, lambda path: "/Data/Images/" in path and path.endswith(".jpg"))}

    def lines(path):
        return repository.read(f"cfp-dataset/Protocol/{path}").decode().split("\n")

    def listed(kind):
        paths = [line.split()[1] for line in lines(f"Pair_list_{kind}.txt") if line.strip()]
        return [found.get(tuple(path.split("/")[-3:])) for path in paths]

    lists = {kind: listed(kind) for kind in "FP"}
    told = {"notFound": sum(value is None for value in found.values())}
    for kind in ("FF", "FP"):
        rows = []
        for fold in range(1, 11):
            for name in ("same", "diff"):
                for line in filter(str.strip, lines(f"Split/{kind}/{fold:02d}/{name}.txt")):
                    one, two = (int(word) - 1 for word in line.split(","))
                    rows.append((cosine(lists["F"][one], lists[kind[1]][two]), name == "same", fold))
        scores, same, number = (np.array(column) for column in zip(*rows))
        told[kind], told[f"{kind}Spread"] = folds(scores, same, number)
    repository.close()
    return told
