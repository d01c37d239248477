"""From repositories to a data set: a wrong box teaches nonsense, and a test picture that was trained on flatters."""

import json
import subprocess

import cv2
import numpy as np
import pytest
from porchlight_training.dataset import load
from porchlight_training.gather import FORMS, Seen, gathered, hashes, original, read_sources


def scene(seed):
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 255, (6, 9, 3), dtype=np.uint8), (300, 200), interpolation=cv2.INTER_CUBIC)


def repository(folder, files):
    """A bare repository with one commit; returns the commit."""
    work = folder.parent / f"{folder.name}-work"
    for path, data in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(data)
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@b"]
    for step in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "all"]):
        subprocess.run([*git, *step], check=True)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(folder)], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=True, text=True).stdout.strip()


def png(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


def source(name, commit, role, **more):
    return {
        "name": name, "repo": f"somebody/{name}", "commit": commit, "licence": "MIT", "role": role, "about": "",
        "pictures": "^images/", **more}


LABELS = {"labels": "yolo", "labelFiles": [["images/", "labels/"], [r"\.png$", ".txt"]], "classes": {"0": "package"}}


def test_sources_become_pictures_with_boxes_and_no_picture_is_in_two_roles(tmp_path):
    label = b"0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.1 0.1\n"
    first = repository(tmp_path / "somebody+learn", {
        "images/a.png": png(scene(1)), "labels/a.txt": label, "images/b.png": png(scene(2)), "labels/b.txt": label,
        "images/c.png": png(scene(3)), "other/d.png": png(scene(4))})
    second = repository(tmp_path / "somebody+judge", {
        "images/a.png": png(scene(1)[:, ::-1]), "images/big.png": png(cv2.resize(scene(5), (1500, 1000)))})
    sources = [
        source("learn", first, "train", complete=["package"], **LABELS),
        source("judge", second, "test", empty=["person", "cat", "dog", "package"])]
    counts = gathered(sources, tmp_path, tmp_path / "out", tell=lambda _: None)
    assert counts == {"judge": 2, "learn": 1}, "the mirrored copy of a test picture is not trained on"
    found = load(tmp_path / "out")
    assert found["train"][0].boxes == pytest.approx(np.array([[120, 60, 180, 140]]))
    assert found["train"][0].annotated.tolist() == [False, False, False, True]
    assert all(p.annotated.all() and len(p.boxes) == 0 for p in found["test"])
    assert max(p.width for p in found["test"]) == 640


def test_pictures_that_must_stay_unseen_are_left_out(tmp_path):
    commit = repository(tmp_path / "somebody+learn", {"images/a.png": png(scene(1)), "images/b.png": png(scene(2))})
    first, second = hashes(scene(1))
    np.savez(tmp_path / "unseen.npz", p=np.array([first]), d=np.array([second]))
    sources = [source("learn", commit, "train")]
    assert gathered(sources, tmp_path, tmp_path / "out", tmp_path / "unseen.npz", lambda _: None) == {"learn": 1}


def test_what_resembles_is_told_from_what_does_not():
    seen = Seen()
    seen.add(hashes(scene(1)))
    brighter = np.clip(scene(1).astype(int) + 12, 0, 255).astype(np.uint8)
    assert seen.has(hashes(cv2.resize(brighter, (240, 160))), (6, 10))
    assert not seen.has(hashes(scene(2)), (6, 10))


def test_labels_of_every_form_say_the_same():
    assert FORMS["yolo"]("7 0.5 0.5 0.5 0.5\n7 0.25 0.25 0.75 0.25 0.75 0.75", {"7": "cat"}, (0, 0)) == [
        ("cat", 0.25, 0.25, 0.75, 0.75)] * 2
    text = "<a><size><width>40</width><height>20</height></size><object><name>cat</name><bndbox><xmin>10</xmin>" \
        "<ymin>5</ymin><xmax>30</xmax><ymax>15</ymax></bndbox></object></a>"
    assert FORMS["voc"](text, {"cat": "cat"}, (1, 1)) == [("cat", 0.25, 0.25, 0.75, 0.75)]
    assert FORMS["penn"]("Bounding box for object 1 (Xmin, Ymin) - (Xmax, Ymax) : (10, 5) - (30, 15)", {"*": "cat"}, (40, 20)) == [
        ("cat", 0.25, 0.25, 0.75, 0.75)]


def test_copies_that_a_labelling_service_altered_are_one_photograph():
    assert original("x/034_jpg.rf.0123456789abcdef.jpg") == original("y/034_jpg.rf.fedcba9876543210.jpg") == "034"


@pytest.mark.parametrize("change, message", [
    ({"role": "both"}, "role is 'both'"), ({"complete": ["zebra"]}, "zebra"), ({"licence": None}, "licence missing")])
def test_a_list_of_sources_that_is_wrong_says_where(tmp_path, change, message):
    entry = {**source("odd", "0" * 40, "train"), **change}
    entry = {key: value for key, value in entry.items() if value is not None}
    (tmp_path / "sources.json").write_text(json.dumps({"sources": [entry]}))
    with pytest.raises(ValueError, match=f"odd: {message}|odd: unknown class {message}"):
        read_sources(tmp_path / "sources.json")
