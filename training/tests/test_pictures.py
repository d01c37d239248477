"""What the network is shown: a wrong box or a hidden label here is a blind spot in every house."""

import json

import numpy as np
import pytest
from porchlight_training import augment, night
from porchlight_training.dataset import coco, load, read, taught, untaught
from porchlight_training.evaluate import night_copies
from porchlight_training.network import points
from porchlight_training.train import SHAPES, Samples, background

SHAPE = (480, 256)


def is_object(pixels, box):
    """Whether the middle of the box has the colour of the painted objects: red far above blue."""
    x, y = int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2)
    blue, _, red = pixels[min(y, len(pixels) - 1), min(x, pixels.shape[1] - 1)].astype(int)
    return red - blue > 80


@pytest.mark.parametrize("layout", ["whole", "scaled", "crop"])
@pytest.mark.parametrize("shape", [SHAPE, (288, 384)])
def test_boxes_stay_on_their_objects_wherever_the_picture_is_placed(pictures, layout, shape):
    for seed in range(30):
        made = augment.placed(pictures[seed % 5], np.random.default_rng(seed), shape, layout)
        assert made.pixels.shape == (shape[1], shape[0], 3)
        for box in augment.mirrored(made).boxes if seed % 2 else made.boxes:
            pixels = made.pixels[:, ::-1] if seed % 2 else made.pixels
            assert is_object(pixels, box), (layout, seed, box)
            assert (box >= 0).all() and (box <= [*shape, *shape]).all()


def test_a_crop_shows_the_object_as_large_as_a_second_look_would(pictures):
    pictures[0].boxes = np.array([[100, 60, 124, 90]], np.float32)
    shares = []
    for seed in range(60):
        made = augment.placed(pictures[0], np.random.default_rng(seed), SHAPE, "crop")
        box = made.boxes[0]
        shares.append((box[2] - box[0]) * (box[3] - box[1]) / (SHAPE[0] * SHAPE[1]))
    assert min(shares) > 0.02 and max(shares) < 0.6 and np.median(shares) > 0.05


def known_at(made, *centres):
    return background(made.areas, np.array(centres, float)).tolist()


def test_a_class_that_nobody_labelled_is_never_background(pictures):
    made = augment.letterboxed(pictures[4], pictures[4].read(), SHAPE)
    centres = points(SHAPE[1], SHAPE[0])[0].numpy()
    known = background(made.areas, centres)
    inside = (centres < [240 * 256 / 160, 256]).all(axis=1)
    assert known[inside][:, [0, 3]].all() and not known[inside][:, [1, 2]].any()
    assert known[~inside].all(), "padding is background for everything"


def test_what_a_cut_leaves_of_an_object_is_not_called_background(pictures):
    pictures[0].boxes = np.array([[0, 0, 230, 150]], np.float32)
    made = augment.warped(pictures[0], pictures[0].read(), (64, 64), 1.0, 1.0, 0.0, 0.0)
    assert len(made.boxes) == 0
    assert known_at(made, [10, 10]) == [[False, True, True, True]]


def test_what_only_a_teacher_sees_is_an_object_when_it_is_sure_and_not_background_when_it_is_not(pictures):
    picture = pictures[5]
    picture.annotated = np.array([False, False, False, True])
    taught(picture, [[10, 10, 60, 60, 0, 0.5], [80, 10, 120, 60, 0, 0.1], [130, 10, 170, 60, 1, 0.9]])
    assert picture.classes.tolist() == [0, 1] and picture.annotated.all()
    assert picture.sureness.tolist() == pytest.approx([0.5 / 0.6, 1])
    made = augment.letterboxed(picture, picture.read(), SHAPE)
    assert known_at(made, [100 * 1.6, 30 * 1.6], [200 * 1.6, 30 * 1.6]) == [
        [False, True, True, True], [True, True, True, True]]


def test_a_picture_that_no_teacher_has_seen_is_background_for_packages_only_unless_it_may_hold_some(pictures):
    for picture, may_hold in zip(pictures, ([], ["package"])):
        picture.annotated, picture.entry["may_hold"] = np.zeros(4, bool), may_hold
    assert untaught(pictures[0]).annotated.tolist() == [False, False, False, True]
    assert not untaught(pictures[1]).annotated.any()


def test_boxes_that_people_drew_count_more_than_a_teacher(pictures):
    picture = pictures[0]
    taught(picture, [[30, 20, 110, 100, 0, 0.9], [150, 20, 200, 100, 0, 0.8], [5, 5, 20, 20, 0, 0.1]])
    assert len(picture.boxes) == 1 and picture.sureness.tolist() == [1]
    assert picture.doubtful[:, :4].tolist() == [[150, 20, 200, 100]], "somebody whom nobody has labelled"


def test_crowds_are_neither_objects_nor_background(tmp_path):
    box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 50], "area": 2500}
    (tmp_path / "annotations.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 100, "role": "val"}],
        "annotations": [{**box, "id": 1, "iscrowd": 1}, {**box, "id": 2, "bbox": [0, 0, 5, 5], "iscrowd": 0}],
        "categories": [{"id": 1, "name": "person"}]}))
    picture = load(tmp_path)["val"][0]
    assert picture.boxes.tolist() == [[0, 0, 5, 5]] and picture.doubtful.tolist() == [[10, 10, 60, 60, 0]]


def test_the_same_seed_makes_the_same_samples_wherever_a_run_was_cut(pictures):
    whole = Samples(pictures, 3, 0, 6, 2)
    rest = Samples(pictures, 3, 4, 2, 2)
    for a, b in zip((whole[4], whole[5]), (rest[0], rest[1])):
        assert all((x == y).all() for x, y in zip(a, b))


def test_the_samples_of_a_batch_have_one_shape_and_those_of_a_run_all(pictures):
    samples = Samples(pictures, 3, 0, 400, 4)
    shapes = [samples.shape(number) for number in range(400)]
    assert all(len(set(shapes[i : i + 4])) == 1 for i in range(0, 400, 4)) and set(shapes) == set(SHAPES)


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


def test_bleached_places_where_nothing_is_lie_over_the_picture_and_come_now_and_then():
    made = [augment.decoys((352, 352), np.random.default_rng(i)) for i in range(300)]
    counts = [len(corners) for corners in made]
    assert min(counts) == 0 and max(counts) == 3
    assert 0.2 < np.mean([count > 0 for count in counts]) < 0.6
    everywhere = np.concatenate(made)
    assert (everywhere[:, 2:] > everywhere[:, :2]).all()
    assert ((everywhere[:, :2] + everywhere[:, 2:]) / 2).min() >= 0
