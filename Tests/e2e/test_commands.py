"""What a person at the terminal sees: answers, and one clear line when something is wrong."""

import json
import os
import random
import subprocess

import onnx
import pytest
from conftest import FAKE_CAMERA, PROGRAM, ROOT, TOY_MODEL, camera_frames, fake_camera, wait_for
from onnx import helper, numpy_helper


def porchlight(*arguments, environment=None):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=environment)


def one_error_line(result, status):
    assert result.returncode == status, (result.returncode, result.stderr)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture(scope="module")
def red_picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "red.png"
    graph = "color=gray:s=1280x720[a];color=0xe61e1e:s=480x480[p];[a][p]overlay=x=100:y=120"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-frames:v", "1", path], check=True)
    return path


def test_help_names_every_command():
    text = porchlight("--help").stdout
    for command in ["run", "check", "detect", "evaluate", "cameras", "processor", "watch", "mqtt", "model", "bench", "credentials"]:
        assert f"\n  {command} " in text, text


def test_detect_prints_one_json_object_per_picture(red_picture):
    result = porchlight("detect", red_picture, "--model", TOY_MODEL, "--json")
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert (answer["file"], answer["frame"], answer["width"], answer["height"]) == (str(red_picture), 0, 1280, 720)
    (detection,) = answer["detections"]
    assert (detection["label"], detection["class"]) == ("PERSON", "person")
    assert 90 < detection["confidence"] <= 100
    assert detection["boundingBox"]["left"] == pytest.approx(100 / 1280, abs=0.05)
    assert detection["boundingBox"]["width"] == pytest.approx(480 / 1280, abs=0.05)


def test_a_network_whose_weights_are_stored_in_half_precision_finds_the_same(red_picture, tmp_path):
    network = onnx.load(TOY_MODEL)
    for weight in [w for w in network.graph.initializer if w.data_type == onnx.TensorProto.FLOAT]:
        name = weight.name
        half = numpy_helper.from_array(numpy_helper.to_array(weight).astype("float16"), f"{name}_half")
        weight.CopyFrom(half)
        network.graph.node.insert(0, helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT))
    model = tmp_path / "half.onnx"
    onnx.save(network, model)

    def only_detection(model):
        result = porchlight("detect", red_picture, "--model", model, "--json")
        assert result.returncode == 0, result.stderr
        (detection,) = json.loads(result.stdout)["detections"]
        return detection

    whole, half = only_detection(TOY_MODEL), only_detection(model)
    assert half["label"] == whole["label"]
    assert half["confidence"] == pytest.approx(whole["confidence"], abs=2)
    assert half["boundingBox"] == pytest.approx(whole["boundingBox"], abs=0.005)


def test_detect_keeps_to_labels_confidence_and_regions(red_picture):
    def labels(*options):
        result = porchlight("detect", red_picture, "--model", TOY_MODEL, "--json", *options)
        return [detection["label"] for detection in json.loads(result.stdout)["detections"]]

    right = '{"BoundingBox":{"Left":0.6,"Top":0,"Width":0.4,"Height":1}}'
    assert labels("--labels", "PERSON,PET") == ["PERSON"]
    assert labels("--labels", "PET") == []
    assert labels("--min-confidence", "99") == []
    assert labels("--region", right) == []


def test_detect_draws_what_it_found(red_picture, tmp_path):
    result = porchlight("detect", red_picture, "--model", TOY_MODEL, "--annotate", tmp_path / "drawn")
    assert result.returncode == 0, result.stderr
    (drawn,) = (tmp_path / "drawn").iterdir()
    assert drawn.read_bytes().startswith(b"\xff\xd8")


def patch_picture(path, x, color="0xe61e1e"):
    """A picture of 1280x720 with one patch."""
    path.parent.mkdir(exist_ok=True)
    graph = f"color=gray:s=1280x720[a];color={color}:s=480x480[p];[a][p]overlay=x={x}:y=120"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-frames:v", "1", path], check=True)
    return path


def test_each_picture_of_a_folder_is_seen_as_it_is_alone(tmp_path):
    """PNGs of one size: libavcodec would add each onto the one before."""
    folder = tmp_path / "pictures"
    paths = [patch_picture(folder / f"{x:03}.png", x, color) for x, color in ((40, "0xe61e1e"), (400, "0x1ee61e"), (760, "0xe61e1e"))]

    def found(*files):
        result = porchlight("detect", *files, "--model", TOY_MODEL, "--json")
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    alone = [line["detections"] for path in paths for line in found(path)]
    together = found(folder)
    assert [line["detections"] for line in together] == alone
    assert [len(detections) for detections in alone] == [1, 1, 1]
    assert [line["picture"] for line in together] == [str(path) for path in paths]


def test_annotated_pictures_are_never_overwritten(tmp_path):
    """The same name in two folders, with two endings, in a second run, and in the folder of the originals."""
    out = tmp_path / "out"
    inputs = [patch_picture(tmp_path / place, 100) for place in ("a/door.png", "b/door.png", "b/door.jpg", "a/door.2.png")]
    for _ in range(2):
        result = porchlight("detect", *inputs, "--model", TOY_MODEL, "--json", "--annotate", out)
        assert result.returncode == 0, result.stderr
        named = [json.loads(line)["annotated"] for line in result.stdout.splitlines()]
        assert len(set(named)) == 4
    assert sorted(path.name for path in out.iterdir()) == [
        "door-2.jpg", "door-3.jpg", "door-4.jpg", "door-5.jpg", "door-6.jpg", "door.2-2.jpg", "door.2.jpg", "door.jpg",
    ]  # fmt: skip
    original = inputs[2].read_bytes()
    assert porchlight("detect", inputs[2], "--model", TOY_MODEL, "--annotate", inputs[2].parent).returncode == 0
    assert inputs[2].read_bytes() == original and (tmp_path / "b/door-2.jpg").exists()


def test_frames_of_two_clips_of_one_name_are_all_kept(toy, tmp_path):
    clips = [tmp_path / folder / "clip.mp4" for folder in ("a", "b")]
    for clip in clips:
        clip.parent.mkdir()
        command = ["ffmpeg", "-loglevel", "error", "-i", toy.clip, "-t", "0.5", clip]
        subprocess.run(command, check=True)
    assert porchlight("detect", *clips, "--model", TOY_MODEL, "--annotate", tmp_path / "out").returncode == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted([f"clip-{n:06}.jpg" for n in range(5)] + [f"clip-2-{n:06}.jpg" for n in range(5)])


def test_one_bad_file_does_not_hide_the_good_ones(red_picture, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(random.Random(5).randbytes(4000))
    result = porchlight("detect", bad, red_picture, tmp_path / "none.jpg", red_picture, "--model", TOY_MODEL, "--json")
    assert result.returncode == 65
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == [str(red_picture)] * 2
    told = result.stderr.strip().splitlines()
    assert len(told) == 2 and "bad.jpg" in told[0] and "none.jpg" in told[1]


def test_a_damaged_picture_of_a_folder_is_named(tmp_path):
    patch_picture(tmp_path / "pictures/a.png", 100)
    (tmp_path / "pictures/b.png").write_bytes((tmp_path / "pictures/a.png").read_bytes()[:700])
    result = porchlight("detect", tmp_path / "pictures", "--model", TOY_MODEL, "--json")
    assert len(result.stdout.splitlines()) == 1
    assert "b.png" in one_error_line(result, 65)


def test_detect_reads_every_frame_of_a_clip(toy):
    result = porchlight("detect", toy.clip, "--model", TOY_MODEL, "--json")
    frames = [json.loads(line) for line in result.stdout.splitlines()]
    assert [frame["frame"] for frame in frames] == list(range(140))
    assert frames[-1]["timeMs"] == 13900
    with_person = [f["frame"] for f in frames if any(d["label"] == "PERSON" for d in f["detections"])]
    assert with_person == list(range(20, 61))


def test_broken_input_gives_one_line_and_its_exit_status(tmp_path, red_picture):
    garbage = tmp_path / "garbage.jpg"
    garbage.write_bytes(random.Random(1).randbytes(5000))
    model = tmp_path / "model.onnx"
    model.write_bytes(TOY_MODEL.read_bytes()[:2000])
    assert "garbage.jpg" in one_error_line(porchlight("detect", garbage, "--model", TOY_MODEL), 65)
    assert "nowhere.jpg" in one_error_line(porchlight("detect", tmp_path / "nowhere.jpg", "--model", TOY_MODEL), 66)
    assert "model.onnx" in one_error_line(porchlight("detect", red_picture, "--model", model), 65)
    assert "nomodel.onnx" in one_error_line(porchlight("detect", red_picture, "--model", tmp_path / "nomodel.onnx"), 66)
    assert porchlight("detect", red_picture, "--model", TOY_MODEL, "--min-confidence", "250").returncode == 64
    assert porchlight("detect").returncode == 64


def test_check_prints_every_problem_at_once(tmp_path):
    config = tmp_path / "porchlight.json"
    config.write_text(
        json.dumps(
            {
                "camras": {},
                "cameras": {"door": {"source": "http://example/", "fps": 900}},
                "mqtt": {"port": "1883"},
                "api": {"listen": "0.0.0.0"},
            }
        )
    )
    result = porchlight("check", "--config", config)
    assert result.returncode == 78
    told = result.stdout + result.stderr
    for path in ["camras", "cameras.door.source", "cameras.door.fps", "mqtt.port", "api.listen"]:
        assert path in told, told


def test_check_looks_at_the_world_too(tmp_path, toy):
    config = tmp_path / "porchlight.json"
    config.write_text(
        json.dumps(
            {
                "cameras": {
                    "gone": {"source": "v4l2:/dev/video77"},
                    "clip": {"source": f"file:{tmp_path}/nothing.mp4"},
                },
                "model": {"path": str(tmp_path / "nothing.onnx")},
                "mqtt": {"host": "127.0.0.1", "port": 1},
                "storage": {"directory": str(tmp_path / "storage")},
            }
        )
    )
    result = porchlight("check", "--config", config)
    assert result.returncode == 78
    told = result.stdout + result.stderr
    for path in ["cameras.gone.source", "cameras.clip.source", "model.path", "mqtt"]:
        assert path in told, told


def test_a_broken_config_never_crashes_the_program(tmp_path):
    seed = random.Random(7)
    good = json.dumps({"cameras": {"door": {"source": "v4l2:/dev/video0", "fps": 10}}, "api": {"listen": "127.0.0.1:1"}})
    for round in range(60):
        text = bytearray(good.encode())
        for _ in range(seed.randint(1, 6)):
            text[seed.randrange(len(text))] = seed.randrange(256)
        config = tmp_path / "porchlight.json"
        config.write_bytes(text)
        result = porchlight("check", "--config", config)
        assert result.returncode in (0, 78), (bytes(text), result.returncode, result.stderr)


def test_cameras_lists_what_a_camera_offers(toy, tmp_path, fake_camera_library):
    import os

    frames = camera_frames(toy, tmp_path / "frames", "MJPG")
    environment = {**os.environ, **fake_camera(fake_camera_library, frames, "MJPG", "1280x720,640x480")}
    result = porchlight("cameras", "--json", environment=environment)
    assert result.returncode == 0, result.stderr
    (camera,) = [camera for camera in json.loads(result.stdout) if camera["path"] == str(FAKE_CAMERA)]
    assert camera["formats"][0]["fourcc"] == "MJPG"
    assert camera["choice"]["format"] == "MJPG"


def test_bench_measures_an_embedder_of_faces_too():
    result = porchlight("bench", "--model", ROOT / "Models/porchlight-face.onnx", "--threads", "1", "--runs", "3", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["input"] == [1, 3, 96, 96]


def test_bench_tells_the_figures():
    result = porchlight("bench", "--model", TOY_MODEL, "--threads", "1", "--json")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert {"model", "threads", "runs", "minMs", "medianMs", "p99Ms", "gmac", "peakRssMb", "kernels"} <= figures.keys()
    assert 0 < figures["minMs"] <= figures["medianMs"] <= figures["p99Ms"]


def test_the_default_network_finds_nobody_on_grey(tmp_path):
    path = tmp_path / "grey.png"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:s=640x480", "-frames:v", "1", path])
    assert json.loads(porchlight("detect", path, "--json").stdout)["detections"] == []


def test_the_processor_command_is_a_face_on_the_api(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")

    def processor(*arguments):
        result = porchlight("processor", *arguments, "--config", daemon.config)
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert "door" in processor("list")
    processor("update", "door", "--labels", "PERSON", "--min-confidence", "70")
    described = json.loads(processor("describe", "door", "--json"))
    assert described["Settings"]["ConnectedHome"]["Labels"] == ["PERSON"]
    processor("update", "door", "--min-confidence", "90", "--trial", "1h")
    assert "on trial until" in processor("describe", "door")
    processor("update", "door", "--revert")
    assert json.loads(processor("describe", "door", "--json"))["Settings"]["ConnectedHome"]["MinConfidence"] == 70
    nonsense = porchlight("processor", "update", "door", "--labels", "PET", "--trial", "soon", "--config", daemon.config)
    assert nonsense.returncode == 64 and "--trial soon" in nonsense.stderr
    processor("create", "second", "--camera", "door", "--labels", "PET")
    assert "second" in processor("list")
    processor("start", "second", "--max-seconds", "5")
    wait_for("it runs", lambda: listener.last("processor/second/status") == "RUNNING")
    wait_for("its session is over", lambda: listener.last("processor/second/status") == "STOPPED", 20)
    processor("delete", "second")
    assert "second" not in processor("list")
    refused = porchlight("processor", "start", "nobody", "--config", daemon.config)
    assert refused.returncode != 0
    assert "ResourceNotFoundException" in refused.stderr


def test_credentials_rotate_without_a_restart(launch, listener, toy):
    daemon = launch(toy)
    wait_for("it is online", lambda: listener.last("test-box/status") == "online")
    old = daemon.rekognition()
    assert old.list_stream_processors()["StreamProcessors"]
    assert porchlight("credentials", "--rotate", "--config", daemon.config).returncode == 0
    assert daemon.rekognition().list_stream_processors()["StreamProcessors"]
    with pytest.raises(Exception, match="UnrecognizedClient|InvalidSignature|InvalidClientTokenId"):
        old.list_stream_processors()


def test_pictures_whose_names_are_no_utf8_are_each_told_once(toy, tmp_path):
    folder = tmp_path / "old disk"
    folder.mkdir()
    made = ["ffmpeg", "-loglevel", "error", "-i", toy.clip, "-frames:v", "1", folder / "a.jpg"]
    subprocess.run(made, check=True)
    picture = (folder / "a.jpg").read_bytes()
    (folder / "a.jpg").unlink()
    names = [b"caf\xe9.jpg", b"caf\xe8.jpg", b"line\nbreak.jpg"]
    for name in names:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(picture)
    paths = [os.path.join(os.fsencode(folder), name) for name in names]
    command = [PROGRAM, "detect", "--model", toy.model, "--json"]
    single = subprocess.run([*command, *paths], capture_output=True, timeout=60, check=True)
    assert [os.fsencode(json.loads(line)["file"]) for line in single.stdout.splitlines()] == paths
    listed = subprocess.run([*command, folder], capture_output=True, timeout=60, check=True)
    told = {os.fsencode(json.loads(line)["picture"]) for line in listed.stdout.splitlines()}
    assert {os.path.basename(path) for path in told} == set(names)
