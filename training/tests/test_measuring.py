"""Figures that users read: computed by hand here, so that they cannot flatter."""

import numpy as np
import pytest
import torch
from porchlight_training.calibrate import applied, isotonic, knots, strictly_rising, weight
from porchlight_training.dataset import Picture
from porchlight_training.metrics import (
    Found, average_precision, calibration, chance, false_alarms, gathered, report)
from porchlight_training.network import BOX, CLASSES, points
from porchlight_training.predict import decoded, fitted, input_shape, suppressed

PERSON, CAT, DOG, PACKAGE = range(4)


def labelled(boxes, classes, annotated=(True,) * 4):
    return Picture(
        path=None, width=200, height=100, source="", boxes=np.array(boxes, np.float32).reshape(-1, 4),
        classes=np.array(classes, np.int64), annotated=np.array(annotated))


def found(*rows):
    table = np.array([row[:4] for row in rows], np.float32).reshape(-1, 4)
    return Found.sorted(table, np.array([row[4] for row in rows], int), np.array([row[5] for row in rows], float))


def precision(pictures, findings, classes, threshold=0.5, **more):
    return average_precision(*gathered(pictures, findings, np.array(classes), threshold, **more))


def test_average_precision_by_hand():
    # right, wrong, right of two objects: recall 0.5 at precision 1, recall 1 at precision 2/3.
    value = average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 2)
    assert value == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)
    assert average_precision(np.zeros(0), np.zeros(0, bool), 3) == 0
    assert average_precision(np.zeros(0), np.zeros(0, bool), 0) is None


def test_an_object_that_is_found_twice_is_right_once():
    picture = labelled([[10, 10, 60, 60]], [PERSON])
    twice = found((10, 10, 60, 60, PERSON, 0.9), (11, 10, 60, 60, PERSON, 0.95))
    confidences, right, objects = gathered([picture], [twice], np.array([PERSON]), 0.5)
    assert right.tolist() == [True, False] and objects == 1 and confidences.tolist() == [0.95, 0.9]


def test_a_picture_without_labels_for_a_class_does_not_count_for_it():
    unlabelled = labelled([], [], annotated=(True, False, False, True))
    seen = found((10, 10, 60, 60, CAT, 0.9))
    assert gathered([unlabelled], [seen], np.array([CAT]), 0.5)[0].size == 0
    assert gathered([unlabelled], [seen], np.array([CAT, DOG]), 0.5)[0].size == 0


def test_a_cat_called_dog_is_still_a_pet():
    picture = labelled([[10, 10, 60, 60]], [CAT])
    seen = found((10, 10, 60, 60, DOG, 0.9))
    assert precision([picture], [seen], [CAT]) == 0
    assert precision([picture], [seen], [CAT, DOG]) == pytest.approx(1)


def test_who_finds_somebody_in_a_crowd_is_neither_right_nor_wrong_and_a_crowd_is_not_empty():
    picture = labelled([[10, 10, 30, 60]], [PERSON])
    picture.doubtful = np.array([[100, 0, 200, 100, PERSON]], np.float32)
    seen = found((10, 10, 30, 60, PERSON, 0.9), (110, 40, 114, 50, PERSON, 0.8), (110, 40, 114, 50, CAT, 0.8))
    assert gathered([picture], [seen], np.array([PERSON]), 0.5)[1].tolist() == [True]
    assert gathered([picture], [seen], np.array([CAT]), 0.5)[1].tolist() == [False], "the crowd is one of people"
    alone = labelled([], [])
    alone.doubtful = picture.doubtful
    assert false_alarms([alone], [seen]) == (0, 0)


def test_small_objects_are_measured_without_the_large_ones():
    picture = labelled([[0, 0, 10, 10], [50, 20, 150, 90]], [PERSON, PERSON])
    seen = found((50, 20, 150, 90, PERSON, 0.9), (0, 0, 10, 10, PERSON, 0.4), (100, 0, 190, 50, PERSON, 0.8))
    assert precision([picture], [seen], [PERSON], only_small=True) == pytest.approx(1)


def test_calibration_error_by_hand():
    confidences = np.array([0.95] * 10 + [0.15] * 10 + [0.01] * 50)
    right = np.array([True] * 8 + [False] * 2 + [True] * 1 + [False] * 9 + [True] * 50)
    error, bins = calibration(confidences, right)
    assert error == pytest.approx(0.5 * 0.15 + 0.5 * 0.05)
    assert bins[9] == (10, pytest.approx(0.95), pytest.approx(0.8))


def test_what_chance_alone_makes_of_honest_confidences():
    rng = np.random.default_rng(3)
    confidences = np.concatenate([rng.uniform(0.05, 1, 150), np.full(40, 0.01)])
    throws = [calibration(confidences, rng.random(190) < confidences)[0] for _ in range(2000)]
    assert chance(confidences) == pytest.approx(np.mean(throws), abs=0.004)
    assert chance(np.array([0.01])) == 0


@pytest.mark.parametrize("camera, shape", [
    ((1280, 720), (480, 256)), ((1920, 1080), (480, 256)), ((640, 480), (416, 320)), ((720, 1280), (256, 480)),
    ((480, 640), (320, 416)), ((500, 500), (352, 352)), ((640, 427), (448, 288)), ((10, 1000), (32, 3200))])
def test_an_input_has_the_cameras_shape(camera, shape):
    assert input_shape(*camera) == shape


def test_an_input_stays_within_its_pixels_and_none_shows_more():
    for width, height in ((1280, 720), (333, 777), (64, 48)):
        across, down = input_shape(width, height, 50_000, 16)
        assert across * down <= 50_000 and across % 16 == down % 16 == 0
        scale = min(across / width, down / height)
        for other in range(16, 3000, 16):
            assert min(other / width, (50_000 // other // 16 * 16) / height) <= scale


def test_figures_are_told_by_source_with_the_mean_and_the_worst():
    good, bad = labelled([[10, 10, 60, 60]], [CAT]), labelled([[10, 10, 60, 60]], [CAT])
    good.source, bad.source = "good", "bad"
    told = report([good, bad], [found((10, 10, 60, 60, CAT, 0.9)), found((90, 10, 160, 60, CAT, 0.9))])
    assert told["sources"]["good"]["ap50"] == {"cat": 100} and told["sources"]["bad"]["ap50"] == {"cat": 0}
    assert told["overSources"] == {"cat": {"mean": 50.0, "worst": 0.0, "worstSource": "bad"}}


def test_false_alarms_are_counted_on_empty_pictures_only():
    empty, full = labelled([], []), labelled([[1, 1, 50, 50]], [CAT])
    unsure = labelled([], [], annotated=(True, False, True, True))
    alarm, quiet = found((1, 1, 50, 50, DOG, 0.5)), found((1, 1, 50, 50, DOG, 0.49))
    assert false_alarms([empty, empty, full, unsure], [alarm, quiet, alarm, alarm]) == (1, 2)


def test_the_report_names_every_class_and_label():
    told = report([labelled([[10, 10, 60, 60]], [CAT])], [found((10, 10, 60, 60, CAT, 0.9))])
    assert list(told["classes"]) == list(CLASSES) and list(told["labels"]) == ["PERSON", "PET", "PACKAGE"]
    assert told["classes"]["cat"]["ap50"] == 100 and told["classes"]["dog"]["ap50"] is None


def test_isotonic_regression_pools_what_falls():
    assert isotonic([1, 2, 3, 4], [0.1, 0.5, 0.3, 0.9], [1, 1, 1, 1]).tolist() == pytest.approx([0.1, 0.4, 0.4, 0.9])


def test_calibrated_scores_are_as_often_right_as_they_say():
    rng = np.random.default_rng(5)
    scores = rng.uniform(0, 1, 6000)
    right = rng.random(6000) < scores**2
    points = knots(scores[:3000], right[:3000])
    assert all(b[0] > a[0] and b[1] > a[1] for a, b in zip(points, points[1:]))
    table = {name: points for name in CLASSES}
    confidences = applied(table)(scores[3000:], PERSON)
    assert calibration(scores[3000:], right[3000:])[0] > 0.1
    assert calibration(confidences, right[3000:])[0] < 0.04


def test_a_handful_of_detections_claims_what_a_smooth_map_allows():
    rng = np.random.default_rng(6)
    errors = []
    for _ in range(30):
        scores = rng.uniform(0.05, 1, 120)
        table = {name: knots(scores, rng.random(120) < scores**2) for name in CLASSES}
        asked = np.linspace(0.1, 0.9, 17)
        errors.append(np.abs(applied(table)(asked, PERSON) - asked**2).mean())
    assert np.mean(errors) < 0.05


def test_points_of_a_calibration_always_rise():
    points = strictly_rising([[0, 0], [0.2, 0.0], [0.2, 0.5], [0.9999, 0.9], [0.5, 1.0], [1, 1]])
    assert points[0] == [0, 0] and points[-1] == [1, 1]
    assert all(b[0] > a[0] and b[1] > a[1] for a, b in zip(points, points[1:]))
    assert knots(np.zeros(0), np.zeros(0, bool)) == [[0, 0], [1, 1]]


def test_a_package_has_its_own_box_and_the_others_share_one():
    centres, _ = points(64, 64)
    output = torch.full((len(centres), len(CLASSES) + 2 * BOX), -20.0)
    here = 8 * 4 + 4
    output[here, [PERSON, PACKAGE]] = 5.0
    for start, steps in ((len(CLASSES), 2), (len(CLASSES) + BOX, 1)):
        output[here, [start + 8 * side + steps for side in range(4)]] = 80.0
    seen = decoded(output, (1, 1), 64, 64, (64, 64))
    assert dict(zip(seen.classes.tolist(), (seen.boxes[:, 2] - seen.boxes[:, 0]).tolist())) == {PERSON: 32, PACKAGE: 16}


def test_suppression_keeps_the_surest_of_a_heap():
    corners = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [30, 30, 40, 40]], np.float32)
    assert suppressed(corners, np.array([0.5, 0.9, 0.1])) == [1, 2]


def test_a_picture_is_fitted_top_left():
    made, scale = fitted(np.full((50, 100, 3), 255, np.uint8), (64, 64))
    assert scale == (0.64, 0.64) and made[:32].min() == pytest.approx(255) and made[32:].max() == 0


def test_wrong_detections_in_empty_pictures_lower_what_a_score_is_worth():
    rng = np.random.default_rng(4)
    scores = rng.uniform(0.4, 0.6, 200)
    right = rng.random(200) < 0.7
    plain = applied({name: knots(scores, right) for name in CLASSES})
    wary = applied({name: knots(scores, right, np.where(right, 1.0, 4.0)) for name in CLASSES})
    assert plain(np.array([0.5]), 0)[0] > 0.58 > 0.5 > wary(np.array([0.5]), 0)[0]


def test_an_infrared_copy_counts_half():
    plain = labelled([[10, 10, 60, 60]], [CAT])
    assert weight(plain) == 1
    plain.entry = {"infrared": True}
    assert weight(plain) == 0.5


def test_weak_detections_keep_their_order():
    scores = np.concatenate([np.linspace(0.05, 0.45, 400), np.linspace(0.7, 0.9, 50)])
    points = np.array(knots(scores, scores > 0.5))
    weak = points[(points[:, 0] > 0.1) & (points[:, 0] < 0.4)]
    assert len(weak) > 2 and (weak[:, 1] >= 0.08 * weak[:, 0] - 1e-3).all() and (weak[:, 1] < 0.05).all()
