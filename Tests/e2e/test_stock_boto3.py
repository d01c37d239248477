"""The suite in Tests/boto3, which knows nothing of this one, against a real daemon."""

import os
import subprocess
import sys

from conftest import ROOT, wait_for


def test_code_that_was_written_for_aws_runs_with_another_endpoint(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    keys = daemon.credentials()
    environment = {
        **os.environ,
        "PORCHLIGHT_ENDPOINT": f"http://127.0.0.1:{daemon.port}",
        "PORCHLIGHT_CAMERA": "door",
        "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    suite = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ROOT / "Tests/boto3"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(suite.stdout[-4000:])
    assert suite.returncode == 0
    assert " skipped" not in suite.stdout.splitlines()[-1]
