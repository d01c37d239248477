"""Networks as people export them today: they run, or one line says how to export them."""

import json
import subprocess

import pytest

from conftest import PROGRAM

onnx = pytest.importorskip("onnx")
numpy = pytest.importorskip("numpy")

CELLS = sum((320 // stride) ** 2 for stride in (8, 16, 32))


YOLOV8 = {"rows": CELLS, "columns": 84, "transposed": True}


def network(
    path,
    rows,
    columns,
    transposed=False,
    opset=13,
    element="FLOAT",
    row=(140, 160, 80, 200, 0.9),
    sides=(1, 3, 320, 320),
    metadata=None,
):
    """Rows of boxes that hardly depend on the picture: 90 % of class 0 in row 7, for heads like YOLOv8's."""
    from onnx import TensorProto, helper, numpy_helper

    values = numpy.zeros((1, rows, columns), numpy.float32)
    values[0, 7, : len(row)] = row
    constants = {"rows": values, "tiny": numpy.float32([1e-6]), "ones": numpy.array([1, 1, 1])}
    nodes = [helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT)]
    if opset < 18:
        nodes.append(helper.make_node("ReduceMean", ["numbers"], ["mean"], axes=[1, 2, 3], keepdims=0))
    else:
        constants["axes"] = numpy.array([1, 2, 3])
        nodes.append(helper.make_node("ReduceMean", ["numbers", "axes"], ["mean"], keepdims=0))
    nodes += [
        helper.make_node("Reshape", ["mean", "ones"], ["one"]),
        helper.make_node("Mul", ["one", "tiny"], ["little"]),
        helper.make_node("Add", ["little", "rows"], ["boxes"]),
    ]
    shape = [1, rows, columns]
    if transposed:
        nodes.append(helper.make_node("Transpose", ["boxes"], ["turned"], perm=[0, 2, 1]))
        shape = [1, columns, rows]
    nodes[-1].output[0] = "output0"
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("images", getattr(TensorProto, element), sides)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.jpg"
    made = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x320", "-frames:v", "1", path]
    subprocess.run(made, check=True)
    return path


def detect(model, picture, *options):
    command = [PROGRAM, "detect", "--model", model, picture, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("opset", [13, 18, 23, 24])
def test_operator_sets_up_to_the_newest_run(opset, tmp_path, picture):
    result = detect(network(tmp_path / "m.onnx", CELLS, 84, transposed=True, opset=opset), picture)
    assert result.returncode == 0 and "PERSON" in result.stdout, result.stderr


@pytest.mark.parametrize(
    "options, remedy",
    [
        ({"rows": 300, "columns": 7}, "nms=False"),
        ({"rows": CELLS, "columns": 10}, '"head"'),
        ({"rows": CELLS, "columns": 5, "transposed": True}, '"classes"'),
        ({"rows": CELLS, "columns": 84, "transposed": True, "element": "BFLOAT16"}, "float32 input"),
        ({"rows": CELLS, "columns": 84, "transposed": True, "opset": 99}, "opset 17"),
    ],
)
def test_what_does_not_run_is_told_in_one_line_with_what_to_do(options, remedy, tmp_path, picture):
    result = detect(network(tmp_path / "m.onnx", **options), picture)
    assert result.returncode != 0 and remedy in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        {"rows": 300, "columns": 6, "row": (100, 60, 180, 260, 0.9, 0)},
        {"rows": 3 * CELLS, "columns": 85, "row": (140, 160, 80, 200, 1, 0.9)},
        YOLOV8 | {"element": "FLOAT16"},
        YOLOV8 | {"element": "INT32"},
        YOLOV8 | {"element": "UINT8"},
        YOLOV8 | {"element": "UINT8", "sides": (1, 320, 320, 3)},
    ],
)
def test_families_and_inputs_of_today_find_the_same_box(options, tmp_path, picture):
    result = detect(network(tmp_path / "m.onnx", **options), picture, "--json")
    assert result.returncode == 0, result.stderr
    (box,) = [found["boundingBox"] for found in json.loads(result.stdout)["detections"]]
    places = [box["left"], box["top"], box["width"], box["height"]]
    assert places == pytest.approx([100 / 320, 60 / 320, 80 / 320, 200 / 320], abs=1e-3)


def test_names_and_size_of_the_metadata_stand_in_for_a_manifest(tmp_path, picture):
    notes = {"names": "{0: 'package', 1: 'cup'}", "imgsz": "[320, 320]", "task": "detect", "stride": "32"}
    options = {"rows": CELLS, "columns": 6, "transposed": True, "metadata": notes, "sides": (1, 3, "h", "w")}
    result = detect(network(tmp_path / "m.onnx", **options), picture)
    assert result.returncode == 0 and "PACKAGE" in result.stdout, result.stderr


def test_a_size_that_the_file_leaves_open_is_told_by_an_option(tmp_path, picture):
    model = network(tmp_path / "m.onnx", **(YOLOV8 | {"sides": (1, 3, "h", "w")}))
    assert detect(model, picture).returncode != 0
    result = detect(model, picture, "--size", "320x320")
    assert result.returncode == 0 and "PERSON" in result.stdout, result.stderr
    bench = [PROGRAM, "bench", "--model", model, "--size", "320x320", "--runs", "1", "--json"]
    measured = subprocess.run(bench, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(measured.stdout)["input"] == [1, 3, 320, 320]
    assert detect(model, picture, "--size", "16x320").returncode != 0


def model(*arguments):
    command = [PROGRAM, "model", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_inspect_tells_what_a_file_holds_and_what_it_would_be_taken_for(tmp_path):
    notes = {"names": "{0: 'package', 1: 'cup'}", "task": "detect"}
    path = network(tmp_path / "m.onnx", CELLS, 6, transposed=True, metadata=notes)
    result = model("inspect", path, "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["family"] == "yolov8" and told["operatorSet"] == 13 and told["metadata"] == notes
    assert {"name": "Cast", "count": 1, "supported": True} in told["operators"]
    assert told["inputs"] == [{"name": "images", "type": "float", "shape": [1, 3, 320, 320]}]
    assert told["manifest"]["labels"] == {"PACKAGE": ["package"]}
    lines = model("inspect", path).stdout
    assert "GMAC" in lines and "Transpose 1" in lines and "PACKAGE" in lines


def test_inspect_names_what_is_in_the_way(tmp_path):
    path = network(tmp_path / "m.onnx", CELLS, 84, transposed=True)
    loaded = onnx.load(path)
    loaded.graph.node.append(onnx.helper.make_node("NonZero", ["output0"], ["places"], name="post/places"))
    loaded.graph.output[0].name = "places"
    onnx.save(loaded, path)
    result = model("inspect", path)
    assert result.returncode == 65
    assert "missing NonZero (1)" in result.stdout and "nms=False" in result.stdout


def test_convert_writes_the_manifest_that_was_assumed_and_never_over_another(tmp_path, picture):
    path = network(tmp_path / "m.onnx", CELLS, 84, transposed=True)
    before = detect(path, picture, "--json").stdout
    result = model("convert", path)
    assert result.returncode == 0, result.stderr
    manifest = json.loads((tmp_path / "m.json").read_text())
    assert manifest["head"] == "yolov8" and manifest["classes"][0] == "person"
    assert manifest["input"]["width"] == 320 and manifest["input"]["colorOrder"] == "RGB"
    assert detect(path, picture, "--json").stdout == before
    assert model("convert", path).returncode == 64
    assert model("convert", path, "-o", tmp_path / "other.json").returncode == 0


def test_weights_in_a_file_beside_the_network_are_read(tmp_path, picture):
    path = network(tmp_path / "m.onnx", CELLS, 84, transposed=True)
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="m.onnx.data", size_threshold=0)
    assert (tmp_path / "m.onnx.data").stat().st_size > 84 * CELLS
    result = detect(path, picture)
    assert result.returncode == 0 and "PERSON" in result.stdout, result.stderr
    (tmp_path / "m.onnx.data").unlink()
    assert "m.onnx.data" in detect(path, picture).stderr
