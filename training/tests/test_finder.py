"""The face detector: read and written as published, taught by clean pictures, shown spoiled ones, measured by hand-made cases."""

import pathlib

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from porchlight_training import finder_train, run
from porchlight_training.__main__ import SOURCES
from porchlight_training.evaluate import session
from porchlight_training.finder import FaceSight, decoded, finder_from, places, written
from porchlight_training.finder_level import PROGRAM, go_back, level, scores, shift_of
from porchlight_training.finder_measure import Tally, bar, matched
from porchlight_training.finder_pictures import MIRRORED, Looked, agreed, looks, read_finder_sources
from porchlight_training.finder_samples import mask, moved, sample

PUBLISHED = pathlib.Path(__file__).parent.parent.parent / "Models" / "porchlight-face-detector.onnx"
FIVE = np.array([[30, 40], [50, 40], [40, 50], [33, 60], [47, 60]], np.float32)


def looked(seed=1, empty=False):
    rng = np.random.default_rng(seed)
    pixels = cv2.GaussianBlur(rng.integers(0, 256, (160, 200, 3), dtype=np.uint8), (0, 0), 3)
    boxes = np.array([[20, 20, 60, 70], [120, 60, 150, 100]], np.float32)
    points = np.stack([FIVE, FIVE + [95, 35]]).astype(np.float32)
    return Looked(cv2.imencode(".jpg", pixels)[1].tobytes(), boxes, points, np.array([True, False]), empty, "toy")


def row(box, score, points=FIVE):
    return np.concatenate((box, np.ravel(points), [score])).astype(np.float32)


def test_the_network_here_says_what_the_file_says_and_is_written_back_with_its_names(tmp_path):
    network = finder_from(PUBLISHED).eval()
    written(network, PUBLISHED, tmp_path / "again.onnx")
    pixels = np.random.default_rng(1).uniform(0, 255, (1, 3, 64, 96)).astype(np.float32)
    with torch.no_grad():
        mine = network(torch.from_numpy(pixels))[0].numpy()
    mine[:, :2] = 1 / (1 + np.exp(-mine[:, :2]))
    for path in (PUBLISHED, tmp_path / "again.onnx"):
        run = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        given = dict(zip([output.name for output in run.get_outputs()], run.run(None, {"input": pixels})))
        theirs = np.concatenate([
            np.concatenate([given[f"{part}_{stride}"][0] for part in ("cls", "obj", "bbox", "kps")], axis=1)
            for stride in (8, 16, 32)])
        assert np.abs(mine - theirs).max() < 1e-4


def test_a_file_without_its_outputs_is_refused(tmp_path):
    import onnx
    model = onnx.load(PUBLISHED)
    del model.graph.output[-1]
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ValueError, match="no YuNet"):
        finder_from(tmp_path / "other.onnx")


def test_boxes_and_points_lie_where_the_program_reads_them():
    where = places(32, 64)
    assert len(where) == 32 + 8 + 2 and where[9].tolist() == [8, 8, 8]
    numbers = np.zeros((len(where), 14), np.float32)
    numbers[9, :4] = 0.5, 1, np.log(2), 0
    boxes, points = decoded(numbers, where)
    assert boxes[9].tolist() == pytest.approx([4, 12, 20, 20]) and points[9, 0].tolist() == [8, 8]
    assert torch.allclose(decoded(torch.from_numpy(numbers), torch.from_numpy(where))[0], torch.from_numpy(boxes))


def test_what_two_looks_agree_on_is_a_face_and_what_one_sees_weakly_is_not():
    one = np.stack([row([0, 0, 10, 10], 0.8), row([50, 0, 60, 10], 0.5), row([80, 0, 90, 10], 0.9)])
    two = np.stack([row([1, 0, 11, 10], 0.8)])
    rows, sure = agreed((one, two))
    assert {tuple(box): bool(is_sure) for box, is_sure in zip(rows[:, :4].round(1).tolist(), sure)} == {
        (0.5, 0, 10.5, 10): True, (50, 0, 60, 10): False, (80, 0, 90, 10): True}


def test_the_mirrored_look_gives_the_same_face_as_the_plain_one():
    shown = np.zeros((100, 200, 3), np.uint8)

    def finder(pixels):
        by = pixels.shape[1] / 200
        mirror = pixels.shape[1] != 200
        points = FIVE.copy()
        box = np.array([20, 20, 60, 70], np.float32)
        if mirror:
            points, box = points[MIRRORED], box[[2, 1, 0, 3]]
            points[:, 0], box[[0, 2]] = 200 - points[:, 0], 200 - box[[0, 2]]
        return row(box * by, 0.9, points * by)[None]

    plain, mirrored = looks(shown, finder)
    assert np.allclose(plain, mirrored, atol=1e-3)


def test_a_turned_face_keeps_its_points_and_its_box_holds_the_turned_ellipse():
    quarter = np.array([[0.0, -1.0, 100.0], [1.0, 0.0, 0.0]])
    boxes, points = moved(np.array([[20, 20, 60, 70]], np.float32), FIVE[None], quarter, np.pi / 2, False)
    assert np.allclose(boxes, [[30, 20, 80, 60]]) and np.allclose(points[0, 0], [60, 30])
    mirror = np.array([[-1.0, 0.0, 100.0], [0.0, 1.0, 0.0]])
    assert np.allclose(moved(np.zeros((1, 4)), FIVE[None], mirror, 0, True)[1][0, 0], [50, 40])


def test_a_mask_covers_the_mouth_and_leaves_the_eyes():
    for seed in range(20):
        pixels = np.full((100, 100, 3), 128, np.uint8)
        mask(pixels, np.array([20, 20, 60, 70], np.float32), FIVE, np.random.default_rng(seed))
        assert (pixels[60, 40] != 128).any() and (pixels[38, 30] == 128).all() and (pixels[38, 50] == 128).all()


def test_a_sample_is_the_same_for_the_same_seed_and_asks_nothing_of_unsure_faces():
    for seed in range(30):
        one, two = (sample(looked(), np.random.default_rng(seed), 96) for _ in range(2))
        assert one.pixels.shape == (96, 96, 3) and one.pixels.dtype == np.uint8
        assert (one.pixels == two.pixels).all() and (one.boxes == two.boxes).all()
        assert one.sure.sum() <= 1
    assert len(sample(looked(empty=True), np.random.default_rng(1), 96).boxes) == 0


def test_a_face_that_is_found_costs_less_than_one_that_is_not():
    one = sample(looked(), np.random.default_rng(4), 96)
    one.boxes, one.points = np.array([[20, 20, 60, 70]], np.float32), FIVE[None]
    one.sure, one.clean = np.array([True]), False
    where = torch.from_numpy(places(96, 96))
    given = torch.zeros(1, len(where), 16)
    given[..., :2] = -8
    missed = finder_train.finder_loss(given, [one], given)[0]
    # The better the boxes are, the more places are asked to see the face.
    for _ in range(4):
        boxes = decoded(given[..., 2:], where)[0][0]
        rows, *_ = finder_train.assigned(given[0], boxes, where, torch.from_numpy(one.boxes))
        step = where[rows, 2:]
        given[0, rows, 2:4] = (torch.tensor([40.0, 45.0]) - where[rows, :2]) / step
        given[0, rows, 4:6] = (torch.tensor([40.0, 50.0]) / step).log()
        given[0, rows, 6:] = ((torch.from_numpy(FIVE) - where[rows, None, :2]) / step[:, None]).flatten(1)
        given[0, rows, :2] = 8
    found = finder_train.finder_loss(given, [one], given)[0]
    assert found < 0.2 * missed


def test_nothing_is_asked_where_a_face_is_unsure():
    one = sample(looked(), np.random.default_rng(4), 96)
    one.boxes, one.sure, one.clean = np.array([[20, 20, 60, 70]], np.float32), np.array([False]), False
    where = places(96, 96)
    inside = ((where[:, :2] > [20, 20]) & (where[:, :2] < [60, 70])).all(axis=1)
    given = torch.full((1, len(where), 16), -20.0)
    given[0, inside, 1] = 20
    assert finder_train.finder_loss(given, [one], given)[1]["objects"] < 1e-3


def test_training_learns_and_goes_on_where_it_was_cut_off(tmp_path, monkeypatch):
    pictures, published = [looked(seed) for seed in range(4)] + [looked(9, empty=True)], finder_from(PUBLISHED)
    monkeypatch.setattr(finder_train, "SIDES", ((64, 0.5, 4), (96, 0.5, 2)))
    monkeypatch.setattr(run, "CHECKPOINT_SECONDS", -1)
    lines, shown, real = [], [0], finder_train.finder_loss
    whole = finder_train.train_finder(pictures, finder_from(PUBLISHED), published, tmp_path / "whole", 20, say=lines.append)

    def cut_off(*given):
        shown[0] += 1
        if shown[0] == 4:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(finder_train, "finder_loss", cut_off)
    with pytest.raises(KeyboardInterrupt):
        finder_train.train_finder(pictures, finder_from(PUBLISHED), published, tmp_path / "cut", 20, say=lines.append)
    monkeypatch.setattr(finder_train, "finder_loss", real)
    again = finder_train.train_finder(pictures, finder_from(PUBLISHED), published, tmp_path / "cut", 20, say=lines.append)
    assert any("going on after" in line for line in lines)
    assert all(torch.allclose(whole[name], again[name], atol=1e-5) for name in whole)


def test_a_face_is_found_once_and_what_is_not_asked_for_is_neither_right_nor_wrong():
    boxes = np.array([[0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    rows = np.stack([row(box, 0.9) for box in ([0, 0, 10, 10], [1, 0, 10, 10], [50, 50, 60, 60], [80, 80, 90, 90])])
    assert matched(rows, boxes, np.array([True, False]), 0.5).tolist() == [0, -1, -2, -1]


def test_recall_counts_what_is_above_the_score_that_few_false_faces_reach():
    assert bar(np.array([0.9, 0.7, 0.3]), 20, false=0.05) == pytest.approx(0.7)
    tally = Tally()
    tally.add(0, np.stack([row([0, 0, 10, 10], 0.8)]), np.array([[0, 0, 10, 10]] * 2, np.float32) + [[0], [50]],
              np.stack([FIVE, FIVE]), np.array([True, True]))
    assert tally.recall(0.7) == 50 and tally.recall(0.9) == 0
    assert tally.points == {(0, 0): 0}


def test_a_detector_that_sees_more_false_faces_is_brought_down_to_the_published_one():
    theirs = np.array([[0.0, 1.2], [3.0, 3.0]])
    assert shift_of(theirs, theirs) == 0
    louder = np.array([[0.5, 1.2], [0.5, 1.0], [3.0, 3.0]])
    shift = shift_of(louder, theirs)
    assert -1 < shift < 0 and sum((scores(louder, shift) >= least).sum() for least in PROGRAM) <= 4


def test_the_mean_of_two_detectors_lies_between_them():
    network, published = finder_from(PUBLISHED), finder_from(PUBLISHED)
    with torch.no_grad():
        for one in network.convolutions.values():
            one.length *= 2
            one.bias += 1
    go_back(network, published, 0.25)
    for own, first in zip(network.convolutions.values(), published.convolutions.values()):
        assert torch.allclose(own.folded(), 1.25 * first.folded(), atol=1e-5)
        assert torch.allclose(own.bias, first.bias + 0.25, atol=1e-5)


def test_levelling_moves_objectness_and_nothing_else():
    network, published = finder_from(PUBLISHED), finder_from(PUBLISHED)
    with torch.no_grad():
        for index, (_, _, output) in enumerate(network.steps):
            if output in network.maps[0::4] + network.maps[1::4]:
                network.convolutions[str(index)].bias += 14
        before = network(torch.full((1, 3, 64, 64), 90.0))
        shift = level(network, published, [looked(3, empty=True)])
        after = network(torch.full((1, 3, 64, 64), 90.0))
    assert shift < 0
    moved_by = (after - before).abs().amax(dim=(0, 1))
    assert moved_by[1].item() == pytest.approx(-shift, abs=1e-4) and moved_by[0] == 0 and moved_by[2:].max() == 0


def test_no_source_of_faces_is_both_learned_from_and_measured_with():
    sources = read_finder_sources(SOURCES)
    measured = {source["repo"] for source in sources if source["role"].startswith("test")}
    assert sources and not measured & {source["repo"] for source in sources if not source["role"].startswith("test")}
    assert all("none stated" not in source["licence"] for source in sources if source["role"] in ("train", "empty"))


def test_the_detector_that_ships_finds_nothing_in_an_empty_picture():
    assert len(FaceSight(session(PUBLISHED), 0.5)(np.full((100, 150, 3), 90, np.uint8))) == 0
