"""The loss on toy data, resuming, and that what is exported is what was trained."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from porchlight_training.export import export, mean, onnx_model
from porchlight_training.loss import assign, detection_loss, giou, iou_matrix
from porchlight_training.heads import Level, load_places, train_heads
from porchlight_training.network import BOX, CLASSES, REG_MAX, Detector, boxes, points
from porchlight_training.places import answers, keep_places, places, samples
from porchlight_training.predict import normalised
from porchlight_training.published import network_from
from porchlight_training.train import Average, train

COUNT = len(CLASSES)
PACKAGE = CLASSES.index("package")


def perfect(truth, classes, size):
    """Outputs that say the truth at the points that answer for an object, and nothing elsewhere."""
    centres, strides = points(size, size)
    outputs = torch.full((1, len(centres), COUNT + BOX), 0.0)
    outputs[..., :COUNT] = -12
    for box, name in zip(truth, classes.tolist()):
        fits = ((torch.cat((centres - box[:2], box[2:] - centres), 1) / strides[:, None] < REG_MAX).all(dim=1)
                & (centres > box[:2]).all(dim=1) & (centres < box[2:]).all(dim=1))
        for point in fits.nonzero()[:, 0]:
            distances = torch.cat((centres[point] - box[:2], box[2:] - centres[point])) / strides[point]
            spread = torch.full((4, REG_MAX + 1), -30.0)
            low = distances.long()
            for side in range(4):
                share = distances[side] - low[side]
                spread[side, low[side]] = torch.log(1 - share + 1e-9)
                spread[side, low[side] + 1] = torch.log(share + 1e-9)
            outputs[0, point, COUNT:] = spread.reshape(-1)
    guess = boxes(outputs[0, :, COUNT:], centres, strides)
    chosen, objects, _ = assign(outputs[0, :, :COUNT], guess, centres, strides, truth, classes)
    outputs[0, chosen, classes[objects]] = 12
    return outputs


def random_network(seed):
    """A network in which no two constants are alike."""
    torch.manual_seed(seed)
    network = Detector().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    return network


def target(truth, classes, size):
    known = torch.ones(len(points(size, size)[0]), COUNT, dtype=torch.bool)
    return truth, classes, torch.ones(len(truth)), known


TRUTH = torch.tensor([[20.0, 30.0, 60.0, 78.0], [70.0, 20.0, 118.0, 60.0]])
WHAT = torch.tensor([0, 3])


def test_boxes_come_back_from_their_distances():
    centres, strides = points(128, 128)
    outputs = perfect(TRUTH, WHAT, 128)[0]
    for row, box in ((0, TRUTH[0]), (PACKAGE, TRUTH[1])):
        found = boxes(outputs[:, COUNT:], centres, strides)[outputs[:, row] > 0]
        assert len(found) and torch.allclose(found, box.expand_as(found), atol=0.05)


def test_the_truth_costs_least():
    good = detection_loss(perfect(TRUTH, WHAT, 128), [target(TRUTH, WHAT, 128)], (128, 128))[0]
    moved = detection_loss(perfect(TRUTH + 12, WHAT, 128), [target(TRUTH, WHAT, 128)], (128, 128))[0]
    renamed = detection_loss(perfect(TRUTH, torch.tensor([1, 2]), 128), [target(TRUTH, WHAT, 128)], (128, 128))[0]
    assert good < 0.5 < min(moved, renamed)


def test_a_detection_of_an_unlabelled_class_costs_nothing():
    outputs = perfect(TRUTH, torch.tensor([1, 1]), 128)
    nothing = torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), torch.zeros(0)
    known = torch.ones(outputs.shape[1], COUNT, dtype=torch.bool)
    wrong = detection_loss(outputs, [(*nothing, known)], (128, 128))[0]
    known[:, 1] = False
    assert detection_loss(outputs, [(*nothing, known)], (128, 128))[0] < 0.01 < wrong


def test_every_object_however_small_has_a_point_that_answers_for_it():
    centres, strides = points(128, 128)
    truth = torch.tensor([[50.0, 50.0, 54.0, 55.0], [10.0, 10.0, 120.0, 120.0]])
    logits, guess = torch.zeros(len(centres), COUNT), torch.cat((centres - 8, centres + 8), dim=1)
    _, objects, _ = assign(logits, guess, centres, strides, truth, torch.tensor([1, 0]))
    assert set(objects.tolist()) == {0, 1}


def test_overlaps_are_what_geometry_says():
    a, b = torch.tensor([[0.0, 0.0, 10.0, 10.0]]), torch.tensor([[5.0, 0.0, 15.0, 10.0]])
    assert iou_matrix(a, b).item() == pytest.approx(1 / 3, abs=1e-5)
    assert giou(a, b).item() == pytest.approx(1 / 3, abs=1e-5)
    assert giou(a, b + 100).item() < -0.5


def test_a_few_steps_on_toy_pictures_lower_the_loss_and_resume_where_they_were_cut(pictures, tmp_path):
    torch.manual_seed(1)
    lines = []
    arguments = dict(batch=2, highest=1e-3, workers=0, say=lines.append)
    start = Detector().state_dict()

    def run(folder, samples):
        network = Detector()
        network.load_state_dict(start)
        return train(pictures, network, tmp_path / folder, samples, **arguments)

    whole = run("whole", 8)
    run("cut", 4)
    state = torch.load(tmp_path / "cut" / "checkpoint.pt", weights_only=True)
    assert state["shown"] == 4 and state["steps"] == 2
    resumed = run("cut", 8)
    assert "going on after 4 samples" in lines
    moved = sum(float((whole[name] - start[name]).abs().sum()) for name in whole)
    assert moved > 0
    assert all(torch.isfinite(value).all() for value in resumed.values())


def test_learning_one_picture_by_heart_finds_its_object():
    torch.manual_seed(0)
    size = 64
    network = Detector()
    pixels = torch.randn(1, 3, size, size) * 0.1
    pixels[:, 2, 16:48, 16:48] = 3
    truth = [target(torch.tensor([[16.0, 16.0, 48.0, 48.0]]), torch.tensor([3]), size)]
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    losses = []
    for _ in range(60):
        loss, _ = detection_loss(network(pixels), truth, (size, size))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert min(losses[-10:]) < 0.5 * losses[0]
    output = network(pixels)[0]
    best = output[:, :COUNT].max(dim=0)[0].argmax()
    assert best == 3


def test_the_average_follows_the_weights():
    network = Detector()
    average = Average(network)
    before = average.weights["stem.bias"].clone()
    with torch.no_grad():
        network.stem.bias += 1
    for _ in range(50):
        average.update(network)
    assert ((average.weights["stem.bias"] - before) > 0.9).all()


def test_several_runs_are_exported_as_their_mean():
    first, second = random_network(5).state_dict(), random_network(6).state_dict()
    joined = mean([first, second])
    assert torch.allclose(joined["stem.bias"], (first["stem.bias"] + second["stem.bias"]) / 2)
    assert all(torch.equal(value, first[name]) for name, value in mean([first]).items())
    assert {name: value.dtype for name, value in joined.items()} == {name: value.dtype for name, value in first.items()}


def test_what_is_exported_is_what_was_trained_in_whatever_shape_a_camera_has(tmp_path):
    network = random_network(3)
    exact = onnxruntime.InferenceSession(onnx_model(network).SerializeToString())
    path, manifest = export(network, {"person": [[0, 0], [1, 1]]}, tmp_path)
    half = onnxruntime.InferenceSession(str(path))
    for height, width in ((256, 480), (416, 288), (352, 352)):
        pixels = torch.randn(1, 3, height, width)
        with torch.no_grad():
            expected = network(pixels).numpy()
        assert expected.shape[1] == len(points(height, width)[0])
        assert np.abs(exact.run(None, {"data": pixels.numpy()})[0] - expected).max() < 1e-3 * np.abs(expected).max()
        assert np.abs(half.run(None, {"data": pixels.numpy()})[0] - expected).max() < 0.02 * np.abs(expected).max()
    assert path.stat().st_size < 2_500_000
    told = json.loads(manifest.read_text())
    assert told["classes"] == list(CLASSES)
    assert (told["input"]["pixels"], told["input"]["multipleOf"]) == (133120, 32)
    standard = {"Cast", "Constant", "Conv", "LeakyRelu", "Reshape", "Concat", "Slice", "Transpose", "Add", "Resize",
                "MaxPool", "Gather"}
    assert {node.op_type for node in onnx.load(path).graph.node} <= standard


def test_packages_are_learned_without_touching_anything_else(pictures, tmp_path):
    network = random_network(2).to(memory_format=torch.channels_last)
    pixels = torch.randn(1, 3, 96, 128)
    with torch.no_grad():
        before = network(pixels)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    keep_places(pictures, network, tmp_path, say=lambda _: None)
    lines = []
    after = train_heads(tmp_path, network, steps=201, highest=1e-2, say=lambda line: lines.append(json.loads(line)))
    changed = {name for name, value in after.items() if not torch.equal(value, weights[name])}
    assert changed and all(name.startswith(("package_", "outputs")) for name in changed)
    assert not any("package_towers" in name for name in changed)
    with torch.no_grad():
        moved = (network(pixels) - before).abs().amax(dim=(0, 1))
    assert moved[PACKAGE] > 1e-2
    others = [index for index in range(COUNT + BOX) if index != PACKAGE]
    assert moved[others].max() == 0, "not a bit"
    assert lines[-1]["step"] == 200 and lines[-1]["loss"] < 0.8 * lines[0]["loss"]


def test_the_rows_go_a_share_of_the_way(pictures, tmp_path):
    start = random_network(2)
    keep_places(pictures, start, tmp_path, say=lambda _: None)
    pixels = torch.randn(1, 3, 96, 128)
    outputs = []
    for share in (0.0, 0.5, 1.0):
        network = random_network(2)
        network.load_state_dict(train_heads(tmp_path, network, steps=20, highest=1e-1, share=share, say=lambda _: None))
        with torch.no_grad():
            outputs.append(network(pixels)[..., PACKAGE])
    unmoved, half, whole = outputs
    with torch.no_grad():
        assert torch.allclose(unmoved, random_network(2)(pixels)[..., PACKAGE], atol=1e-3)
    assert (whole - unmoved).abs().max() > 0.1
    assert torch.allclose(half, (unmoved + whole) / 2, atol=1e-3)


def test_places_of_a_source_are_kept_once(pictures, tmp_path):
    network = random_network(2)
    keep_places(pictures, network, tmp_path, say=lambda _: None)
    (path,) = tmp_path.glob("*.npz")
    written = path.stat().st_mtime_ns
    keep_places(pictures, network, tmp_path, say=lambda _: None)
    assert path.stat().st_mtime_ns == written
    assert int(np.load(path)["samples"]) == 2 * 7 + 4


def test_what_was_kept_gives_the_scores_of_the_whole_network(pictures):
    network = random_network(8)
    rng = np.random.default_rng(0)
    sample, shape = next(samples(pictures[1], 1, rng))
    with torch.no_grad():
        kept = places(network, sample, shape, rng)
        whole = network(normalised(sample.pixels[None]))[0, :, PACKAGE]
        for index in range(4):
            here = kept["level"] == index
            scores = Level(network, index)(*(torch.from_numpy(kept[name][here]).float() for name in ("ended", "own")))
            assert len(scores) == 0 or (scores[:, None] - whole[None]).abs().min(dim=1)[0].max() < 0.02 * whole.abs().max()


def test_a_package_asks_for_a_score_where_a_box_fits_it_and_the_rest_for_none(pictures):
    network = random_network(8)
    rng = np.random.default_rng(0)
    for number, picture in enumerate(pictures[:4]):
        sample, shape = next(samples(picture, 1, rng))
        with torch.no_grad():
            kept = places(network, sample, shape, rng)
        holds = bool((picture.classes == PACKAGE).any())
        assert kept["aim"][kept["kind"] == 0].max() == 0
        assert (kept["aim"].max() >= 0.24) == holds, number


def test_nothing_is_background_where_there_may_be_packages_without_a_box(pictures):
    network = random_network(8)
    picture = pictures[5]
    picture.annotated[PACKAGE] = False
    rng = np.random.default_rng(0)
    sample, shape = next(samples(picture, 1, rng))
    with torch.no_grad():
        kept = places(network, sample, shape, rng)
    # What lies beside the picture is background in any case.
    scale = min(shape[0] / picture.width, shape[1] / picture.height)
    beside = shape[0] - picture.width * scale >= 8 or shape[1] - picture.height * scale >= 8
    assert len(kept["aim"]) == 0 or beside


def test_as_many_places_answer_for_a_package_as_boxes_fit_it():
    centres, strides = points(128, 128)
    box = torch.tensor([30.0, 30.0, 70.0, 70.0])
    found = torch.cat((centres - 2, centres + 2), dim=1)
    assert len(answers(box, found, centres, strides)[0]) == 1, "however badly all boxes fit"
    found[(centres - 48).abs().sum(dim=1) <= 8] = box
    where, overlap = answers(box, found, centres, strides)
    assert len(where) > 1 and overlap.min() > 0.99
    tiny = torch.tensor([49.0, 49.0, 51.0, 51.0])
    assert len(answers(tiny, found, centres, strides)[0]) == 1, "no point lies inside"


def test_no_source_decides_alone(pictures, tmp_path):
    network = random_network(8)
    for index, picture in enumerate(pictures):
        picture.source = "small" if index == 1 else "large"
    keep_places(pictures, network, tmp_path, say=lambda _: None)
    weights = torch.cat([level["weight"] for level in load_places(tmp_path)]).unique()
    assert weights.max() / weights.min() == pytest.approx(8 * (11 / 7) ** 0.5, rel=1e-3)


def test_a_file_without_a_row_for_packages_on_the_published_towers_is_read_as_it_was(tmp_path):
    network = random_network(7)
    for out in network.outputs:
        out.weight.data[PACKAGE], out.bias.data[PACKAGE] = 0, 0
    model = onnx_model(network)
    for tensor in model.graph.initializer:
        if tensor.dims[0] == COUNT + BOX:
            old = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.delete(old, PACKAGE, axis=0), tensor.name))
    onnx.save(model, tmp_path / "old.onnx")
    pixels = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.allclose(network_from(tmp_path / "old.onnx").eval()(pixels), network(pixels), atol=1e-3)


def test_what_a_teacher_doubts_asks_for_a_lower_score():
    logits = perfect(TRUTH, WHAT, 128)
    truth, classes, _, known = target(TRUTH, WHAT, 128)
    sure = detection_loss(logits, [(truth, classes, torch.ones(2), known)], (128, 128))[1]["quality"]
    doubted = detection_loss(logits, [(truth, classes, torch.full((2,), 0.4), known)], (128, 128))[1]["quality"]
    assert doubted > sure + 0.1


def test_an_exported_network_can_be_trained_further(tmp_path):
    network = random_network(4)
    path, _ = export(network, None, tmp_path)
    again = network_from(path).eval()
    pixels = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        a, b = network(pixels), again(pixels)
    assert (a - b).abs().max() < 0.02 * a.abs().max()
