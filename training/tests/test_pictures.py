"""What the network is shown: a wrong box or a hidden label here is a blind spot in every house."""

import json

import numpy as np
import pytest
from porchlight_training import augment, night, prepare
from porchlight_training.dataset import coco, load
from porchlight_training.evaluate import night_copies, read
from porchlight_training.network import INPUT_SIZE, points
from porchlight_training.splits import group, part
from porchlight_training.train import Samples, background


def is_object(pixels, box):
    """Whether the middle of the box has the colour of the painted objects: red far above blue."""
    x, y = int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)
    blue, _, red = pixels[min(y, len(pixels) - 1), min(x, pixels.shape[1] - 1)].astype(int)
    return red - blue > 80


@pytest.mark.parametrize("layout", ["whole", "scaled", "crop"])
def test_boxes_stay_on_their_objects_wherever_the_picture_is_placed(pictures, layout):
    for seed in range(40):
        made = augment.placed(pictures[seed % 5], np.random.default_rng(seed), INPUT_SIZE, layout)
        assert made.pixels.shape == (INPUT_SIZE, INPUT_SIZE, 3)
        for box in made.boxes:
            assert is_object(made.pixels, box), (layout, seed, box)
            assert (box >= 0).all() and (box <= INPUT_SIZE).all()


def test_boxes_stay_on_their_objects_in_a_mosaic_and_a_mirror(pictures):
    seen = 0
    for seed in range(40):
        made = augment.mirrored(augment.mosaic(pictures, seed % 6, np.random.default_rng(seed), INPUT_SIZE))
        seen += len(made.boxes)
        assert all(is_object(made.pixels, box) for box in made.boxes), seed
    assert seen > 60


def test_a_crop_shows_the_object_as_large_as_the_motion_gate_would(pictures):
    shares = []
    for seed in range(60):
        made = augment.placed(pictures[0], np.random.default_rng(seed), INPUT_SIZE, "crop")
        box = made.boxes[0]
        shares.append((box[2] - box[0]) * (box[3] - box[1]) / INPUT_SIZE**2)
    assert np.quantile(shares, 0.1) > 0.08 and np.quantile(shares, 0.9) < 0.75


def test_a_class_that_nobody_labelled_is_never_background(pictures):
    made = augment.letterboxed(pictures[4], pictures[4].read())
    centres = points(INPUT_SIZE, INPUT_SIZE)[0].numpy()
    known = background(made.areas, centres)
    inside = (centres < [INPUT_SIZE, INPUT_SIZE * 160 / 240]).all(axis=1)
    assert known[inside][:, [0, 3]].all() and not known[inside][:, [1, 2]].any()
    assert known[~inside].all(), "padding is background for everything"


def test_what_a_cut_leaves_of_an_object_is_not_called_background(pictures):
    pictures[0].boxes = np.array([[0, 0, 230, 150]], np.float32)
    made = augment.warped(pictures[0], pictures[0].read(), 64, 1.0, 1.0, 0.0, 0.0)
    assert len(made.boxes) == 0
    known = background(made.areas, np.array([[10.0, 10.0]]))
    assert known.tolist() == [[False, True, True, True]]


def test_somebody_whom_only_the_teacher_sees_is_not_called_background(pictures):
    pictures[5].doubtful = np.array([[10, 10, 60, 60, 0]], np.float32)
    made = augment.letterboxed(pictures[5], pictures[5].read())
    scale = INPUT_SIZE / 240
    known = background(made.areas, np.array([[30 * scale, 30 * scale], [100 * scale, 30 * scale]]))
    assert known.tolist() == [[False, True, True, True], [True, True, True, True]]


def test_the_same_seed_makes_the_same_samples_wherever_a_run_was_cut(pictures):
    whole = Samples(pictures, 3, 0, 6)
    rest = Samples(pictures, 3, 4, 2)
    for a, b in zip((whole[4], whole[5]), (rest[0], rest[1])):
        assert all((x == y).all() for x, y in zip(a, b))


def test_an_infrared_copy_is_grey_and_the_same_every_time(pictures, tmp_path):
    made = night.infrared(pictures[0].read(), pictures[0].boxes, np.random.default_rng(11))
    spread = made.astype(int).max(axis=2) - made.astype(int).min(axis=2)
    assert np.median(spread) <= 60
    first = read(night_copies(pictures, tmp_path / "a"))
    again = read(night_copies(pictures, tmp_path / "b"))
    assert all((x.read() == y.read()).all() for x, y in zip(first, again))
    assert [len(p.boxes) for p in first] == [len(p.boxes) for p in pictures]
    assert (first[4].annotated == pictures[4].annotated).all()


def test_a_category_that_is_unknown_is_named(tmp_path):
    (tmp_path / "annotations.json").write_text(json.dumps(
        {"images": [], "annotations": [], "categories": [{"id": 1, "name": "zebra"}]}))
    with pytest.raises(ValueError, match="zebra"):
        load(tmp_path)


def test_what_is_written_as_coco_reads_back_the_same(pictures, tmp_path):
    told = tmp_path / "some.json"
    told.write_text(json.dumps(coco(pictures)))
    for a, b in zip(pictures, read(told)):
        assert a.path == b.path and (a.classes == b.classes).all() and (a.annotated == b.annotated).all()
        assert np.allclose(a.boxes, b.boxes, atol=0.02)


def test_pictures_that_resemble_each_other_go_the_same_way():
    source = "BenjaminBalta/Package-Detection-Model"
    copies = [f"x/train/images/034_jpg.rf.{i:032x}.jpg" for i in range(9)]
    assert len({group(source, name) for name in copies}) == 1
    houses = {part("emanhamed/Houses-dataset", f"Houses Dataset/12_{room}.jpg") for room in ("kitchen", "frontal")}
    assert len(houses) == 1
    assert part("TeigLevingston/raccooncamera", "images/test/cat/any.jpg") == "test"


def test_bleached_places_where_nothing_is_lie_over_the_picture_and_come_now_and_then():
    made = [augment.decoys(352, np.random.default_rng(i)) for i in range(300)]
    counts = [len(corners) for corners in made]
    assert min(counts) == 0 and max(counts) == 3
    assert 0.2 < np.mean([count > 0 for count in counts]) < 0.6
    everywhere = np.concatenate(made)
    assert (everywhere[:, 2:] > everywhere[:, :2]).all()
    assert ((everywhere[:, :2] + everywhere[:, 2:]) / 2).min() >= 0


def test_empty_pictures_that_alarmed_a_network_come_more_often(pictures, tmp_path, monkeypatch):
    class Seen:
        def __init__(self, scores):
            self.confidences = np.array(scores, np.float32)

    for index, picture in enumerate(pictures):
        picture.entry = {"file_name": f"{index}.png"}
    quiet = pictures[5]
    loud = type(quiet)(**{**vars(quiet), "entry": {"file_name": "loud.png"}})
    monkeypatch.setattr(prepare, "pictures", lambda datasets: {"train": [*pictures, loud]})
    counts = prepare.mine(["anywhere"], lambda empty: [Seen([]), Seen([0.2, 0.8])][: len(empty)], tmp_path)
    assert counts == (2, 1), "only pictures without objects are looked at"
    found = prepare.with_alarms([*pictures, loud], tmp_path)
    assert [picture.alarm for picture in found] == [0, 0, 0, 0, 0, 0, pytest.approx(0.8)]
    shares = Samples(found, 1, 0, 10).shares
    assert shares[6] == pytest.approx(shares[5] * (1 + 6 * 0.8))
