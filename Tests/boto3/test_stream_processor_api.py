"""Stock boto3 against a running porchlight: the code that people wrote for AWS, with another endpoint.

Needs PORCHLIGHT_ENDPOINT (http://127.0.0.1:8710), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION, and in
PORCHLIGHT_CAMERA the name of a configured camera (default: front-door). Processors made here begin with "boto3-".
"""

import datetime
import os
import time
import urllib.error
import urllib.request
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ.get("PORCHLIGHT_ENDPOINT")
CAMERA = os.environ.get("PORCHLIGHT_CAMERA", "front-door")

pytestmark = pytest.mark.skipif(not ENDPOINT, reason="PORCHLIGHT_ENDPOINT does not name a running daemon")

CONCAVE = [{"X": 0.1, "Y": 0.1}, {"X": 0.9, "Y": 0.1}, {"X": 0.5, "Y": 0.4}, {"X": 0.9, "Y": 0.9}]
BOX = {"Left": 0.5, "Top": 0.0, "Width": 0.5, "Height": 1.0}


def make_client(**changes):
    # The client's own checks are off: the server must hold the constraints by itself.
    config = Config(parameter_validation=False, retries={"max_attempts": 1})
    return boto3.client("rekognition", endpoint_url=ENDPOINT, config=config, **changes)


@pytest.fixture(scope="module")
def client():
    return make_client()


def request(processor, **changes):
    wanted = {
        "Name": processor,
        "Input": {"KinesisVideoStream": {"Arn": f"arn:aws:kinesisvideo:us-east-1:123456789012:stream/{CAMERA}/1"}},
        "Output": {"S3Destination": {"Bucket": "results", "KeyPrefix": "porch/day"}},
        "RoleArn": "arn:aws:iam::123456789012:role/porchlight",
        "Settings": {"ConnectedHome": {"Labels": ["PERSON", "ALL"], "MinConfidence": 60.5}},
        "NotificationChannel": {"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:porch-events"},
        **changes,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def delete(client, name):
    try:
        client.stop_stream_processor(Name=name)
    except ClientError:
        pass
    for _ in range(50):
        try:
            client.delete_stream_processor(Name=name)
            return
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return
            time.sleep(0.1)
    raise AssertionError(f"{name} cannot be deleted")


@pytest.fixture
def name(client):
    name = f"boto3-{uuid.uuid4().hex[:12]}"
    yield name
    delete(client, name)


@pytest.fixture
def processor(client, name):
    client.create_stream_processor(**request(name))
    return name


def code_of(error):
    return error.response["Error"]["Code"]


def refusal(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response
    assert error["Error"]["Message"], "an error must say what to do"
    return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]


def status_becomes(client, name, *wanted, within=10):
    deadline = time.monotonic() + within
    while True:
        status = client.describe_stream_processor(Name=name)["Status"]
        if status in wanted or time.monotonic() > deadline:
            assert status in wanted
            return status
        time.sleep(0.1)


def test_a_processor_lives_from_create_to_delete(client, name):
    arn = client.create_stream_processor(**request(name, Tags={"place": "porch"}))["StreamProcessorArn"]
    assert arn.endswith(f":streamprocessor/{name}")
    assert client.describe_stream_processor(Name=name)["Status"] == "STOPPED"

    session = client.start_stream_processor(Name=name)["SessionId"]
    assert session
    status_becomes(client, name, "RUNNING", "STARTING")
    client.update_stream_processor(
        Name=name, SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PET"], "MinConfidence": 99.9}}
    )
    home = client.describe_stream_processor(Name=name)["Settings"]["ConnectedHome"]
    assert home == {"Labels": ["PET"], "MinConfidence": pytest.approx(99.9)}

    client.stop_stream_processor(Name=name)
    status_becomes(client, name, "STOPPED")
    client.delete_stream_processor(Name=name)
    assert refusal(client.describe_stream_processor, Name=name)[0] == "ResourceNotFoundException"


def test_describe_tells_everything_that_create_was_told(client, name):
    wanted = request(
        name,
        RegionsOfInterest=[{"Polygon": CONCAVE}, {"BoundingBox": BOX}],
        KmsKeyId="alias/porch",
        DataSharingPreference={"OptIn": True},
    )
    before = datetime.datetime.now(datetime.timezone.utc)
    client.create_stream_processor(**wanted)
    told = client.describe_stream_processor(Name=name)
    for member in ["Name", "Input", "Output", "RoleArn", "NotificationChannel", "KmsKeyId", "DataSharingPreference"]:
        assert told[member] == wanted[member]
    assert told["Settings"]["ConnectedHome"]["Labels"] == ["PERSON", "ALL"]
    assert told["Settings"]["ConnectedHome"]["MinConfidence"] == pytest.approx(60.5)
    assert told["RegionsOfInterest"][0]["Polygon"] == CONCAVE
    assert told["RegionsOfInterest"][1]["BoundingBox"] == BOX
    assert isinstance(told["CreationTimestamp"], datetime.datetime)
    assert told["LastUpdateTimestamp"] >= told["CreationTimestamp"]
    if told["CreationTimestamp"].year != 2023:  # the stand-in of the unit tests has no clock
        assert abs((told["CreationTimestamp"] - before).total_seconds()) < 60


def test_min_confidence_is_50_when_nobody_says(client, name):
    client.create_stream_processor(**request(name, Settings={"ConnectedHome": {"Labels": ["ALL"]}}))
    assert client.describe_stream_processor(Name=name)["Settings"]["ConnectedHome"]["MinConfidence"] == 50


def test_an_update_changes_only_what_it_names(client, processor):
    client.update_stream_processor(Name=processor, RegionsOfInterestForUpdate=[{"Polygon": CONCAVE}])
    client.update_stream_processor(
        Name=processor, SettingsForUpdate={"ConnectedHomeForUpdate": {"MinConfidence": 70}}
    )
    told = client.describe_stream_processor(Name=processor)
    assert told["Settings"]["ConnectedHome"] == {"Labels": ["PERSON", "ALL"], "MinConfidence": 70}
    assert len(told["RegionsOfInterest"]) == 1


def test_parameters_to_delete_bring_the_defaults_back(client, processor):
    client.update_stream_processor(Name=processor, RegionsOfInterestForUpdate=[{"BoundingBox": BOX}])
    client.update_stream_processor(
        Name=processor, ParametersToDelete=["ConnectedHomeMinConfidence", "RegionsOfInterest"]
    )
    told = client.describe_stream_processor(Name=processor)
    assert told["Settings"]["ConnectedHome"]["MinConfidence"] == 50
    assert not told.get("RegionsOfInterest")


def test_an_empty_update_succeeds_without_effect(client, processor):
    def told():
        answer = client.describe_stream_processor(Name=processor)
        del answer["ResponseMetadata"]
        return answer

    before = told()
    client.update_stream_processor(Name=processor)
    assert told() == before


def test_a_refused_update_changes_nothing(client, processor):
    before = client.describe_stream_processor(Name=processor)["Settings"]
    code, _, _ = refusal(
        client.update_stream_processor,
        Name=processor,
        SettingsForUpdate={"ConnectedHomeForUpdate": {"Labels": ["PET"]}},
        RegionsOfInterestForUpdate=[{"Polygon": CONCAVE[:2]}],
    )
    assert code == "InvalidParameterException"
    assert client.describe_stream_processor(Name=processor)["Settings"] == before


def test_a_name_is_taken_only_once(client, processor):
    assert refusal(client.create_stream_processor, **request(processor))[0] == "ResourceInUseException"


def test_wrong_states_are_refused_as_aws_does(client, processor):
    assert refusal(client.stop_stream_processor, Name=processor)[0] == "ResourceInUseException"
    client.start_stream_processor(Name=processor)
    status_becomes(client, processor, "RUNNING", "STARTING")
    assert refusal(client.start_stream_processor, Name=processor)[0] == "ResourceInUseException"
    assert refusal(client.delete_stream_processor, Name=processor)[0] == "ResourceInUseException"


@pytest.mark.parametrize("operation", ["describe", "start", "stop", "delete", "update"])
def test_a_processor_that_is_not_there_is_not_found(client, operation):
    call = getattr(client, f"{operation}_stream_processor")
    code, _, status = refusal(call, Name="boto3-nobody")
    assert (code, status) == ("ResourceNotFoundException", 400)


def test_list_comes_in_pages(client):
    names = [f"boto3-page-{index}-{uuid.uuid4().hex[:6]}" for index in range(5)]
    try:
        for name in names:
            client.create_stream_processor(**request(name))
        paginator = client.get_paginator("list_stream_processors")
        pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
        assert all(len(page["StreamProcessors"]) <= 2 for page in pages)
        listed = [item["Name"] for page in pages for item in page["StreamProcessors"]]
        assert [name for name in listed if name in names] == sorted(names)
        assert len(set(listed)) == len(listed)
        everything = client.list_stream_processors()
        assert "NextToken" not in everything
        assert {"Name", "Status"} == set(everything["StreamProcessors"][0])
    finally:
        for name in names:
            delete(client, name)


def test_a_foreign_next_token_is_refused(client):
    code, _, status = refusal(client.list_stream_processors, NextToken="never-seen")
    assert (code, status) == ("InvalidPaginationTokenException", 400)


def test_tags_can_be_added_listed_and_removed(client, processor):
    arn = client.describe_stream_processor(Name=processor)["StreamProcessorArn"]
    client.tag_resource(ResourceArn=arn, Tags={"place": "porch", "floor": "0"})
    client.untag_resource(ResourceArn=arn, TagKeys=["floor"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"place": "porch"}
    unknown = "arn:aws:rekognition:us-east-1:123456789012:streamprocessor/boto3-nobody"
    assert refusal(client.list_tags_for_resource, ResourceArn=unknown)[0] == "ResourceNotFoundException"


STREAM = "arn:aws:kinesisvideo:us-east-1:123456789012:stream/"

BROKEN_CREATES = {
    "name with a space": {"Name": "front door"},
    "name too long": {"Name": "n" * 129},
    "no input": {"Input": None},
    "input that is no ARN": {"Input": {"KinesisVideoStream": {"Arn": "front-door"}}},
    "camera that is not there": {"Input": {"KinesisVideoStream": {"Arn": STREAM + "no-such-camera"}}},
    "no role": {"RoleArn": None},
    "role that is no ARN": {"RoleArn": "porchlight"},
    "no notification channel": {"NotificationChannel": None},
    "topic that is no ARN": {"NotificationChannel": {"SNSTopicArn": "porch"}},
    "bucket too short": {"Output": {"S3Destination": {"Bucket": "ab"}}},
    "key prefix that leaves the folder": {"Output": {"S3Destination": {"Bucket": "abc", "KeyPrefix": "../.."}}},
    "no destination": {"Output": {}},
    "no settings": {"Settings": {}},
    "no labels": {"Settings": {"ConnectedHome": {"Labels": []}}},
    "label that does not exist": {"Settings": {"ConnectedHome": {"Labels": ["UNICORN"]}}},
    "confidence above 100": {"Settings": {"ConnectedHome": {"Labels": ["ALL"], "MinConfidence": 250}}},
    "confidence below 0": {"Settings": {"ConnectedHome": {"Labels": ["ALL"], "MinConfidence": -1}}},
    "both families": {"Settings": {"ConnectedHome": {"Labels": ["ALL"]}, "FaceSearch": {"CollectionId": "c"}}},
    "11 regions": {"RegionsOfInterest": [{"BoundingBox": BOX}] * 11},
    "polygon of 2 points": {"RegionsOfInterest": [{"Polygon": CONCAVE[:2]}]},
    "polygon of 11 points": {"RegionsOfInterest": [{"Polygon": [{"X": i / 11, "Y": (i * i % 11) / 11} for i in range(11)]}]},
    "self-crossing polygon": {
        "RegionsOfInterest": [{"Polygon": [CONCAVE[0], {"X": 0.9, "Y": 0.9}, {"X": 0.9, "Y": 0.1}, {"X": 0.1, "Y": 0.9}]}]
    },
    "region without shape": {"RegionsOfInterest": [{}]},
    "region with both shapes": {"RegionsOfInterest": [{"BoundingBox": BOX, "Polygon": CONCAVE}]},
    "box outside the frame": {"RegionsOfInterest": [{"BoundingBox": {**BOX, "Left": 0.9}}]},
    "box without area": {"RegionsOfInterest": [{"BoundingBox": {**BOX, "Width": 0.0}}]},
    "tag key of AWS": {"Tags": {"aws:mine": "1"}},
}


@pytest.mark.parametrize("changes", BROKEN_CREATES.values(), ids=BROKEN_CREATES.keys())
def test_a_create_that_breaks_a_constraint_is_refused(client, name, changes):
    code, _, status = refusal(client.create_stream_processor, **request(name, **changes))
    assert (code, status) == ("InvalidParameterException", 400)
    assert refusal(client.describe_stream_processor, Name=name)[0] == "ResourceNotFoundException"


def test_the_message_names_the_region_that_is_wrong(client, name):
    regions = [{"Polygon": CONCAVE}, {"BoundingBox": BOX}, {"Polygon": CONCAVE[:2]}]
    _, message, _ = refusal(client.create_stream_processor, **request(name, RegionsOfInterest=regions))
    assert "regionsOfInterest[2]" in message


def test_an_unknown_camera_is_answered_with_the_known_ones(client, name):
    wanted = request(name, Input={"KinesisVideoStream": {"Arn": STREAM + "no-such-camera"}})
    _, message, _ = refusal(client.create_stream_processor, **wanted)
    assert CAMERA in message


DATA_STREAM = {"KinesisDataStream": {"Arn": "arn:aws:kinesis:us-east-1:123456789012:stream/boto3-faces"}}


def face_search(name, **changes):
    settings = {"FaceSearch": {"CollectionId": "boto3-nobody"}}
    return request(name, **{"Settings": settings, "Output": DATA_STREAM, "NotificationChannel": None, **changes})


def test_a_face_search_in_a_collection_that_is_not_there_says_so(client, name):
    code, message, _ = refusal(client.create_stream_processor, **face_search(name))
    assert code == "ResourceNotFoundException"
    assert message == "The collection id: boto3-nobody does not exist"


BROKEN_FACE_SEARCHES = {
    "results in a folder": {"Output": {"S3Destination": {"Bucket": "results"}}},
    "both outputs": {"Output": {"S3Destination": {"Bucket": "results"}, **DATA_STREAM}},
    "a stream that is no ARN": {"Output": {"KinesisDataStream": {"Arn": "faces"}}},
    "a stream without a name": {"Output": {"KinesisDataStream": {"Arn": "arn:aws:kinesis:x:123456789012:faces"}}},
    "regions": {"RegionsOfInterest": [{"BoundingBox": BOX}]},
    "notifications": {"NotificationChannel": {"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:porch"}},
    "no collection": {"Settings": {"FaceSearch": {}}},
    "a collection with a space": {"Settings": {"FaceSearch": {"CollectionId": "the family"}}},
    "a threshold above 100": {"Settings": {"FaceSearch": {"CollectionId": "family", "FaceMatchThreshold": 101.0}}},
}


@pytest.mark.parametrize("changes", BROKEN_FACE_SEARCHES.values(), ids=BROKEN_FACE_SEARCHES.keys())
def test_a_face_search_takes_nothing_of_label_detection(client, name, changes):
    code, _, status = refusal(client.create_stream_processor, **face_search(name, **changes))
    assert (code, status) == ("InvalidParameterException", 400)


@pytest.mark.parametrize("seconds", [0, 121, 86400])
def test_a_session_lasts_1_to_120_seconds(client, processor, seconds):
    code, _, _ = refusal(
        client.start_stream_processor, Name=processor, StopSelector={"MaxDurationInSeconds": seconds}
    )
    assert code == "InvalidParameterException"


def test_a_start_selector_takes_one_kind_of_place(client, processor):
    both = {"KVSStreamStartSelector": {"ProducerTimestamp": 1, "FragmentNumber": "2"}}
    code, _, _ = refusal(client.start_stream_processor, Name=processor, StartSelector=both)
    assert code == "InvalidParameterException"


def test_setting_and_deleting_the_same_thing_is_refused(client, processor):
    code, _, _ = refusal(
        client.update_stream_processor,
        Name=processor,
        RegionsOfInterestForUpdate=[{"Polygon": CONCAVE}],
        ParametersToDelete=["RegionsOfInterest"],
    )
    assert code == "InvalidParameterException"


def test_wrong_types_are_a_serialization_error(client):
    assert refusal(client.list_stream_processors, MaxResults="many")[0] == "SerializationException"


def test_an_operation_that_is_not_here_says_so_by_name(client):
    code, message, status = refusal(client.describe_projects)
    assert (code, status) == ("UnknownOperationException", 400)
    assert "DescribeProjects" in message


def test_a_wrong_secret_is_refused():
    wrong = make_client(aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="0" * 40)
    assert refusal(wrong.list_stream_processors)[0] == "InvalidSignatureException"


def test_a_foreign_access_key_is_refused():
    foreign = make_client(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="0" * 40)
    assert refusal(foreign.list_stream_processors)[0] == "UnrecognizedClientException"


def test_any_region_name_will_do():
    make_client(region_name="eu-central-1").list_stream_processors()


def test_only_health_and_the_empty_page_answer_strangers():
    with urllib.request.urlopen(f"{ENDPOINT}/healthz") as answer:
        assert answer.headers["Content-Type"].startswith("application/json")
    for path in ["/metrics", f"/cameras/{CAMERA}/snapshot.jpg", "/sessions", "/why", "/nobody"]:
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{ENDPOINT}{path}")
        assert raised.value.code in (401, 403)


HERE = {
    "CreateStreamProcessor", "UpdateStreamProcessor", "StartStreamProcessor", "StopStreamProcessor",
    "DescribeStreamProcessor", "ListStreamProcessors", "DeleteStreamProcessor", "TagResource", "UntagResource",
    "ListTagsForResource", "DetectLabels",
    "CreateCollection", "DescribeCollection", "ListCollections", "DeleteCollection", "IndexFaces", "ListFaces",
    "DeleteFaces", "SearchFaces", "SearchFacesByImage", "DetectFaces", "CompareFaces", "CreateUser", "DeleteUser",
    "ListUsers", "AssociateFaces", "DisassociateFaces", "SearchUsers", "SearchUsersByImage",
}


def test_every_other_operation_of_the_service_model_is_refused_as_amazons_own(client):
    others = set(client.meta.service_model.operation_names) - HERE
    assert len(others) > 30
    for name in sorted(others):
        with pytest.raises(ClientError) as refused:
            client._make_api_call(name, {})
        error = refused.value.response["Error"]
        assert error["Code"] == "UnknownOperationException", name
        assert error["Message"].startswith(f"{name} is an operation of Amazon Rekognition that Porchlight does not have")
