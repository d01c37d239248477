"""`porchlight faces …`: who is known to a household, at a terminal and on the running box."""

import json
import subprocess

import pytest
from conftest import PROGRAM, SHARED, clip, wait_for

PHOTOGRAPHS = SHARED / "dataset/images"
ALIGNED = SHARED / "faces/pictures"


@pytest.fixture
def box(launch, listener, toy):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    wait_for("the API answers", lambda: listener.last("test-box/status") == "online")
    return daemon


def faces(box, *arguments):
    command = [PROGRAM, "faces", *map(str, arguments), "--config", box.config]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def portraits():
    """Photographs with one face that is good enough; the program itself says which."""
    if not PHOTOGRAPHS.is_dir() and not ALIGNED.is_dir():
        pytest.skip("../shared with the photographs is not there")
    folder = ALIGNED if ALIGNED.is_dir() else PHOTOGRAPHS
    return sorted(folder.glob("*.jpg"))[::7][:400]


def enrol(box, portraits, name):
    """Shows pictures, some at a time, until one is good enough for `name`; returns those that were taken."""
    taken = []
    while portraits and not taken:
        part = [portraits.pop(0) for _ in range(min(40, len(portraits)))]
        result = faces(box, "add", name, *part, "--json")
        for picture in json.loads(result.stdout)["pictures"] if result.stdout else []:
            if "face" in picture:
                taken.append(picture["source"])
    if not taken:
        pytest.skip("no photograph with a face that is good enough")
    return taken


def test_a_box_that_knows_nobody_says_how_to_begin(box):
    made = box.rekognition()
    made.create_collection(CollectionId="household")
    result = faces(box, "list")
    assert result.returncode == 0 and "knows nobody yet" in result.stdout, result.stderr


def test_a_name_that_aws_does_not_take_is_refused_at_once(box):
    result = faces(box, "add", "two words", "x.jpg")
    assert result.returncode == 64 and "two words" in result.stderr


def test_pictures_that_cannot_be_taken_are_named_with_the_reason(box, tmp_path):
    nobody = tmp_path / "grey.png"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:s=320x240", "-frames:v", "1", nobody], check=True
    )
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    result = faces(box, "add", "anna", nobody, text, tmp_path / "absent.jpg")
    assert result.returncode == 65, result.stderr
    assert f"{nobody}" in result.stdout and "no face was found" in result.stdout
    assert "not taken" in result.stdout.splitlines()[1] and "absent.jpg" in result.stdout
    assert "anna: 0 new references" in result.stdout


def test_a_copy_of_a_collection_needs_its_passphrase(box, tmp_path):
    box.rekognition().create_collection(CollectionId="household")
    secret, other, short = (tmp_path / name for name in ("secret", "other", "short"))
    secret.write_text("correct horse\n")
    other.write_text("battery staple\n")
    short.write_text("x\n")
    file = tmp_path / "household.faces"
    assert faces(box, "export", file, "--passphrase-file", short).returncode == 64
    assert faces(box, "export", file).returncode == 64, "nobody can be asked here"
    result = faces(box, "export", file, "--passphrase-file", secret)
    assert result.returncode == 0, result.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    result = faces(box, "import", file, "--passphrase-file", other)
    assert result.returncode == 65 and "passphrase is wrong" in result.stderr
    assert faces(box, "import", file, "--passphrase-file", secret, "--collection", "second").returncode == 0
    assert faces(box, "import", box.config, "--passphrase-file", secret).returncode == 65


def test_what_is_not_there_is_said_to_be_not_there(box):
    assert faces(box, "list").returncode == 66
    box.rekognition().create_collection(CollectionId="household")
    assert faces(box, "remove", "nobody").returncode == 66
    result = faces(box, "learn", "anna", "11111111-2222-3333-4444-555555555555")
    assert result.returncode == 65 and "no picture of a visit" in result.stdout
    assert faces(box, "forget", "anna").returncode == 64, "nobody can be asked here"
    assert faces(box, "forget", "anna", "--yes").returncode == 0


def test_from_the_first_picture_to_being_forgotten(box, portraits, tmp_path):
    taken = enrol(box, list(portraits), "anna")
    anna, count = taken[0], len(taken)
    listed = json.loads(faces(box, "list", "--json").stdout)["Faces"]
    assert [face["ExternalImageId"] for face in listed] == ["anna"] * count
    found = json.loads(faces(box, "search", anna, "--json").stdout)
    assert found["FaceMatches"][0]["Face"]["ExternalImageId"] == "anna"
    assert found["FaceMatches"][0]["Similarity"] > 99
    assert "anna" in faces(box, "search", anna).stdout

    # A copy on another box: here, in another collection.
    secret, file = tmp_path / "secret", tmp_path / "household.faces"
    secret.write_text("correct horse\n")
    assert faces(box, "export", file, "--passphrase-file", secret).returncode == 0
    assert b"anna" not in file.read_bytes()
    result = faces(box, "import", file, "--passphrase-file", secret, "--collection", "copy", "--json")
    assert json.loads(result.stdout) == {"faces": count, "new": count}, result.stderr
    result = faces(box, "import", file, "--passphrase-file", secret, "--collection", "copy", "--json")
    assert json.loads(result.stdout) == {"faces": count, "new": 0}
    found = json.loads(faces(box, "search", anna, "--json", "--collection", "copy").stdout)
    assert found["FaceMatches"][0]["Face"]["ExternalImageId"] == "anna"

    # In both collections, and on the disk.
    result = faces(box, "forget", "anna", "--yes", "--json")
    assert json.loads(result.stdout)["Faces"] == 2 * count, result.stderr
    for collection in ("household", "copy"):
        assert json.loads(faces(box, "list", "--json", "--collection", collection).stdout) == {"Faces": []}
    box.stop()
    assert not any(b"anna" in path.read_bytes() for path in box.storage.glob("faces.sqlite*"))
