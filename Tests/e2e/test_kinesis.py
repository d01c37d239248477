"""The data stream of a face search, read by what was written for AWS: a boto3 loop, a consumer that saves where it is as the
Kinesis Client Library does, and the aws command."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from conftest import clip, wait_for

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/faces"


def kinesis(daemon):
    """Stock boto3 with nothing changed but the endpoint."""
    keys = daemon.rekognition()._request_signer._credentials
    return boto3.client(
        "kinesis",
        endpoint_url=f"http://127.0.0.1:{daemon.port}",
        region_name="us-east-1",
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        config=Config(retries={"max_attempts": 1}),
    )


def create(client, name="faces", camera="door"):
    client.create_stream_processor(
        Name=name,
        Input={"KinesisVideoStream": {"Arn": f"arn:aws:kinesisvideo:us-east-1:123456789012:stream/{camera}"}},
        Output={"KinesisDataStream": {"Arn": STREAM}},
        RoleArn="arn:aws:iam::123456789012:role/porchlight",
        Settings={"FaceSearch": {"CollectionId": "family", "FaceMatchThreshold": 85.0}},
    )
    client.start_stream_processor(Name=name)


@pytest.fixture
def daemon(launch, toy, listener):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    client = daemon.rekognition()
    client.create_collection(CollectionId="family")
    create(client)
    wait_for("the face search runs", lambda: listener.last("processor/faces/status") == "RUNNING")
    return daemon


class Consumer:
    """The poll pattern of the Kinesis Client Library: list shards, go on behind the number that was saved, save again."""

    def __init__(self):
        self.saved = None
        self.numbers = []

    def poll(self, client, seconds):
        shard = client.list_shards(StreamName="faces")["Shards"][0]["ShardId"]
        place = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.saved}
            if self.saved
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        iterator = client.get_shard_iterator(StreamName="faces", ShardId=shard, **place)["ShardIterator"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            page = client.get_records(ShardIterator=iterator, Limit=50)
            for record in page["Records"]:
                self.saved = record["SequenceNumber"]
                self.numbers.append(int(self.saved))
            iterator = page["NextShardIterator"]
            time.sleep(0.2)


def test_a_loop_written_for_aws_reads_every_look(daemon, listener):
    client = kinesis(daemon)
    assert client.list_streams()["StreamNames"] == ["faces"]
    shard = client.describe_stream(StreamName="faces")["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = client.get_shard_iterator(StreamName="faces", ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = []
    deadline = time.monotonic() + 20
    while len(records) < 10 and time.monotonic() < deadline:
        page = client.get_records(ShardIterator=iterator, Limit=3)
        records += page["Records"]
        iterator = page["NextShardIterator"]
        time.sleep(0.1)
    assert len(records) >= 10
    numbers = [int(record["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))
    for record in records:
        told = json.loads(record["Data"])
        video = told["InputInformation"]["KinesisVideo"]
        assert video["StreamArn"].endswith(":stream/door") and video["FragmentNumber"].isdigit()
        assert abs(video["ServerTimestamp"] - time.time()) < 120
        assert 0 <= video["ServerTimestamp"] - video["ProducerTimestamp"] < 30
        assert told["StreamProcessorInformation"] == {"Status": "RUNNING"}
        # The toy's people are red patches.
        assert told["FaceSearchResponse"] == []
        assert record["PartitionKey"] == "faces"
    # The same records are on the broker.
    assert json.loads(records[0]["Data"]).keys() == json.loads(listener.last("streams/faces")).keys()


def test_a_consumer_goes_on_where_it_was_after_a_restart(daemon):
    client, consumer = kinesis(daemon), Consumer()
    consumer.poll(client, 3)
    assert consumer.numbers
    before = list(consumer.numbers)
    daemon.kill()
    daemon.start()

    def answers():
        try:
            return client.list_streams()["StreamNames"] == ["faces"]
        except (EndpointConnectionError, ClientError):
            return False

    wait_for("it answers again", answers)
    deadline = time.monotonic() + 30
    while len(consumer.numbers) == len(before) and time.monotonic() < deadline:
        consumer.poll(client, 2)
    assert len(consumer.numbers) > len(before)
    assert consumer.numbers == sorted(set(consumer.numbers))
    assert client.describe_stream_summary(StreamARN=STREAM)["StreamDescriptionSummary"]["OpenShardCount"] == 1


def test_a_stream_outlives_its_processor(daemon):
    client, rekognition = kinesis(daemon), daemon.rekognition()
    Consumer().poll(client, 1)
    rekognition.stop_stream_processor(Name="faces")
    rekognition.delete_stream_processor(Name="faces")
    consumer = Consumer()
    consumer.poll(client, 1)
    assert consumer.numbers


def test_refusals_have_kinesis_own_names(daemon):
    client = kinesis(daemon)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream(StreamName="nobody")
    with pytest.raises(client.exceptions.InvalidArgumentException):
        client.get_records(ShardIterator="AAAA")
    with pytest.raises(ClientError) as wrong:
        client.get_shard_iterator(StreamName="faces", ShardId="shardId-000000000000", ShardIteratorType="NEVER")
    assert wrong.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError) as writing:
        client.put_record(StreamName="faces", Data=b"x", PartitionKey="x")
    assert writing.value.response["Error"]["Code"] == "UnknownOperationException"


def test_the_aws_command_reads(daemon):
    client = daemon.rekognition()
    keys = client._request_signer._credentials
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{daemon.port}",
        "AWS_PAGER": "",
    }

    def aws(*arguments):
        program = Path(sys.executable).parent / "aws"
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    assert aws("kinesis", "list-streams")["StreamNames"] == ["faces"]
    iterator = aws(
        "kinesis", "get-shard-iterator", "--stream-name", "faces", "--shard-id", "shardId-000000000000",
        "--shard-iterator-type", "TRIM_HORIZON",
    )["ShardIterator"]
    wait_for("records", lambda: aws("kinesis", "get-records", "--shard-iterator", iterator)["Records"])


def test_nobody_reads_with_another_key(daemon):
    keys = daemon.rekognition()._request_signer._credentials
    stranger = boto3.client(
        "kinesis", endpoint_url=f"http://127.0.0.1:{daemon.port}", region_name="us-east-1",
        aws_access_key_id=keys.access_key, aws_secret_access_key="w" * 40, config=Config(retries={"max_attempts": 1}),
    )
    with pytest.raises(ClientError) as refused:
        stranger.list_streams()
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"
