"""An API that is open to the network speaks TLS by itself: callers trust one file, and strangers stay outside."""

import socket
import ssl
import subprocess
import time
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


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_callers_of_every_kind_come_and_go_and_the_next_one_is_served(launch, listener, toy, version):
    port = free_port()
    daemon = launch(toy, settings={"api": {"listen": f"127.0.0.1:{port}", "socket": None, "tls": {}}})
    wait_for("the API listens", lambda: listens(port), 30)
    context = ssl.create_default_context(cafile=str(daemon.storage / "tls/ca.pem"))
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])

    def healthz(connection):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            part = connection.recv(1 << 14)
            assert part, "the whole answer"
            answer += part
        assert answer.startswith(b"HTTP/1.1 200")

    for number in range(100):
        plain = socket.create_connection(("127.0.0.1", port), timeout=5)
        if number % 4 == 0:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" if number % 8 else b"\x16\x03\x01\x02\x00\x01")
            if number % 8:
                assert b"HTTP/" not in plain.recv(1 << 14)
            plain.close()
            continue
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            assert connection.version() == version.name.replace("_", ".")
            assert connection.selected_alpn_protocol() == "http/1.1"
            healthz(connection)
            healthz(connection)
            if number % 4 == 1:
                # Both sides say goodbye; Python raises when the other one only hangs up.
                connection.unwrap().close()
            elif number % 4 == 2:
                connection.sendall(b"GET /healthz HTTP/1.1\r\n")
    older = ssl.create_default_context(cafile=str(daemon.storage / "tls/ca.pem"))
    older.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        older.wrap_socket(plain, server_hostname="127.0.0.1")
    assert daemon.is_running()
    assert urllib.request.urlopen(f"https://127.0.0.1:{port}/healthz", context=context, timeout=5).status == 200


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def shown_certificate(port, tmp_path):
    """The certificate that a caller is shown now: its file, and what openssl says of it."""
    pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=5)
    file = tmp_path / "shown.pem"
    file.write_text(pem)
    text = subprocess.run(["openssl", "x509", "-in", file, "-noout", "-text"], capture_output=True, text=True, check=True)
    return file, text.stdout


def test_the_certificate_is_renewed_while_the_program_runs_and_callers_notice_nothing(
    launch, listener, toy, wall_clock, tmp_path
):
    port = free_port()
    settings = {"api": {"listen": f"0.0.0.0:{port}", "socket": None}}
    daemon = launch(toy, environment=wall_clock.environment, settings=settings)
    wait_for("it runs", lambda: listener.last("processor/door/status") == "RUNNING")
    # Cameras do not wait for the API: it may come up after them.
    wait_for("the API listens", lambda: listens(port), 20)
    authority = daemon.storage / "tls/ca.pem"
    before, process = authority.read_bytes(), daemon.process.pid
    first, _ = shown_certificate(port, tmp_path)
    first = first.read_bytes()

    wall_clock.set_ahead(380 * 86_400)
    wait_for("another certificate is shown", lambda: shown_certificate(port, tmp_path)[0].read_bytes() != first, 40)
    file, text = shown_certificate(port, tmp_path)
    assert daemon.is_running() and daemon.process.pid == process
    assert authority.read_bytes() == before
    later = str(int(time.time()) + 380 * 86_400)
    verify = ["openssl", "verify", "-x509_strict", "-attime", later, "-CAfile", authority]
    subprocess.run([*verify, "-verify_ip", "127.0.0.1", file], check=True, capture_output=True)

    # A clock that comes back finds a certificate that does not count yet, and there is another one again.
    wall_clock.set_ahead(0)
    url = f"https://localhost:{port}/healthz"
    curl = ["curl", "--silent", "--fail-with-body", "--cacert", authority, url]
    wait_for("curl is content", lambda: subprocess.run(curl, capture_output=True).returncode == 0, 40)
