"""The loss on toy data, resuming, and that what is exported is what was trained."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from porchlight_training.export import export, mean, onnx_model
from porchlight_training.loss import assign, detection_loss, giou, iou_matrix
from porchlight_training.heads import aims, keep_samples, train_heads
from porchlight_training.network import BOX, CLASSES, REG_MAX, Detector, boxes, points
from porchlight_training.published import network_from
from porchlight_training.train import Average, train

COUNT = len(CLASSES)
PACKAGE = CLASSES.index("package")


def perfect(truth, classes, size):
    """Outputs that say the truth at the points that answer for an object, and nothing elsewhere."""
    centres, strides = points(size, size)
    outputs = torch.full((1, len(centres), COUNT + 2 * BOX), 0.0)
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
            start = COUNT + BOX * (name == PACKAGE)
            outputs[0, point, start : start + BOX] = spread.reshape(-1)
    for mine, start in ((classes != PACKAGE, COUNT), (classes == PACKAGE, COUNT + BOX)):
        guess = boxes(outputs[0, :, start : start + BOX], centres, strides)
        chosen, objects, _ = assign(outputs[0, :, :COUNT], guess, centres, strides, truth[mine], classes[mine])
        outputs[0, chosen, classes[mine][objects]] = 12
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
    for row, box, start in ((0, TRUTH[0], COUNT), (PACKAGE, TRUTH[1], COUNT + BOX)):
        found = boxes(outputs[:, start : start + BOX], centres, strides)[outputs[:, row] > 0]
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


def test_the_heads_are_learned_without_touching_what_the_network_knows_and_resume_where_they_were_cut(pictures, tmp_path):
    network = random_network(2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    keep_samples(pictures, network, tmp_path / "kept", 4, batch=2, say=lambda _: None)
    kept = sorted((tmp_path / "kept").glob("*.pt"))
    written = [path.stat().st_mtime_ns for path in kept]
    keep_samples(pictures, network, tmp_path / "kept", 4, batch=2, say=lambda _: None)
    assert len(kept) == 2 and [path.stat().st_mtime_ns for path in kept] == written, "what is there stays"
    after = train_heads(tmp_path / "kept", network, tmp_path, 1, highest=1e-2, say=lambda _: None)
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("added_") for name in changed)
    lines = []
    train_heads(tmp_path / "kept", network, tmp_path, 2, say=lines.append)
    assert lines[0] == "going on after 1 epochs"


def test_what_was_kept_is_what_the_whole_network_would_have_given(pictures, tmp_path):
    network = random_network(8)
    keep_samples(pictures, network, tmp_path, 2, batch=2, say=lambda _: None)
    kept = torch.load(tmp_path / "00000.pt", weights_only=True)
    with torch.no_grad():
        whole = network.head([p.float() for p in kept["begun"]])
        for out in network.added_outputs:
            out.weight[:3] = out.bias[:3] = 0
        published = network.head([p.float() for p in kept["begun"]])[..., :3]
    largest = published.abs().max()
    assert (whole[..., :3] - published).abs().max() > 0.01 * largest
    assert (kept["published"].float() - published).abs().max() < 0.005 * largest


def test_scores_aim_at_what_is_published_except_where_it_is_known_that_there_is_nothing():
    centres = points(128, 128)[0]
    published = torch.full((1, len(centres), 3), 2.0)
    known = torch.zeros(len(centres), COUNT, dtype=torch.bool)
    known[:, 1] = True
    cat = torch.tensor([[32.0, 32.0, 64.0, 64.0]]), torch.tensor([1]), torch.ones(1), known
    wanted = aims(published, [cat], (128, 128))[0]
    inside = ((centres >= 32) & (centres <= 64)).all(dim=1)
    assert wanted[:, 0].min() > 0.8, "nobody labelled people here"
    assert wanted[inside, 1].min() > 0.8 and wanted[~inside, 1].max() == 0


def test_the_published_network_is_itself_until_its_heads_have_learned():
    network = random_network(9)
    for out in network.added_outputs:
        torch.nn.init.zeros_(out.weight[:3])
        torch.nn.init.zeros_(out.bias[:3])
    pixels = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        begun = network.begun(pixels)
        level = network.outputs[0](network.towers[0][1](begun[0]))
        assert torch.allclose(network(pixels)[0, :96, :3], level.flatten(2)[0, :3].T, atol=1e-5)


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
