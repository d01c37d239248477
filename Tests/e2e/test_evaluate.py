"""Accuracy as a person at the terminal reads it: known by construction, and the same as an independent program's."""

import json
import os
import pty
import random
import subprocess

import pytest
from conftest import PROGRAM, SHARED, TOY_MODEL
from plain_accuracy import PlainAccuracy, YOLOX, NanoDetPlus

RED, GREEN = "0xe61e1e", "0x1ee61e"
# The toy network's boxes are always three eighths of the input wide; its person is red, its cat green.
SIDE = 480


def evaluate(*arguments):
    return subprocess.run([PROGRAM, "evaluate", *map(str, arguments)], capture_output=True, text=True, timeout=300)


def one_error_line(result, status):
    assert result.returncode == status, (result.returncode, result.stdout, result.stderr)
    (line,) = result.stderr.strip().splitlines()
    return line


class Dataset:
    """A data set while it is made: grey pictures of 1280x720 with patches."""

    def __init__(self, folder):
        self.folder = folder
        self.json = {
            "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "cat"}, {"id": 3, "name": "zebra"}],
            "images": [],
            "annotations": [],
        }
        (folder / "images").mkdir()

    def picture(self, patches=(), truths=(), **members):
        number = len(self.json["images"]) + 1
        name = f"{number}.png"
        graph = "color=gray:s=1280x720[p0]"
        for index, (color, x, y) in enumerate(patches):
            graph += f";color={color}:s={SIDE}x{SIDE}[c{index}];[p{index}][c{index}]overlay=x={x}:y={y}[p{index + 1}]"
        command = ["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-map", f"[p{len(patches)}]"]
        subprocess.run([*command, "-frames:v", "1", self.folder / "images" / name], check=True)
        self.json["images"].append({"id": number, "file_name": name, "width": 1280, "height": 720, **members})
        for category, box in truths:
            self.json["annotations"].append(
                {"id": len(self.json["annotations"]) + 1, "image_id": number, "category_id": category, "bbox": box}
            )

    def write(self):
        path = self.folder / "annotations.json"
        path.write_text(json.dumps(self.json))
        return path


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Two people, of whom one is red and one is not; a cat; an empty picture with a red patch; two empty ones."""
    made = Dataset(tmp_path_factory.mktemp("dataset"))
    made.picture([(RED, 100, 120)], [(1, [100, 120, SIDE, SIDE])])
    made.picture([], [(1, [400, 100, 400, 400])])
    made.picture([(GREEN, 700, 120)], [(2, [700, 120, SIDE, SIDE])])
    # Where the toy network sees one patch once; between its cells it would see it twice.
    made.picture([(RED, 100, 120)])
    made.picture()
    # Nobody looked for cats here, so the green one is no false alarm, and this picture is not one of the empty ones.
    made.picture([(GREEN, 100, 100)], annotated_classes=["person"])
    made.write()
    return made


def rows(report):
    return {row["name"]: row for row in report["classes"] + report["labels"]}


def test_the_figures_of_a_made_data_set_are_those_of_its_making(dataset):
    result = evaluate("--dataset", dataset.write(), "--model", TOY_MODEL, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["model"], report["pictures"]) == ("toy_detector", 6)
    assert [row["name"] for row in report["classes"]] == ["person", "cat"]
    assert [row["name"] for row in report["labels"]] == ["PERSON", "PET"]
    person, cat = rows(report)["person"], rows(report)["cat"]
    assert (person["pictures"], person["boxes"], cat["pictures"], cat["boxes"]) == (6, 2, 5, 1)
    # Half of the people are found; the red patch that is none is as sure as the one that is, and comes later.
    assert person["ap50"] == pytest.approx(100 * 51 / 101, abs=0.02)
    assert (person["recall"], person["precision"]) == (50, 50)
    assert (cat["ap50"], cat["recall"], cat["precision"]) == (100, 100, 100)
    assert person["smallBoxes"] == 0 and person["smallAp50"] is None
    alarms = report["falseAlarms"]
    assert (alarms["count"], alarms["pictures"], alarms["percent"]) == (1, 2, 50)
    assert [(alarm["file"], alarm["class"]) for alarm in alarms["worst"]] == [("4.png", "person")]
    # Of the sure people one is right and one is not.
    calibration = rows(report)["PERSON"]["calibration"]
    assert calibration["bins"][9]["detections"] == 2 and calibration["bins"][9]["right"] == 50


@pytest.fixture(scope="module")
def two_places(tmp_path_factory):
    """From the yard both people are found; from the attic the only one is not, and the empty picture alarms."""
    made = Dataset(tmp_path_factory.mktemp("places"))
    found = ([(RED, 100, 120)], [(1, [100, 120, SIDE, SIDE])])
    made.picture(*found, source="yard")
    made.picture(*found, source="yard")
    made.picture(source="yard")
    made.picture([], [(1, [400, 100, 400, 400])], source="attic")
    made.picture([(RED, 100, 120)], source="attic")
    made.picture(*found)
    made.write()
    return made


def test_figures_are_told_by_source_with_the_mean_over_sources_and_the_worst(two_places):
    result = evaluate("--dataset", two_places.write(), "--model", TOY_MODEL, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    attic, yard = report["sources"]
    assert (attic["name"], attic["pictures"], yard["name"], yard["pictures"]) == ("attic", 2, "yard", 3)
    person = [source["classes"][0] for source in (attic, yard)]
    assert [(row["name"], row["boxes"], row["ap50"]) for row in person] == [("person", 1, 0), ("person", 2, 100)]
    assert [source["classes"][1]["ap50"] for source in (attic, yard)] == [None, None]
    assert attic["falseAlarms"] == {"count": 1, "pictures": 1, "percent": 100}
    assert yard["falseAlarms"] == {"count": 0, "pictures": 1, "percent": 0}
    over = report["overSources"]
    assert over["classes"][0] == {"name": "person", "mean": 50, "worst": 0, "worstSource": "attic"}
    assert over["classes"][1] == {"name": "cat", "mean": None, "worst": None, "worstSource": None}
    assert over["labels"][0]["worstSource"] == "attic"
    assert over["falseAlarms"] == {"mean": 50, "worst": 100, "worstSource": "attic"}


def test_the_table_of_sources_says_the_same(two_places, dataset):
    lines = evaluate("--dataset", two_places.write(), "--model", TOY_MODEL).stdout.splitlines()

    def cells(name):
        (line,) = [line for line in lines if line.startswith(name)]
        return line.removeprefix(name).split()

    assert cells("AP50 by source") == ["pictures", "person", "cat", "PERSON", "PET", "empty", "alarms", "%"]
    assert cells("attic") == ["2", "0.0", "-", "0.0", "-", "1", "100.0"]
    assert cells("yard") == ["3", "100.0", "-", "100.0", "-", "1", "0.0"]
    assert cells("mean over sources") == ["50.0", "-", "50.0", "-", "50.0"]
    assert cells("worst source") == ["0.0", "-", "0.0", "-", "100.0"]
    assert cells("Worst:") == "person attic, PERSON attic, alarms attic".split()
    # Without sources there is no such table.
    assert "by source" not in evaluate("--dataset", dataset.write(), "--model", TOY_MODEL).stdout


def truth(folder, clips, **members):
    (folder / "truth.json").write_text(json.dumps({"clips": clips, **members}))
    return folder


@pytest.fixture
def clips(toy, tmp_path):
    """The toy clip, in which a person comes by from 2 to 6 s and a cat from 9 to 11.5 s; and one that nobody names."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("toy.mp4", "other.mp4"):
        os.link(toy.clip, folder / name)
    return folder


def test_clips_are_compared_with_who_came_by(clips):
    truth(clips, {"toy.mp4": {"PERSON": 2, "PET": 0}})
    result = evaluate("--clips", clips, "--model", TOY_MODEL, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    (row,) = report["clips"]
    person, pet = row["labels"]
    assert person == {"label": "PERSON", "there": 2, "told": 1, "found": 1, "missed": 1, "byNobody": 0}
    assert pet == {"label": "PET", "there": 0, "told": 1, "found": 0, "missed": 0, "byNobody": 1}
    assert report["totals"] == [person, pet]
    assert report["unnamed"] == ["other.mp4"]
    assert row["pictures"] == 140 and 0 < row["looks"] <= 140
    first, second = row["visits"]
    assert (first["label"], second["label"]) == ("PERSON", "PET")
    assert 1.5 < first["from"] < 3 and 6 <= first["to"] < 11 and first["confidence"] > 50
    assert 8.5 < second["from"] < 10
    # The same clip gives the same visits each time.
    assert evaluate("--clips", clips, "--model", TOY_MODEL, "--json").stdout == result.stdout


def test_clips_with_times_are_found_at_their_time_only(clips):
    def person(spans, **members):
        truth(clips, {"toy.mp4": {"PERSON": spans}}, **members)
        report = json.loads(evaluate("--clips", clips, "--model", TOY_MODEL, "--json").stdout)
        (row,) = report["totals"]
        return row["found"], row["missed"], row["byNobody"]

    assert person([[2, 6]]) == (1, 0, 0)
    assert person([[0, 0.5]], tolerance=0) == (0, 1, 1)
    assert person([[0, 0.5]], tolerance=5) == (1, 0, 0)
    # One visit stands for one of two.
    assert person([[2, 3], [4, 6]]) == (1, 1, 0)


def test_the_table_of_clips_says_the_same(clips):
    truth(clips, {"toy.mp4": {"PERSON": 1, "PET": 1}})
    lines = evaluate("--clips", clips, "--model", TOY_MODEL).stdout.splitlines()
    assert [line.split() for line in lines[2:7]] == [
        ["clip", "label", "there", "told", "found", "missed", "by", "nobody"],
        ["toy.mp4", "PERSON", "1", "1", "1", "0", "0"],
        ["toy.mp4", "PET", "1", "1", "1", "0", "0"],
        ["all", "PERSON", "1", "1", "1", "0", "0"],
        ["all", "PET", "1", "1", "1", "0", "0"],
    ]
    assert any(line.startswith("  toy.mp4: PERSON") for line in lines)
    assert "other.mp4" in lines[-1]


def test_a_bad_truth_file_gives_one_line_and_its_exit_status(clips, tmp_path):
    def refused(status, content):
        (clips / "truth.json").write_text(content if isinstance(content, str) else json.dumps(content))
        return one_error_line(evaluate("--clips", clips, "--model", TOY_MODEL), status)

    assert "$.clips" in refused(65, {})
    assert "$.clips" in refused(65, {"clips": {}})
    assert "toy.mp4" in refused(65, {"clips": {"toy.mp4": 1}})
    assert "DOG" in refused(65, {"clips": {"toy.mp4": {"DOG": 1}}})
    assert "PERSON" in refused(65, {"clips": {"toy.mp4": {"PERSON": -1}}})
    assert "PERSON[1]" in refused(65, {"clips": {"toy.mp4": {"PERSON": [[1, 2], [3, 2]]}}})
    assert "$.tolerance" in refused(65, {"clips": {"toy.mp4": {}}, "tolerance": 61})
    assert "../toy.mp4" in refused(65, {"clips": {"../toy.mp4": {}}})
    assert "nowhere.mp4" in refused(66, {"clips": {"nowhere.mp4": {"PERSON": 1}}})
    assert "truth.json" in refused(65, "{")
    assert "truth.json" in one_error_line(evaluate("--clips", tmp_path, "--model", TOY_MODEL), 66)
    assert evaluate("--clips", clips, "--dataset", clips / "truth.json").returncode == 64


def test_the_table_says_the_same(dataset):
    result = evaluate("--dataset", dataset.write(), "--model", TOY_MODEL)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "toy_detector (yolox, 128x128)" in lines[0] and "6 pictures" in lines[0]
    (cat,) = [line.split() for line in lines if line.startswith("cat ")]
    assert cat[:4] == ["cat", "5", "1", "100.0"]
    assert any("1 of 2 empty pictures (50.0 %)" in line for line in lines)
    assert any("person: 4.png" in line for line in lines)
    assert result.stderr == ""


def test_a_terminal_sees_how_far_it_is_and_then_only_the_table(dataset):
    reading, writing = pty.openpty()
    result = subprocess.run(
        [PROGRAM, "evaluate", "--dataset", dataset.write(), "--model", TOY_MODEL], stdout=subprocess.PIPE, stderr=writing
    )
    os.close(writing)
    shown = os.read(reading, 65536).decode()
    os.close(reading)
    assert result.returncode == 0
    assert "1 of 6 pictures" in shown and shown.endswith("\r\x1b[K")


def test_pictures_are_found_where_they_are_told_to_be(dataset, tmp_path):
    alone = tmp_path / "annotations.json"
    alone.write_text(dataset.write().read_text())
    assert "1.png" in one_error_line(evaluate("--dataset", alone, "--model", TOY_MODEL), 66)
    result = evaluate("--dataset", alone, "--images", dataset.folder / "images", "--model", TOY_MODEL, "--json")
    assert result.returncode == 0, result.stderr
    beside = dataset.folder / "images/beside.json"
    beside.write_text(dataset.write().read_text())
    assert evaluate("--dataset", beside, "--model", TOY_MODEL).returncode == 0


def test_a_bad_data_set_gives_one_line_and_its_exit_status(dataset, tmp_path):
    def refused(status, change, images=dataset.folder / "images"):
        content = json.loads(dataset.write().read_text())
        change(content)
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(content))
        return one_error_line(evaluate("--dataset", path, "--images", images, "--model", TOY_MODEL), status)

    assert "$.images[1].file_name" in refused(65, lambda c: c["images"][1].update(file_name="../1.png"))
    assert "$.annotations[0].bbox" in refused(65, lambda c: c["annotations"][0].update(bbox=[1, 2, 3]))
    assert "$.categories" in refused(65, lambda c: c.pop("categories"))
    assert "zebra" in refused(65, lambda c: c.update(categories=[{"id": i, "name": f"zebra{i}"} for i in (1, 2, 3)]))
    told = refused(65, lambda c: c["images"][2].update(width=640))
    assert "3.png" in told and "1280x720" in told and "640x720" in told
    assert "2.png" in refused(66, lambda c: c["images"][1].update(file_name="sub/2.png"))

    text = tmp_path / "text.json"
    text.write_bytes(random.Random(3).randbytes(300))
    assert "text.json" in one_error_line(evaluate("--dataset", text, "--model", TOY_MODEL), 65)
    assert "nowhere.json" in one_error_line(evaluate("--dataset", tmp_path / "nowhere.json", "--model", TOY_MODEL), 66)
    (tmp_path / "1.png").write_bytes(random.Random(4).randbytes(3000))
    assert "1.png" in refused(65, lambda c: None, images=tmp_path)
    assert evaluate("--model", TOY_MODEL).returncode == 64
    assert evaluate("--dataset", text, "--threads", "99").returncode == 64


def test_a_calibrated_model_says_how_likely_it_is(dataset, tmp_path):
    """The toy's sure people are right half of the time: a manifest that says so makes its confidence honest."""
    model = tmp_path / "toy.onnx"
    model.write_bytes(TOY_MODEL.read_bytes())
    manifest = {
        "calibration": {"person": [[0, 0], [0.8, 0.4], [1, 0.6]]},
    }
    (tmp_path / "toy.json").write_text(json.dumps(manifest))
    report = json.loads(evaluate("--dataset", dataset.write(), "--model", model, "--json").stdout)
    person = rows(report)["PERSON"]["calibration"]
    assert sum(bin["detections"] for bin in person["bins"][8:]) == 0
    assert person["bins"][5]["right"] == 50 and person["expectedError"] < 15
    # What the map does to all alike changes no ranking.
    assert rows(report)["person"]["ap50"] == pytest.approx(100 * 51 / 101, abs=0.02)
    manifest["calibration"]["person"][1] = [0.8, 0.7]
    (tmp_path / "toy.json").write_text(json.dumps(manifest))
    assert "$.calibration.person[2]" in one_error_line(evaluate("--dataset", dataset.write(), "--model", model), 65)


@pytest.mark.skipif(not (SHARED / "dataset").exists(), reason="../shared with the data set is not there")
@pytest.mark.parametrize("family", [YOLOX, NanoDetPlus], ids=lambda family: family.__name__)
def test_real_networks_score_what_an_independent_program_gives_them(family, tmp_path):
    content = json.loads((SHARED / "dataset/annotations.json").read_text())
    # From each source the same number, so that every class and some empty pictures are in it.
    sources = sorted({image["source"] for image in content["images"]})
    by_source = {source: [image for image in content["images"] if image["source"] == source] for source in sources}
    chosen = [image for source in sources for image in random.Random(7).sample(by_source[source], 12)]
    ids = {image["id"] for image in chosen}
    content["images"] = chosen
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] in ids]
    subset = tmp_path / "subset.json"
    subset.write_text(json.dumps(content))
    model = SHARED / family.path
    images = SHARED / "dataset/images"
    result = evaluate("--dataset", subset, "--images", images, "--model", model, "--json")
    assert result.returncode == 0, result.stderr
    ours = rows(json.loads(result.stdout))
    theirs = PlainAccuracy(content, images, family(model)).rows()
    assert {"person", "cat", "dog", "PERSON", "PET"} == set(ours) == set(theirs)
    for name, row in theirs.items():
        for figure, value in row.items():
            told = ours[name][figure]
            assert (told is None) == (value is None), (name, figure, told, value)
            # Both letterbox by themselves: of so few objects one that falls to the other side is worth up to two points.
            assert value is None or told == pytest.approx(value, abs=2.5), (name, figure, told, value)
