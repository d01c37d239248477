"""The demo clip through the whole program. On slow machines and in an emulator it takes longer and tells the same."""

from conftest import clip, wait_for

PATIENCE = 2400


def test_a_person_and_a_cat_of_the_demo_clip_are_told_over_mqtt_and_the_api(launch, listener, demo):
    daemon = launch(demo, {"door": clip(demo.clip, pace="full")})
    wait_for("both visits end", lambda: {e["label"] for e in listener.events("ended")} >= {"PERSON", "PET"}, PATIENCE)
    begun = [event["label"] for event in listener.events("started")]
    assert begun == ["PERSON", "PET"], "each comes by once"
    client = daemon.rekognition()
    names = [each["Name"] for each in client.list_stream_processors()["StreamProcessors"]]
    assert names == ["door"]
    assert client.describe_stream_processor(Name="door")["Input"]["KinesisVideoStream"]["Arn"].endswith("/door")
    assert daemon.stop(60) < 60
