"""`porchlight model quantize` at a terminal: a model of a quarter of the size that other programs read as well."""

import json
import shutil
import subprocess

import numpy
import onnx
import onnxruntime
import pytest
from conftest import PROGRAM, ROOT, TOY_MODEL
from test_evaluate import GREEN, RED, SIDE, Dataset

DEFAULT = ROOT / "Models" / "default"


def quantize(*arguments):
    return subprocess.run([PROGRAM, "model", "quantize", *map(str, arguments)], capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for number, source in enumerate(["testsrc2=s=640x360", "mandelbrot=s=480x480", "smptebars=s=320x240"]):
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, "-frames:v", "1"]
        subprocess.run([*command, folder / f"{number}.png"], check=True)
    return folder


def as_input(path):
    """A picture as the default network's manifest wants it: `[1, 3, height, width]`."""
    told = json.loads((DEFAULT / "porchlight.json").read_text())["input"]
    # A network that takes pictures in their own shape has no size; this one is as good as any.
    width, height = told.get("width", 480), told.get("height", 256)
    scale = ["-vf", f"scale={width}:{height}"]
    command = ["ffmpeg", "-loglevel", "error", "-i", path, *scale, "-pix_fmt", "bgr24", "-f", "rawvideo", "-"]
    pixels = numpy.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, numpy.uint8)
    channels = pixels.reshape(height, width, 3).transpose(2, 0, 1).astype(numpy.float32)
    mean, scale = (numpy.array(told[name], numpy.float32).reshape(3, 1, 1) for name in ("mean", "scale"))
    return ((channels - mean) * scale)[None]


def test_a_quantized_model_is_small_and_other_programs_read_it(pictures, tmp_path):
    output = tmp_path / "small.onnx"
    result = quantize(DEFAULT, "--calibrate", pictures, "-o", output, "--threads", 2)
    assert result.returncode == 0, result.stderr
    convolutions = sum(node.op_type == "Conv" for node in onnx.load(DEFAULT / "porchlight.onnx").graph.node)
    assert f"{convolutions} convolutions" in result.stdout and "after 3 pictures" in result.stdout, result.stdout
    assert output.stat().st_size < 0.8 * (DEFAULT / "porchlight.onnx").stat().st_size
    onnx.checker.check_model(onnx.load(output))
    # The manifest comes along: the same classes, colours and calibration.
    assert (tmp_path / "small.json").read_text() == (DEFAULT / "porchlight.json").read_text()

    # Of a picture that it has seen it says nearly what the original says, in another program, too.
    picture = as_input(pictures / "0.png")
    said = []
    for path in (DEFAULT / "porchlight.onnx", output):
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        said.append(session.run(None, {session.get_inputs()[0].name: picture})[0])
    assert numpy.corrcoef(said[0].ravel(), said[1].ravel())[0, 1] > 0.97

    again = subprocess.run([PROGRAM, "detect", "--model", output, *pictures.iterdir()], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr


def test_what_8_bits_cost_is_told_for_each_class_and_for_all(tmp_path):
    made = Dataset(tmp_path)
    made.picture([(RED, 100, 120)], [(1, [100, 120, SIDE, SIDE])])
    # The toy network does not see this one: half of the people are missed, with or without 8 bits.
    made.picture([], [(1, [400, 100, 400, 400])])
    made.picture([(GREEN, 700, 120)], [(2, [700, 120, SIDE, SIDE])])
    result = quantize(
        TOY_MODEL, "--calibrate", tmp_path / "images", "-o", tmp_path / "small.onnx", "--dataset", made.write())
    assert result.returncode == 0, result.stderr
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[-4:] if line.split()}
    (person, cat), said = (rows["person"], rows["cat"]), rows["all"]
    assert float(cat[0]) == 100 and 40 < float(person[0]) < 60, result.stdout
    for column in (0, 1):
        assert float(said[column]) == pytest.approx((float(person[column]) + float(cat[column])) / 2, abs=0.06)
    assert float(said[2]) == pytest.approx(float(said[1]) - float(said[0]), abs=0.11)


def test_a_damaged_picture_is_told_and_left_out(pictures, tmp_path):
    folder = tmp_path / "pictures"
    shutil.copytree(pictures, folder)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    result = quantize(DEFAULT, "--calibrate", folder, "-o", tmp_path / "small.onnx")
    assert result.returncode == 0, result.stderr
    assert "broken.jpg" in result.stderr and "left out" in result.stderr
    assert "after 3 pictures" in result.stdout


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda folder: ["--calibrate", folder / "nowhere", "-o", folder / "x.onnx"], "cannot be read"),
        (lambda folder: ["--calibrate", folder, "-o", folder / "x.onnx"], "holds no picture"),
        (lambda folder: ["--calibrate", folder, "-o", folder / "x.bin"], "must end with .onnx"),
    ],
)
def test_what_is_missing_is_said_in_one_line(make, says, tmp_path):
    result = quantize(DEFAULT, *make(tmp_path))
    assert result.returncode != 0
    assert says in result.stderr, result.stderr
    assert not list(tmp_path.glob("*.onnx"))


def test_a_folder_that_does_not_exist_for_the_result_is_said(pictures, tmp_path):
    result = quantize(DEFAULT, "--calibrate", pictures, "-o", tmp_path / "nowhere" / "x.onnx")
    assert result.returncode != 0 and "cannot be written" in result.stderr, result.stderr


def test_a_network_that_tells_faces_apart_is_compared_by_its_vectors(tmp_path):
    faces = tmp_path / "faces"
    faces.mkdir()
    for number, source in enumerate(["testsrc2=s=128x128", "mandelbrot=s=128x128", "rgbtestsrc=s=100x100"]):
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, "-frames:v", "1"]
        subprocess.run([*command, faces / f"{number}.png"], check=True)
    embedder, output = ROOT / "Models/porchlight-face.onnx", tmp_path / "small.onnx"
    result = quantize(embedder, "--calibrate", faces, "-o", output, "--threads", 2)
    assert result.returncode == 0, result.stderr
    assert "after 3 faces" in result.stdout and "cosine to the original on 3 faces" in result.stdout, result.stdout
    assert output.stat().st_size < 0.7 * embedder.stat().st_size
    onnx.checker.check_model(onnx.load(output))
    assert (tmp_path / "small.json").read_text() == embedder.with_suffix(".json").read_text()

    # Landscapes have no faces: nothing is calibrated on nothing.
    (tmp_path / "wide").mkdir()
    wide = tmp_path / "wide/a.png"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:s=640x360", "-frames:v", "1", wide], check=True
    )
    result = quantize(embedder, "--calibrate", wide.parent, "-o", output)
    assert result.returncode == 65 and "no face was found" in result.stderr
    result = quantize(embedder, "--calibrate", faces, "-o", output, "--dataset", "truth.json")
    assert result.returncode == 64
