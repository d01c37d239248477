"""A network that takes pictures in their own shape: every command and every camera uses the same rule."""

import json
import shutil
import subprocess

import pytest
from conftest import PROGRAM, TOY_MODEL, clip, wait_for

# The toy network's 128x128 pixels, in any shape: 160x96 for 16:9.
INPUT = {"pixels": 128 * 128, "multipleOf": 32}


def porchlight(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def own_shape(tmp_path_factory):
    """The toy network with a manifest that bounds its pixels instead of naming a size."""
    folder = tmp_path_factory.mktemp("own-shape")
    shutil.copy(TOY_MODEL, folder / "own.onnx")
    (folder / "own.json").write_text(json.dumps({"head": "yolox", "input": INPUT}))
    return folder / "own.onnx"


def picture(path, width, height, left, top, side):
    graph = f"color=gray:s={width}x{height}[a];color=0xe61e1e:s={side}x{side}[p];[a][p]overlay={left}:{top}"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-frames:v", "1", path], check=True)
    return path


def bench(model, *arguments):
    result = porchlight("bench", "--model", model, "--threads", 1, "--runs", 3, "--json", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["input"]


def test_bench_says_which_input_it_measured(own_shape):
    assert bench(own_shape) == [1, 3, 96, 160]
    assert bench(own_shape, "--size", "1920x1080") == [1, 3, 96, 160]
    assert bench(own_shape, "--size", "720x1280") == [1, 3, 160, 96]
    assert bench(own_shape, "--size", "500x500") == [1, 3, 128, 128]
    assert bench(TOY_MODEL) == [1, 3, 128, 128]
    assert bench(TOY_MODEL, "--size", "640x480") == [1, 3, 480, 640]
    assert porchlight("bench", "--model", own_shape, "--size", "640").returncode == 64


@pytest.mark.parametrize("width, height, left, top", [(1280, 720, 800, 130), (720, 1280, 100, 800), (960, 720, 300, 200)])
def test_boxes_lie_where_they_belong_in_wide_upright_and_old_pictures(own_shape, tmp_path, width, height, left, top):
    side = 400
    path = picture(tmp_path / "red.png", width, height, left, top, side)
    result = porchlight("detect", path, "--model", own_shape, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)["detections"]
    assert found and {one["label"] for one in found} == {"PERSON"}, found
    box = found[0]["boundingBox"]
    middle = (box["left"] + box["width"] / 2) * width, (box["top"] + box["height"] / 2) * height
    # The toy's cells are 64 pixels of the picture wide.
    assert abs(middle[0] - (left + side / 2)) < 100 and abs(middle[1] - (top + side / 2)) < 100, (box, middle)


def test_pictures_of_many_shapes_in_one_go_are_each_looked_at_in_their_own(own_shape, tmp_path):
    paths, alone = [], []
    for number, (width, height) in enumerate([(1280, 720), (720, 1280), (960, 720), (1280, 720), (800, 800)] * 2):
        paths.append(picture(tmp_path / f"{number}.png", width, height, 40 * number, 30, 420))
        alone.append(porchlight("detect", paths[-1], "--model", own_shape, "--json").stdout)
    together = porchlight("detect", *paths, "--model", own_shape, "--json")
    assert together.returncode == 0 and together.stdout == "".join(alone)


def test_each_camera_gets_the_input_of_its_shape_and_the_log_says_which(launch, listener, toy, own_shape, tmp_path):
    old = tmp_path / "old.mp4"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", toy.clip, "-vf", "crop=960:720:0:0", old], check=True)
    toy.model, fixed = own_shape, toy.model
    try:
        cameras = {
            "door": clip(toy.clip, loop=True),
            "turned": {**clip(toy.clip, loop=True), "rotate": 90},
            "old": clip(old, loop=True),
        }
        daemon = launch(toy, cameras=cameras)
        log = lambda: daemon.log.read_text(errors="replace")
        for line in ("door: 1280x720 -> 160x96", "turned: 720x1280 -> 96x160", "old: 960x720 -> 128x96"):
            wait_for(line, lambda: f"camera {line}" in log(), 30)
        for camera in cameras:
            wait_for(f"a person at {camera}", lambda: listener.last(f"processor/{camera}/person") == "ON", 30)
    finally:
        toy.model = fixed


def test_a_quantized_network_keeps_its_rule(own_shape, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, (width, height) in enumerate([(1280, 720), (720, 1280)]):
        picture(folder / f"{number}.png", width, height, 100, 100, 420)
    small = tmp_path / "small.onnx"
    result = porchlight("model", "quantize", own_shape, "--calibrate", folder, "-o", small, "--threads", 1)
    assert result.returncode == 0, result.stderr
    assert "after 2 pictures" in result.stdout
    assert bench(small) == [1, 3, 96, 160] and bench(small, "--size", "720x1280") == [1, 3, 160, 96]


def test_half_a_bound_on_the_pixels_is_told(own_shape, tmp_path):
    shutil.copy(own_shape, tmp_path / "half.onnx")
    (tmp_path / "half.json").write_text(json.dumps({"input": {"pixels": 20000}}))
    result = porchlight("bench", "--model", tmp_path / "half.onnx")
    assert result.returncode == 65 and "multipleOf" in result.stderr, result.stderr
