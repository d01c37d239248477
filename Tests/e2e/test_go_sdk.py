"""A program in Go with the stock AWS SDK, nothing changed but the endpoint. Needs Debian's golang-go and
golang-github-aws-aws-sdk-go-dev, which nothing else here does; without them it is left out, and says so."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, clip, wait_for

# Where Debian's packages put Go's libraries.
LIBRARIES = Path("/usr/share/gocode")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    if not shutil.which("go") or not (LIBRARIES / "src/github.com/aws/aws-sdk-go/service/kinesis").is_dir():
        pytest.skip("Go and its AWS SDK are not there: apt install golang-go golang-github-aws-aws-sdk-go-dev")
    made = tmp_path_factory.mktemp("go") / "faces"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(LIBRARIES), "GOCACHE": str(made.parent / "cache")}
    subprocess.run(["go", "build", "-o", made, ROOT / "Tests/GoSDK/main.go"], env=environment, check=True)
    return made


def test_a_go_program_indexes_searches_and_reads_the_data_stream(program, launch, listener, demo):
    daemon = launch(demo, {"front-door": clip(demo.clip, loop=True)})
    wait_for("the processor runs", lambda: listener.last("processor/front-door/status") == "RUNNING")
    keys = daemon.rekognition()._request_signer._credentials
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
    portrait = ROOT / ".cache/photos/astronaut.png"
    done = subprocess.run(
        [program, f"http://127.0.0.1:{daemon.port}", "front-door", portrait], env=environment, capture_output=True,
        text=True, timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["faces", "refusal", "processor", "shards", "records"]
