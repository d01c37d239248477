"""The power goes while somebody is changing things: what was acknowledged is there afterwards, what was not is there
whole or not at all, and what was to run runs."""

import copy
import random
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import clip, wait_for

NAMES = ["door", "one", "two"]
ROUNDS = 6


class Owner:
    """Asks for one change after the other and remembers what the answers promised."""

    def __init__(self, daemon, seed):
        self.client = daemon.rekognition()
        self.random = random.Random(seed)
        self.promised = {"door": {"labels": ["ALL"], "confidence": 50.0, "runs": True}}
        #: What the last change would have led to, when nobody knows whether it was carried out.
        self.possible = None
        self.changes = 0
        self.refusals = []

    def wish(self):
        """A change as (call, state after it)."""
        after = copy.deepcopy(self.promised)
        name = self.random.choice(NAMES)
        if name not in after:
            after[name] = {"labels": ["PERSON"], "confidence": 60.0, "runs": False}
            return lambda: self.create(name), after
        kind = self.random.choice(["update", "update", "turn", "delete"])
        if kind == "update":
            confidence = float(self.random.randint(1, 99))
            labels = self.random.choice([["PERSON"], ["PET"], ["PERSON", "PET"]])
            after[name].update(labels=labels, confidence=confidence)
            settings = {"ConnectedHomeForUpdate": {"Labels": labels, "MinConfidence": confidence}}
            return lambda: self.client.update_stream_processor(Name=name, SettingsForUpdate=settings), after
        if kind == "delete" and not after[name]["runs"]:
            del after[name]
            return lambda: self.client.delete_stream_processor(Name=name), after
        runs = after[name]["runs"] = not after[name]["runs"]
        turn = self.client.start_stream_processor if runs else self.client.stop_stream_processor
        return lambda: turn(Name=name), after

    def create(self, name):
        self.client.create_stream_processor(
            Name=name,
            Input={"KinesisVideoStream": {"Arn": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door"}},
            Output={"S3Destination": {"Bucket": "results"}},
            RoleArn="arn:aws:iam::123456789012:role/porchlight",
            NotificationChannel={"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:door"},
            Settings={"ConnectedHome": {"Labels": ["PERSON"], "MinConfidence": 60}},
        )

    def work(self):
        """Until the box does not answer any more."""
        while True:
            call, after = self.wish()
            self.possible = after
            try:
                call()
            except BotoCoreError:
                return
            except ClientError as refusal:
                self.refusals.append(refusal)
                return
            self.promised, self.possible = after, None
            self.changes += 1

    def told(self):
        """The same as the box tells it, in a list of one; None while it does not answer. A box without processors answers, too."""
        try:
            names = [processor["Name"] for processor in self.client.list_stream_processors()["StreamProcessors"]]
            return [{name: self.state(self.client.describe_stream_processor(Name=name)) for name in names}]
        except BotoCoreError:
            return None

    @staticmethod
    def state(description):
        home = description["Settings"]["ConnectedHome"]
        assert description["Status"] in ("STOPPED", "STARTING", "RUNNING"), description
        runs = description["Status"] != "STOPPED"
        return {"labels": home["Labels"], "confidence": home["MinConfidence"], "runs": runs}


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_survives_power_cuts_at_any_moment(launch, listener, toy, seed):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    owner = Owner(daemon, seed)
    for _ in range(ROUNDS):
        worker = threading.Thread(target=owner.work)
        worker.start()
        time.sleep(owner.random.uniform(0.05, 0.8))
        daemon.kill()
        worker.join(30)
        assert not worker.is_alive() and owner.refusals == []
        daemon.start()
        [told] = wait_for("the box answers", owner.told)
        assert told in [state for state in (owner.promised, owner.possible) if state is not None]
        owner.promised, owner.possible = told, None
        if any(state["runs"] for state in told.values()):
            running = [name for name, state in told.items() if state["runs"]]
            wait_for("what was to run runs", lambda: all(status(owner, name) == "RUNNING" for name in running))
    assert owner.changes >= ROUNDS


def test_a_box_whose_last_processor_was_deleted_has_none_after_a_power_cut(launch, listener, toy):
    daemon = launch(toy, {"door": clip(toy.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    owner = Owner(daemon, seed=0)
    owner.client.stop_stream_processor(Name="door")
    owner.client.delete_stream_processor(Name="door")
    daemon.kill()
    daemon.start()
    assert wait_for("the box answers", owner.told) == [{}]


def status(owner, name):
    try:
        return owner.client.describe_stream_processor(Name=name)["Status"]
    except (BotoCoreError, ClientError):
        return None
