"""Faces as the program sees them in pictures of every kind: one and the same person in all, and nobody in a cat."""

import json
import shutil
import struct
import subprocess

import pytest
from conftest import PROGRAM, ROOT

NAME, CAT = "Eileen_Collins", "Chelsea_Cat"


def evaluate(*arguments):
    return subprocess.run([PROGRAM, "evaluate", *map(str, arguments)], capture_output=True, text=True, timeout=300)


def with_orientation(jpeg, orientation):
    """The JPEG with an EXIF segment that says how it is to be turned."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Pictures in the layout of Labeled Faces in the Wild: a public-domain portrait in six forms, and a cat."""
    photos, folder = ROOT / ".cache/photos", tmp_path_factory.mktemp("faces")
    if not (photos / "chelsea.png").exists():
        subprocess.run([ROOT / "scripts/demo-clip.sh", tmp_path_factory.mktemp("demo") / "demo.mp4"], check=True)
    person = folder / NAME
    person.mkdir()
    (folder / CAT).mkdir()
    shutil.copy(photos / "chelsea.png", folder / CAT / f"{CAT}_0001.jpg")

    def form(number, *options, suffix="jpg"):
        made = person / f"made.{suffix}"
        command = ["ffmpeg", "-loglevel", "error", "-y", "-i", photos / "astronaut.png", *options, made]
        subprocess.run(command, check=True)
        made.rename(person / f"{NAME}_{number:04}.jpg")

    form(1, "-q:v", "2")
    form(2, "-q:v", "2", "-vf", "transpose=clock")
    turned = person / f"{NAME}_0002.jpg"
    turned.write_bytes(with_orientation(turned.read_bytes(), 8))
    form(3, "-pix_fmt", "gray", "-q:v", "3")
    form(4, "-pix_fmt", "rgb48be", suffix="png")
    form(5, "-vf", "scale=2800:-1", "-q:v", "3")
    form(6, "-vf", "scale=256:-1", "-q:v", "3")
    same = [(1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 5)]
    folds = [(same[:3], [1, 2, 3]), (same[3:], [4, 5, 6])]
    lines = ["2\t3"]
    for pairs, others in folds:
        lines += [f"{NAME}\t{a}\t{b}" for a, b in pairs] + [f"{NAME}\t{a}\t{CAT}\t1" for a in others]
    (folder / "pairs.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_a_person_is_known_in_turned_grey_deep_large_and_small_pictures_and_a_cat_has_no_face(faces):
    result = evaluate("--faces", faces, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["pictures"] == 7 and report["withoutFace"] == 1
    (lfw,) = report["protocols"]
    assert lfw["accuracy"] == 100 and lfw["missed"] == 6
    # Lower, pictures of one person would be as unlike as those of two.
    assert lfw["cosine"] > -1 and lfw["trueAcceptsAt0.1"] is None


def test_a_face_of_forty_pixels_is_found_anywhere_in_a_large_picture(faces, tmp_path):
    folder = tmp_path / "far"
    (folder / NAME).mkdir(parents=True)
    shutil.copytree(faces / CAT, folder / CAT)
    # The portrait's face is 91 pixels broad; the third and the fourth lie on the seams of the parts that are looked at.
    for number, place in enumerate(("100:100", "1500:780", "880:430", "850:100", "300:800"), 1):
        graph = f"[1]scale=226:-1[face];[0][face]overlay={place}"
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:s=1920x1080"]
        command += ["-i", ROOT / ".cache/photos/astronaut.png", "-filter_complex", graph, "-frames:v", "1", "-q:v", "2"]
        subprocess.run([*command, folder / NAME / f"{NAME}_{number:04}.jpg"], check=True)
    pairs = [f"{NAME}\t1\t2", f"{NAME}\t3\t{CAT}\t1", f"{NAME}\t4\t5", f"{NAME}\t1\t{CAT}\t1"]
    (folder / "pairs.txt").write_text("\n".join(["2\t1", *pairs]) + "\n")
    report = json.loads(evaluate("--faces", folder, "--json").stdout)
    assert report["withoutFace"] == 1 and report["protocols"][0]["accuracy"] == 100


def test_the_table_for_people_has_the_same_figures(faces):
    result = evaluate("--faces", faces)
    assert result.returncode == 0, result.stderr
    assert "LFW" in result.stdout and "100.00" in result.stdout and "7 pictures" in result.stdout


def test_a_damaged_picture_and_a_folder_without_pairs_are_told_by_name(faces, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(faces, copy)
    picture = copy / NAME / f"{NAME}_0001.jpg"
    picture.write_bytes(picture.read_bytes()[:2000])
    result = evaluate("--faces", copy)
    assert result.returncode == 65 and picture.name in result.stderr
    result = evaluate("--faces", tmp_path)
    assert result.returncode == 66 and "Pair_list" in result.stderr
    result = evaluate("--faces", faces, "--detector", ROOT / "Models/default")
    assert result.returncode == 65 and "name a YuNet" in result.stderr
    result = evaluate("--faces", faces, "--clips", faces)
    assert result.returncode == 64
