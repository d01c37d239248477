"""Networks as people export them today: they run, or one line says how to export them."""

import subprocess

import pytest

from conftest import PROGRAM

onnx = pytest.importorskip("onnx")
numpy = pytest.importorskip("numpy")

CELLS = sum((320 // stride) ** 2 for stride in (8, 16, 32))


def network(path, rows, columns, transposed=False, opset=13, element="FLOAT"):
    """Rows of boxes that hardly depend on the picture: 90 % of class 0 in row 7, for heads like YOLOv8's."""
    from onnx import TensorProto, helper, numpy_helper

    values = numpy.zeros((1, rows, columns), numpy.float32)
    values[0, 7, :4] = [140, 160, 80, 200]
    values[0, 7, 4] = 0.9
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
        [helper.make_tensor_value_info("images", getattr(TensorProto, element), [1, 3, 320, 320])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.jpg"
    made = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x320", "-frames:v", "1", path]
    subprocess.run(made, check=True)
    return path


def detect(model, picture):
    return subprocess.run([PROGRAM, "detect", "--model", model, picture], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("opset", [13, 18, 23, 24])
def test_operator_sets_up_to_the_newest_run(opset, tmp_path, picture):
    result = detect(network(tmp_path / "m.onnx", CELLS, 84, transposed=True, opset=opset), picture)
    assert result.returncode == 0 and "PERSON" in result.stdout, result.stderr


@pytest.mark.parametrize(
    "options, remedy",
    [
        ({"rows": 300, "columns": 6}, "end2end=False"),
        ({"rows": 3 * CELLS, "columns": 85}, "YOLOv8"),
        ({"rows": CELLS, "columns": 5, "transposed": True}, '"classes"'),
        ({"rows": CELLS, "columns": 84, "transposed": True, "element": "FLOAT16"}, "float16"),
        ({"rows": CELLS, "columns": 84, "transposed": True, "element": "UINT8"}, "float32 input"),
        ({"rows": CELLS, "columns": 84, "transposed": True, "opset": 99}, "opset 17"),
    ],
)
def test_what_does_not_run_is_told_in_one_line_with_what_to_do(options, remedy, tmp_path, picture):
    result = detect(network(tmp_path / "m.onnx", **options), picture)
    assert result.returncode != 0 and remedy in result.stderr
    assert result.stderr.count("\n") == 1
