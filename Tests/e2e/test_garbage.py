"""Garbage at the API's doors: thousands of broken requests cost no memory and no good caller."""

import json
import random
import re
import socket
from concurrent.futures import ThreadPoolExecutor

from conftest import wait_for

GOOD = {
    "Name": "door",
    "SettingsForUpdate": {"ConnectedHomeForUpdate": {"Labels": ["PERSON"], "MinConfidence": 55.5}},
    "RegionsOfInterestForUpdate": [{"Polygon": [{"X": 0.1, "Y": 0.1}, {"X": 0.9, "Y": 0.1}, {"X": 0.5, "Y": 0.9}]}],
    "trialSeconds": 30,
}
OPERATIONS = ["UpdateStreamProcessor", "CreateStreamProcessor", "DescribeStreamProcessor", "DetectLabels", "TagResource"]
#: A daemon at rest wavers by a few; a leak of a kilobyte for each request would be ten.
MOST_GROWTH_MB = 8


def resident(daemon):
    status = open(f"/proc/{daemon.process.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def mutated(data, chance):
    data = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.randint(1, 20)]
            case _:
                data[place:place] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 20)))
        data = data or bytearray(b"x")
    return bytes(data)


def request(chance):
    """A good request over the unix socket with a broken body, or broken as a whole."""
    body = mutated(json.dumps(GOOD).encode(), chance)
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
        f"X-Amz-Target: RekognitionService.{chance.choice(OPERATIONS)}\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body if chance.random() < 0.7 else mutated(head, chance) + body


def send(daemon, data):
    """The first line of the answer; empty when there is none."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(20)
        caller.connect(str(daemon.folder / "api.sock"))
        try:
            caller.sendall(data)
            caller.shutdown(socket.SHUT_WR)
            answer = b""
            while part := caller.recv(65536):
                answer += part
        except (BrokenPipeError, ConnectionResetError):
            return b""
    return answer.split(b"\r\n", 1)[0]


def storm(daemon, seed, count):
    def some(part):
        chance = random.Random(seed * 100 + part)
        return [send(daemon, request(chance)) for _ in range(count // 4)]

    with ThreadPoolExecutor(4) as pool:
        return [line for lines in pool.map(some, range(4)) for line in lines]


def test_ten_thousand_broken_requests_leave_memory_as_it_was_and_the_box_at_work(launch, listener, toy):
    daemon = launch(toy)
    wait_for("the processor runs", lambda: listener.last("processor/door/status") == "RUNNING")
    storm(daemon, 1, 2000)
    before = resident(daemon)
    answers = storm(daemon, 2, 10_000)
    grown = resident(daemon) - before
    print(f"resident memory: {before:.1f} MB, and {grown:+.1f} MB after the garbage")
    codes = {line.split()[1].decode() for line in answers if line}
    assert codes <= {"200", "400", "403", "404", "405", "408", "411", "413", "415", "417", "431", "501", "505"}
    assert grown < MOST_GROWTH_MB
    description = daemon.rekognition().describe_stream_processor(Name="door")
    assert description["Status"] == "RUNNING"
