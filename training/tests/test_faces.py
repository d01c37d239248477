"""Faces: cut upright, spoiled as cameras do, learned from a teacher, exported as trained, measured as the protocols say."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from porchlight_training import spoil
from porchlight_training.distil import batch_of, distil, distil_loss
from porchlight_training.embedder import NUMBERS, PUBLISHED_SIDE, SIDE, embedder_from, resampled
from porchlight_training.face_export import export_faces
from porchlight_training.face_measure import CELLS, curve, folds, lfw_pairs, strangers, threshold_of, true_accepts, worse
from porchlight_training.faces import (
    FIVE, KEPT, MARGIN, cut, kept_faces, pose, similarity, taught, turned, upright, worth_learning)
from porchlight_training.gather import read_face_sources, read_sources
from porchlight_training.mix import mix_faces, mixed, near_in_pose
from porchlight_training.__main__ import SOURCES, embedder_weights


def published(path, channels=4):
    """A small file of the published network's form: a stem, four blocks of which one adds, and the end."""
    rng = np.random.default_rng(3)
    nodes, constants, count = [], [], 0

    def constant(values):
        constants.append(numpy_helper.from_array(np.asarray(values, np.float32), f"c{len(constants)}"))
        return constants[-1].name

    def node(kind, *inputs, **said):
        nonlocal count
        count += 1
        nodes.append(helper.make_node(kind, list(inputs), [f"n{count}"], **said))
        return f"n{count}"

    def conv(x, inputs, outputs, kernel, stride=1, pad=0, group=1, slope=None):
        weight = rng.normal(0, (inputs / group * kernel * kernel) ** -0.5, (outputs, inputs // group, kernel, kernel))
        x = node("Conv", x, constant(weight), constant(rng.normal(0, 0.1, outputs)), kernel_shape=[kernel] * 2,
                 strides=[stride] * 2, pads=[pad] * 4, group=group)
        return x if slope is None else node("PRelu", x, constant(np.full((1, 1, 1), slope)))

    x = node("Mul", "data", constant(np.full((1, 3, 1, 1), 0.01)))
    x = node("Add", x, constant(np.full((1, 3, 1, 1), -1.0)))
    x = conv(x, 3, channels, 3, 2, 1, slope=-0.5)
    x = conv(x, channels, channels, 3, 1, 1, channels, slope=2.5)
    side = PUBLISHED_SIDE // 2
    for stride in (2, 2, 2, 1):
        made = conv(x, channels, channels, 1, slope=0.2)
        made = conv(made, channels, channels, 3, stride, 1, channels, slope=0.2)
        made = conv(made, channels, channels, 1)
        side //= stride
        pooled = node("AveragePool", made, kernel_shape=[side] * 2, strides=[side] * 2)
        gate = node("Sigmoid", conv(conv(pooled, channels, 2, 1, slope=0.3), 2, channels, 1))
        made = node("Mul", made, gate)
        x = node("Add", x, made) if stride == 1 else made
    x = conv(x, channels, channels, 1, slope=0.4)
    x = conv(x, channels, channels, 8, group=channels)
    x = conv(x, channels, NUMBERS, 1)
    nodes[-1].output[0] = "embedding"
    data = helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, PUBLISHED_SIDE, PUBLISHED_SIDE])
    out = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, NUMBERS, 1, 1])
    onnx.save(helper.make_model(
        helper.make_graph(nodes, "toy", [data], [out], constants), opset_imports=[helper.make_opsetid("", 11)],
        ir_version=6), path)
    return path


@pytest.fixture
def teacher(tmp_path):
    return published(tmp_path / "teacher.onnx")


@pytest.fixture
def faces():
    rng = np.random.default_rng(5)
    return np.stack([
        np.clip(rng.integers(0, 256, 3) + rng.normal(0, 20, (KEPT, KEPT, 3)), 0, 255).astype(np.uint8) for _ in range(12)])


def told_by(path, pixels):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: pixels})[0].ravel()


def test_the_published_file_says_the_same_here_as_in_onnx_runtime(teacher):
    pixels = np.random.default_rng(1).uniform(0, 255, (1, 3, PUBLISHED_SIDE, PUBLISHED_SIDE)).astype(np.float32)
    with torch.no_grad():
        mine = embedder_from(teacher, PUBLISHED_SIDE)(torch.from_numpy(pixels)).numpy().ravel()
    assert np.abs(mine - told_by(teacher, pixels)).max() < 1e-5


def test_a_file_of_another_form_is_refused(tmp_path, teacher):
    model = onnx.load(teacher)
    model.graph.node[0].op_type = "Sub"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ValueError, match="not of the form"):
        embedder_from(tmp_path / "other.onnx")


def test_a_kernel_over_the_whole_map_keeps_its_sum_in_a_smaller_one():
    kernel = torch.ones(2, 1, 8, 8)
    assert resampled(kernel, 6).shape == (2, 1, 6, 6)
    assert torch.allclose(resampled(kernel, 6).sum(), kernel.sum())


def test_what_is_exported_is_what_was_trained_and_the_manifest_says_how_faces_go_in(tmp_path, teacher):
    network = embedder_from(teacher).eval()
    path, told = export_faces(network, SIDE, tmp_path / "out", "7", (30.0, 0.4))
    pixels = np.random.default_rng(2).uniform(0, 255, (1, 3, SIDE, SIDE)).astype(np.float32)
    with torch.no_grad():
        mine = network(torch.from_numpy(pixels)).numpy().ravel()
    theirs = told_by(path, pixels)
    assert theirs.shape == (NUMBERS,)
    assert mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs) > 0.9999
    manifest = json.loads(told.read_text())
    assert manifest["family"] == "face-embedder" and manifest["version"] == "7"
    assert manifest["similarity"] == {"slope": 30.0, "middle": 0.4}
    assert np.allclose(manifest["alignment"], FIVE)


def test_training_can_go_on_from_an_exported_file(tmp_path, teacher):
    network = embedder_from(teacher).eval()
    path, _ = export_faces(network, SIDE, tmp_path / "out", "7")
    again, weights = embedder_from(teacher).eval(), embedder_weights(path)
    again.load_state_dict({name: torch.zeros_like(value) for name, value in weights.items()})
    again.load_state_dict(weights)
    pixels = torch.rand(1, 3, SIDE, SIDE) * 255
    with torch.no_grad():
        assert torch.cosine_similarity(network(pixels), again(pixels)).item() > 0.9999


def test_points_come_to_lie_where_the_embedder_wants_them_and_never_mirrored():
    angle, scale = np.deg2rad(30), 2.5
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (FIVE * 100) @ turn.T + [40, 7]
    found = similarity(points, FIVE * 100)
    assert np.allclose(points @ found[:, :2].T + found[:, 2], FIVE * 100, atol=1e-3)
    mirrored = FIVE * [-1, 1]
    assert np.linalg.det(similarity(mirrored, FIVE)[:, :2]) > 0


@pytest.mark.parametrize("scale", [0.4, 1.0, 4.0])
def test_an_upright_face_has_its_eyes_in_place_also_when_it_is_shrunk(scale):
    picture = np.zeros((700, 700, 3), np.uint8)
    points = FIVE * 128 * scale + 60
    x, y = points[0]
    size = max(2, round(4 * scale))
    picture[round(y) - size : round(y) + size + 1, round(x) - size : round(x) + size + 1] = 255
    made = upright(picture, points, 128, MARGIN)[..., 0].astype(float)
    rows, columns = np.mgrid[: made.shape[0], : made.shape[1]]
    middle = np.array([(columns * made).sum(), (rows * made).sum()]) / made.sum()
    assert np.abs(middle - (FIVE[0] * 128 + MARGIN)).max() < 1


def row(points, score):
    return np.concatenate(([0, 0, 10, 10], points.ravel(), [score])).astype(np.float32)


def test_faces_that_are_small_or_unsure_are_not_learned_from():
    picture = np.zeros((300, 300, 3), np.uint8)
    rows = np.stack([row(FIVE * 128, 0.9), row(FIVE * 128, 0.5), row(FIVE * 30, 0.9)])
    assert cut(picture, rows)[0].shape == (1, KEPT, KEPT, 3)
    assert [len(made) for made in cut(picture, rows[1:])] == [0, 0]


def test_a_nose_beside_the_middle_or_eyes_near_to_each_other_are_a_turned_face():
    front = FIVE * 100
    aside, narrow = front.copy(), front.copy()
    aside[2, 0] += 18
    narrow[[0, 1], 0] = [42, 60]
    mirrored = aside * [-1, 1]
    assert turned(np.array([pose(points) for points in (front, aside, narrow)])).tolist() == [False, True, True]
    assert pose(aside)[0] == pytest.approx(-pose(mirrored)[0]) and pose(aside)[0] > 0


def test_turned_faces_may_agree_less_with_their_mirror_image_and_the_next_picture_of_a_film_is_no_other_face():
    aims = np.eye(4, dtype=np.float32)[[0, 1, 1, 2, 3]]
    agree, front, side = np.array([0.9, 0.9, 0.9, 0.3, 0.3]), [0.0, 0.9], [0.5, 0.5]
    assert worth_learning(aims, agree, np.array([front, front, front, front, side])) == [0, 1, 4]


def test_a_mixed_face_lies_between_two_of_like_pose_and_has_an_aim_of_its_own(tmp_path, teacher, faces):
    poses = np.array([[0.4, 0.6], [-0.4, 0.6], [0.0, 0.9]] * 4, np.float32)
    for seed in range(20):
        other, mirrored = near_in_pose(poses, 0, np.random.default_rng(seed))
        assert (poses[other, 0] * (-1 if mirrored else 1), poses[other, 1]) == pytest.approx((0.4, 0.6))
    grey = np.full((2, KEPT, KEPT, 3), 100, np.uint8)
    assert np.abs(mixed(*grey, np.random.default_rng(1)).astype(int) - 100).max() <= 1
    network = embedder_from(teacher, PUBLISHED_SIDE).eval()
    np.savez(tmp_path / "one.npz", faces=faces, aims=taught(faces, network)[0], poses=poses)
    mix_faces(tmp_path, network, 6, tell=lambda line: None)
    made = np.load(tmp_path / "mixed.npz")
    assert len(made["faces"]) and np.allclose(made["aims"], taught(made["faces"], network)[0], atol=1e-4)
    assert len(kept_faces(tmp_path)[0]) == len(faces) + len(made["faces"])


def test_an_epoch_shows_each_face_once_and_turned_ones_twice(faces):
    aims = np.eye(12, NUMBERS, dtype=np.float32)
    again = np.arange(4)
    shown = np.concatenate([batch_of(faces, aims, again, 1, number, 4)[1].argmax(dim=1) for number in range(4)])
    assert sorted(set(shown.tolist())) == list(range(12)) and len(shown) == 16
    assert (np.bincount(shown)[4:] == 1).all()


def test_the_aim_is_of_length_one_and_a_face_that_is_its_own_mirror_image_agrees_with_it(teacher, faces):
    same = np.concatenate((faces, faces[:, :, ::-1]))
    symmetric = ((faces[:2].astype(int) + faces[:2, :, ::-1]) // 2).astype(np.uint8)
    network = embedder_from(teacher, PUBLISHED_SIDE).eval()
    aims, _ = taught(same, network)
    assert np.allclose(np.linalg.norm(aims, axis=1), 1, atol=1e-5)
    assert np.allclose(aims[: len(faces)], aims[len(faces) :], atol=1e-4)
    assert taught(symmetric, network)[1].min() > 0.999


def test_a_sample_is_the_same_for_the_same_seed_and_of_the_embedders_size(faces):
    for seed in range(40):
        one, two = (spoil.sample(faces[seed % 12], np.random.default_rng(seed)) for _ in range(2))
        assert one.shape == (SIDE, SIDE, 3) and one.dtype == np.uint8
        assert (one == two).all()


def test_an_embedder_that_says_the_aims_loses_nothing():
    aims = torch.nn.functional.normalize(torch.randn(4, NUMBERS))
    assert distil_loss(3 * aims, aims, aims)[0].item() == pytest.approx(0, abs=1e-5)
    assert distil_loss(-aims, aims, aims)[0].item() > 1


def test_distilling_comes_nearer_to_the_teacher_and_goes_on_where_it_was_cut_off(tmp_path, teacher, faces):
    aims, _ = taught(faces, embedder_from(teacher, PUBLISHED_SIDE).eval())
    np.savez(tmp_path / "one.npz", faces=faces, aims=aims, poses=np.zeros((len(faces), 2)))
    lines = []
    kept = kept_faces(tmp_path)
    with torch.random.fork_rng():
        whole = distil(*kept, embedder_from(teacher), tmp_path / "whole", 32, batch=4, say=lines.append)

        class Cut(Exception):
            pass

        from porchlight_training import distil as module
        from porchlight_training import run
        shown, real = [0], module.distil_loss

        def cut_off(*given):
            shown[0] += 1
            if shown[0] == 5:
                raise Cut
            return real(*given)

        run.CHECKPOINT_SECONDS, before = -1, run.CHECKPOINT_SECONDS
        module.distil_loss = cut_off
        try:
            with pytest.raises(Cut):
                distil(*kept, embedder_from(teacher), tmp_path / "cut", 32, batch=4, say=lines.append)
        finally:
            module.distil_loss, run.CHECKPOINT_SECONDS = real, before
        again = distil(*kept, embedder_from(teacher), tmp_path / "cut", 32, batch=4, say=lines.append)
    assert any("going on after 16" in line for line in lines)
    assert all(torch.allclose(whole[name], again[name], atol=1e-6) for name in whole)


def test_no_faces_are_told(tmp_path):
    with pytest.raises(ValueError, match="holds no faces"):
        kept_faces(tmp_path)


def test_pairs_count_as_right_at_the_threshold_that_the_other_folds_choose():
    scores = np.array([0.9, 0.1, 0.8, 0.2, 0.3, 0.7])
    same = np.array([True, False, True, False, True, False])
    assert folds(scores, same, np.array([0, 0, 1, 1, 2, 2]))[0] == pytest.approx(200 / 3)


def test_true_accepts_are_those_above_what_so_many_strangers_pass():
    scores = np.concatenate((np.linspace(0, 0.999, 1000), [0.5, 0.9985, 1.1, 2.0]))
    same = np.array([False] * 1000 + [True] * 4)
    assert true_accepts(scores, same, 1e-3) == pytest.approx(75)


def test_pairs_of_strangers_are_counted_once_and_nobody_is_a_stranger_to_themselves():
    embeddings = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    counts = strangers(embeddings, ["one", "one", "two"])
    assert counts.sum() == 2 and counts[CELLS // 2] == 2


def test_the_similarity_has_80_and_99_at_the_wanted_false_accepts():
    counts = np.zeros(CELLS, np.int64)
    # Cosine 0: all but a ten-thousandth; 0.4: these, of which a tenth lies at 0.5.
    counts[CELLS // 2], counts[int(0.7 * CELLS) - 1], counts[int(0.75 * CELLS) - 1] = 999_900, 90, 10
    slope, middle = curve(counts)
    for share, percent in ((1e-4, 80), (1e-5, 99)):
        assert 100 / (1 + np.exp(-slope * (threshold_of(counts, share) - middle))) == pytest.approx(percent)


def test_a_face_of_few_pixels_is_coarse_and_infrared_is_grey_and_the_rest_stays():
    crop = np.random.default_rng(4).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    assert (worse(crop) == crop).all()
    assert worse(crop, 16).std() < 0.3 * crop.std()
    grey = worse(crop, light="infra-red", rng=np.random.default_rng(1))
    assert (grey[..., 0] == grey[..., 2]).all() and grey.dtype == np.uint8
    masked = worse(crop, light="mask")
    assert (masked[:79] == crop[:79]).all() and (masked[90, 20:100] == 200).all()


def test_the_lists_of_pairs_are_read_as_published():
    assert lfw_pairs("10\t300\nAda\t1\t4\nAda\t2\tBob\t13\n") == [
        ("Ada_0001", "Ada_0004", True), ("Ada_0002", "Bob_0013", False)]


def test_each_repository_of_faces_has_a_commit_and_a_licence_and_none_is_for_measuring():
    faces = read_face_sources(SOURCES)
    measured = {source["repo"] for source in read_sources(SOURCES) if source["role"] == "test"}
    assert faces and not measured & {source["repo"] for source in faces}
    assert all(len(source["commit"]) == 40 and source["licence"] for source in faces)
