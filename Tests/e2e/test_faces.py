"""Collections of faces with stock boto3 and the AWS CLI: the picture of one public-domain person, and many that are none."""

import os
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import urllib.request
import zlib

import pytest
from botocore.exceptions import ClientError
from conftest import ROOT, Scene, fill_disk, wait_for
from flat_pictures import jpeg as flat_jpeg
from test_full_disk import small_disk  # noqa: F401 — a fixture

PHOTOGRAPHS = ROOT / ".cache/photos"


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A woman in a space suit and a cat: the two public-domain photographs of the demo clip."""
    if not (PHOTOGRAPHS / "chelsea.png").exists():
        subprocess.run([ROOT / "scripts/demo-clip.sh", tmp_path_factory.mktemp("demo") / "demo.mp4"], check=True)
    return {name: (PHOTOGRAPHS / f"{name}.png").read_bytes() for name in ("astronaut", "chelsea")}


@pytest.fixture
def daemon(launch, listener, toy):
    daemon = launch(Scene(ROOT / "Models/default", toy.clip, toy.seconds))
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    return daemon


def ffmpeg(picture, *options, kind="mjpeg"):
    """The picture in another form."""
    return subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", "-", *options, "-frames:v", "1", "-f", "image2pipe", "-c:v", kind, "-"],
        input=picture,
        capture_output=True,
        check=True,
    ).stdout


def with_orientation(jpeg, orientation):
    """EXIF that says how the picture is to be turned."""
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png(width, height, depth, color, rows):
    """A PNG of whatever form."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


def metric(daemon, name):
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.port}/metrics",
        headers={"Authorization": f"Bearer {daemon.credentials()['bearerToken']}"},
    )
    text = urllib.request.urlopen(request).read().decode()
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"porchlight_{name} "))


def files_hold(daemon, text):
    return [file for file in daemon.storage.glob("faces.sqlite*") if text in file.read_bytes()]


def test_a_person_is_indexed_found_listed_and_really_deleted(daemon, photographs):
    api = daemon.rekognition()
    assert not list(daemon.storage.glob("faces.sqlite*")), "a box without collections has no file of faces"
    astronaut = {"Bytes": photographs["astronaut"]}

    found = api.detect_faces(Image=astronaut)["FaceDetails"]
    assert len(found) == 1 and found[0]["Confidence"] > 80
    assert {point["Type"] for point in found[0]["Landmarks"]} == {"eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"}
    assert abs(found[0]["Pose"]["Yaw"]) < 45 and found[0]["Quality"]["Sharpness"] > 20

    made = api.create_collection(CollectionId="crew", Tags={"ship": "discovery"})
    assert made["CollectionArn"].endswith(":collection/crew") and made["FaceModelVersion"]
    assert api.list_tags_for_resource(ResourceArn=made["CollectionArn"])["Tags"] == {"ship": "discovery"}
    assert refusal(api.create_collection, CollectionId="crew") == "ResourceAlreadyExistsException"
    indexed = api.index_faces(CollectionId="crew", Image=astronaut, ExternalImageId="eileen:collins")
    assert len(indexed["FaceRecords"]) == 1, indexed["UnindexedFaces"]
    face = indexed["FaceRecords"][0]["Face"]
    assert api.list_faces(CollectionId="crew")["Faces"] == [face]
    assert api.describe_collection(CollectionId="crew")["FaceCount"] == 1
    assert metric(daemon, "faces") == 1 and files_hold(daemon, b"eileen:collins")

    # Another picture of her: smaller, mirrored, and a JPEG.
    again = {"Bytes": ffmpeg(photographs["astronaut"], "-vf", "scale=400:400,hflip")}
    matches = api.search_faces_by_image(CollectionId="crew", Image=again)
    assert matches["FaceMatches"][0]["Face"] == face and matches["FaceMatches"][0]["Similarity"] > 90
    compared = api.compare_faces(SourceImage=astronaut, TargetImage=again)
    assert len(compared["FaceMatches"]) == 1 and compared["UnmatchedFaces"] == []

    second = api.index_faces(CollectionId="crew", Image=again)["FaceRecords"][0]["Face"]["FaceId"]
    assert api.search_faces(CollectionId="crew", FaceId=second)["FaceMatches"][0]["Face"]["FaceId"] == face["FaceId"]

    api.create_user(CollectionId="crew", UserId="eileen")
    assert refusal(api.create_user, CollectionId="crew", UserId="eileen") == "ConflictException"
    associated = api.associate_faces(CollectionId="crew", UserId="eileen", FaceIds=[face["FaceId"], second])
    assert len(associated["AssociatedFaces"]) == 2 and associated["UserStatus"] == "ACTIVE"
    people = api.search_users_by_image(CollectionId="crew", Image=again)
    assert people["UserMatches"][0]["User"] == {"UserId": "eileen", "UserStatus": "ACTIVE"}
    assert api.search_users(CollectionId="crew", FaceId=second)["UserMatches"][0]["User"]["UserId"] == "eileen"
    kept = api.delete_faces(CollectionId="crew", FaceIds=[second])
    assert kept["UnsuccessfulFaceDeletions"][0]["Reasons"] == ["ASSOCIATED_TO_AN_EXISTING_USER"]
    assert api.list_users(CollectionId="crew")["Users"] == [{"UserId": "eileen", "UserStatus": "ACTIVE"}]
    api.delete_user(CollectionId="crew", UserId="eileen")

    gone = api.delete_faces(CollectionId="crew", FaceIds=[face["FaceId"], second])
    assert len(gone["DeletedFaces"]) == 2
    assert api.list_faces(CollectionId="crew")["Faces"] == []
    for text in (b"eileen:collins", b"eileen", face["FaceId"].encode(), second.encode()):
        assert not files_hold(daemon, text), text
    api.delete_collection(CollectionId="crew")
    assert not files_hold(daemon, b"crew")
    assert refusal(api.describe_collection, CollectionId="crew") == "ResourceNotFoundException"


def test_persons_survive_a_kill_in_the_middle_of_indexing_each_whole_or_not_at_all(daemon, listener, photographs):
    api = daemon.rekognition()
    api.create_collection(CollectionId="crew")
    answered = []

    def index():
        for number in range(200):
            try:
                records = api.index_faces(
                    CollectionId="crew", Image={"Bytes": photographs["astronaut"]}, ExternalImageId=f"n{number}"
                )["FaceRecords"]
                answered.append(records[0]["Face"])
            except Exception:  # noqa: BLE001 — the connection is cut
                return

    thread = threading.Thread(target=index)
    thread.start()
    wait_for("some are indexed", lambda: len(answered) >= 3, 60)
    daemon.kill()
    thread.join()
    daemon.start()
    api = daemon.rekognition()
    wait_for("the API answers", lambda: answers(api), 60)
    kept = {face["FaceId"]: face for face in api.list_faces(CollectionId="crew")["Faces"]}
    for face in answered:
        assert kept[face["FaceId"]] == face, "what was answered is kept"
    assert len(kept) - len(answered) in (0, 1)
    matches = api.search_faces_by_image(CollectionId="crew", Image={"Bytes": photographs["astronaut"]})["FaceMatches"]
    assert {match["Face"]["FaceId"] for match in matches} == set(kept), "each can be found: none is a half"


def answers(api):
    try:
        return api.list_collections()["CollectionIds"] == ["crew"]
    except Exception:  # noqa: BLE001 — it is starting
        return False


def test_pictures_of_every_form_are_looked_at_and_what_is_none_is_refused_by_name(daemon, photographs):
    api = daemon.rekognition()
    api.create_collection(CollectionId="crew")
    astronaut = photographs["astronaut"]
    jpeg = ffmpeg(astronaut, "-q:v", "2")
    raw = subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", "-", "-pix_fmt", "rgb48be", "-f", "rawvideo", "-"],
        input=astronaut, capture_output=True, check=True,
    ).stdout
    deep = png(512, 512, 16, 2, b"".join(b"\0" + raw[i * 3072 : (i + 1) * 3072] for i in range(512)))
    seen = {
        "turned by EXIF": with_orientation(ffmpeg(astronaut, "-vf", "transpose=2", "-q:v", "2"), 6),
        "grey": ffmpeg(astronaut, "-pix_fmt", "gray", kind="png"),
        "16 bits": deep,
        "large": ffmpeg(astronaut, "-vf", "scale=3000:3000", "-q:v", "5"),
        "small": ffmpeg(astronaut, "-vf", "scale=256:256", kind="png"),
    }
    for form, picture in seen.items():
        faces = api.detect_faces(Image={"Bytes": picture})["FaceDetails"]
        assert len(faces) == 1, form
        box = faces[0]["BoundingBox"]
        assert box["Top"] < 0.3 and 0.3 < box["Left"] < 0.6, (form, box)
    grey = api.index_faces(CollectionId="crew", Image={"Bytes": seen["grey"]})
    assert grey["UnindexedFaces"][0]["Reasons"] == ["LOW_FACE_QUALITY"], "a grey picture is a bad reference"
    tiny = api.index_faces(CollectionId="crew", Image={"Bytes": ffmpeg(astronaut, "-vf", "scale=160:160", kind="png")})
    assert tiny["FaceRecords"] == []

    cat = {"Bytes": photographs["chelsea"]}
    nobody = png(64, 64, 8, 2, (b"\0" + b"\x40\x80\xc0" * 64) * 64)
    cmyk = flat_jpeg(640, 480, False, ((1, 1),) * 4, adobe=0)
    for picture in (cat, {"Bytes": nobody}, {"Bytes": cmyk}):
        assert api.index_faces(CollectionId="crew", Image=picture)["FaceRecords"] == []
    assert refusal(api.search_faces_by_image, CollectionId="crew", Image={"Bytes": nobody}) == "InvalidParameterException"

    broken = {
        "cut": jpeg[: len(jpeg) // 2], "GIF": b"GIF89a, no picture of ours", "noise": os.urandom(5000),
        "a promise of 30,000 pixels": png(30000, 30000, 8, 2, b""),
    }
    for form, picture in broken.items():
        code = refusal(api.index_faces, CollectionId="crew", Image={"Bytes": picture})
        assert code in ("InvalidImageFormatException", "ImageTooLargeException"), form
    assert refusal(
        api.index_faces, CollectionId="crew", Image={"S3Object": {"Bucket": "pictures", "Name": "door.jpg"}}
    ) == "InvalidS3ObjectException"
    assert refusal(api.index_faces, CollectionId="nobody", Image=cat) == "ResourceNotFoundException"
    assert api.describe_collection(CollectionId="crew")["FaceCount"] == 0, "nothing of all that is stored"


def test_a_hundred_faces_in_one_picture_are_kept_up_to_the_most_that_was_asked_for(daemon, photographs):
    api = daemon.rekognition()
    api.create_collection(CollectionId="crowd")
    crowd = ffmpeg(photographs["astronaut"], "-vf", "crop=256:256:128:0,scale=240:240,loop=63:1:0,tile=8x8", "-q:v", "3")
    found = len(api.detect_faces(Image={"Bytes": crowd})["FaceDetails"])
    assert 10 <= found <= 100
    indexed = api.index_faces(CollectionId="crowd", Image={"Bytes": crowd}, MaxFaces=5, QualityFilter="NONE")
    assert len(indexed["FaceRecords"]) == 5
    assert len({record["Face"]["ImageId"] for record in indexed["FaceRecords"]}) == 1
    assert all("EXCEEDS_MAX_FACES" in face["Reasons"] or face["Reasons"] for face in indexed["UnindexedFaces"])
    assert api.describe_collection(CollectionId="crowd")["FaceCount"] == 5


def test_two_pictures_of_five_megabytes_fit_into_one_comparison(daemon, photographs):
    api = daemon.rekognition()
    filler = b"tEXt" + b"x\0" + b"a" * (5 * 1024 * 1024 - len(photographs["astronaut"]) - 64)
    text = struct.pack(">I", len(filler) - 4) + filler + struct.pack(">I", zlib.crc32(filler))
    heavy = photographs["astronaut"][:-12] + text + photographs["astronaut"][-12:]
    compared = api.compare_faces(SourceImage={"Bytes": heavy}, TargetImage={"Bytes": heavy})
    assert compared["FaceMatches"][0]["Similarity"] > 99


def test_a_collection_of_another_network_is_refused_and_nothing_is_stored(daemon, photographs):
    api = daemon.rekognition()
    api.create_collection(CollectionId="crew")
    astronaut = {"Bytes": photographs["astronaut"]}
    api.index_faces(CollectionId="crew", Image=astronaut)
    daemon.stop()
    with sqlite3.connect(daemon.storage / "faces.sqlite") as database:
        database.execute("UPDATE collection SET model = 'another network'")
    database.close()
    daemon.start()
    wait_for("the API answers", lambda: answers(api), 60)
    for call in (api.index_faces, api.search_faces_by_image, api.search_users_by_image):
        with pytest.raises(ClientError) as refused:
            call(CollectionId="crew", Image=astronaut)
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidParameterException" and "another network" in error["Message"]
    assert api.describe_collection(CollectionId="crew")["FaceCount"] == 1


def test_the_aws_command_line_indexes_and_finds(daemon, photographs, tmp_path):
    picture = tmp_path / "astronaut.png"
    picture.write_bytes(photographs["astronaut"])
    keys = daemon.credentials()
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{daemon.port}",
        "AWS_PAGER": "",
    }

    def aws(*words):
        program = os.path.join(os.path.dirname(sys.executable), "aws")
        command = [sys.executable, program, "rekognition", *words, "--output", "text"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert "200" in aws("create-collection", "--collection-id", "crew")
    name = ("--external-image-id", "eileen", "--query", "FaceRecords[0].Face.ExternalImageId")
    assert aws("index-faces", "--collection-id", "crew", "--image-bytes", f"fileb://{picture}", *name).strip() == "eileen"
    matches = aws(
        "search-faces-by-image", "--collection-id", "crew", "--image-bytes", f"fileb://{picture}", "--query",
        "FaceMatches[0].Face.ExternalImageId",
    )
    assert matches.strip() == "eileen"


@pytest.mark.parametrize("exists", [True, False], ids=["with a collection", "without"])
def test_a_full_disk_is_an_error_of_awss_keeps_nothing_by_halves_and_is_over_when_there_is_room(
    launch, listener, toy, small_disk, photographs, exists  # noqa: F811
):
    daemon = launch(Scene(ROOT / "Models/default", toy.clip, toy.seconds))
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    api = daemon.rekognition()
    astronaut = {"Bytes": photographs["astronaut"]}
    if exists:
        api.create_collection(CollectionId="crew")
        api.index_faces(CollectionId="crew", Image=astronaut)
    filler = fill_disk(small_disk)

    def refused_for_lack_of_room():
        try:
            if exists:
                api.index_faces(CollectionId="crew", Image=astronaut)
            else:
                api.create_collection(CollectionId=f"c{time.monotonic_ns()}")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "InternalServerError"
            return True
        return False

    wait_for("what the disk cannot keep is refused", refused_for_lack_of_room, 60)
    before = api.list_collections()["CollectionIds"]
    if exists:
        count = api.describe_collection(CollectionId="crew")["FaceCount"]
        found = api.search_faces_by_image(CollectionId="crew", Image=astronaut)["FaceMatches"]
        assert len(found) == count, "searching needs no disk"
    filler.unlink()
    wait_for("there is room again", lambda: not refused_for_lack_of_room(), 30)
    assert len(api.list_collections()["CollectionIds"]) == len(before) + (0 if exists else 1)
    if exists:
        assert api.describe_collection(CollectionId="crew")["FaceCount"] == count + 1
