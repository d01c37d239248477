"""An API that is open to the network speaks TLS by itself: callers trust one file, and strangers stay outside."""

import socket
import ssl
import subprocess
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import SSLError
from conftest import PROGRAM, free_port, wait_for


def own_address():
    """An address of this machine that is not loopback, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no address but loopback")


def client(daemon, host, port, verify):
    keys = daemon.credentials()
    return boto3.client(
        "rekognition",
        endpoint_url=f"https://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        verify=str(verify),
        config=Config(retries={"max_attempts": 1}),
    )


def test_stock_boto3_over_the_network_trusts_the_boxs_own_certificate(launch, listener, toy):
    port = free_port()
    daemon = launch(toy, settings={"api": {"listen": f"0.0.0.0:{port}", "socket": None}})
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    authority = daemon.storage / "tls/ca.pem"
    before = authority.read_bytes()
    for host in ("127.0.0.1", "localhost", own_address()):
        names = client(daemon, host, port, authority).list_stream_processors()["StreamProcessors"]
        assert [processor["Name"] for processor in names] == ["door"]
    with pytest.raises(SSLError):
        client(daemon, "127.0.0.1", port, "/etc/ssl/certs/ca-certificates.crt").list_stream_processors()
    strict = ssl.create_default_context(cafile=str(authority))
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    assert urllib.request.urlopen(f"https://127.0.0.1:{port}/healthz", context=strict, timeout=5).status == 200
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)

    shown = subprocess.run([PROGRAM, "credentials", "--config", daemon.config], capture_output=True, text=True, check=True)
    assert f"export AWS_CA_BUNDLE='{authority}'" in shown.stdout
    listed = subprocess.run(
        [PROGRAM, "processor", "list", "--config", daemon.config], capture_output=True, text=True, check=True
    )
    assert "door" in listed.stdout
    daemon.stop()
    daemon.start()
    wait_for("it is back", lambda: listener.last("test-box/status") == "online", 20)
    wait_for("it answers", lambda: "door" in str(client(daemon, "127.0.0.1", port, authority).list_stream_processors()))
    assert authority.read_bytes() == before
