#!/usr/bin/env python3
"""Makes the first inputs of the fuzz targets from the fixtures of the tests: seeds.py FOLDER -> FOLDER/<target>/<name>."""

import json
import struct
import sys
import zlib
from pathlib import Path

tests = Path(__file__).resolve().parent.parent
folder = Path(sys.argv[1])


def seed(target, name, content):
    path = folder / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def json_texts():
    yield "shapes", '{"a":[1,-2.5e3,true,false,null,{"b":"\\u00e9\\ud83d\\ude00\\n"}],"c":{},"d":[]}'
    yield "request", json.dumps(
        {"Name": "door", "SettingsForUpdate": {"ConnectedHomeForUpdate": {"Labels": ["PERSON"], "MinConfidence": 60}}})
    yield "numbers", "[0, -0, 1e308, 9223372036854775807, 9223372036854775808, 0.1]"
    for path in sorted((tests.parent / "config").glob("*.json")):
        yield path.stem, path.read_bytes()


def manifests():
    yield "default", (tests.parent / "Models/default/porchlight.json").read_bytes() if (
        tests.parent / "Models/default/porchlight.json").exists() else "{}"
    yield "everything", json.dumps({
        "name": "n", "head": "nanodet-plus", "scores": "logits", "boxOrder": "xyxy", "boxUnits": "ratio", "firstClass": 1,
        "input": {"width": 416, "height": 416, "colorOrder": "BGR", "mean": [1, 2, 3], "scale": [1, 1, 1],
                  "resize": "letterbox-top-left", "pad": 114},
        "classes": ["person", "cat"], "labels": {"PERSON": ["person"], "PET": ["cat"]},
        "calibration": {"person": [[0.0, 0.0], [0.5, 0.7], [1.0, 1.0]]}})
    yield "budget", json.dumps({"input": {"pixels": 133120, "multipleOf": 32}})


def http_heads():
    cases = json.loads((tests / "ServeTests/Fixtures/signatures.json").read_text())["cases"]
    for number, case in enumerate(cases):
        lines = [f"{case['method']} {case['target']}", *(f"{name}: {value}" for name, value in case["headers"])]
        yield f"case-{number}", "\n".join(lines) + "\n\n" + case["body"]
    yield "odd", "GET /a/./../%7e//b?x=%20y&x&=&%zz HTTP\nhost: a\nauthorization: Bearer x\n\n"


def packet(head, body):
    return bytes([head, len(body)]) + body


def mqtt_streams():
    topic = b"\x00\x1fporchlight/box/processor/a/set/x"
    for version5 in (True, False):
        first = b"\x00\x03" if version5 else b"\x01\x03"
        none = b"\x00" if version5 else b""
        reason = b"\x05\x1f\x00\x02hi" if version5 else b""
        connack = packet(0x20, b"\x00\x00" + (b"\x08\x21\x00\x05\x27\x00\x01\x00\x00" if version5 else b""))
        rest = [packet(0x30, topic + none + b"ON"), packet(0x32, topic + b"\x00\x07" + none + b"ON"),
                packet(0x40, b"\x00\x01" + (b"\x87" + reason if version5 else b"")),
                packet(0x90, b"\x00\x01" + none + b"\x01"), packet(0xD0, b""),
                packet(0xE0, b"\x8e" + reason if version5 else b"")]
        yield f"all-{version5}", first + connack + b"".join(rest)
        yield f"refused-{version5}", first + packet(0x20, b"\x00\x87" + reason if version5 else b"\x00\x05")
    yield "unknown-property", b"\x00\x01" + packet(0x20, b"\x00\x00\x02\x7f\x00")


def commands():
    bodies = {
        "processor/a/settings/set": b'{"requestId":"1","settings":{"MinConfidence":50}}',
        "processor/a/enabled/set": b"ON", "processor/a/person/enabled/set": b"OFF", "camera/door/background/set": b"CLEAR",
    }
    for number, (topic, body) in enumerate(bodies.items()):
        yield f"command-{number}", bytes([len(topic), number % 2]) + topic.encode() + body


def chunk(name, payload):
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def pictures():
    signature = b"\x89PNG\r\n\x1a\n"
    for kind, bits, samples in ((0, 16, 1), (2, 8, 3), (3, 4, 1), (6, 8, 4)):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, bits, kind, 0, 0, 0))
        palette = chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", b"\x00") if kind == 3 else b""
        rows = b"".join(b"\x00" + bytes((4 * bits * samples + 7) // 8) for _ in range(3))
        yield f"png-{kind}", signature + header + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    def segment(marker, payload):
        return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload

    tables = segment(0xDB, bytes([0] + [1] * 64)) + segment(0xC4, bytes([0] + [1] + [0] * 15 + [0]))
    exif = segment(0xE1, b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + bytes(4))
    for name, marker in (("baseline", 0xC0), ("progressive", 0xC2)):
        frame = segment(marker, struct.pack(">BHHB", 8, 16, 16, 3) + b"\x01\x22\x00\x02\x11\x00\x03\x11\x00")
        scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34"
        yield name, b"\xff\xd8" + exif + tables + frame + segment(0xDD, b"\x00\x04") + scan + b"\xff\xd0\x56\xff\xd9"


def models():
    for path in sorted([*(tests / "Fixtures/infer").glob("tiny_*.onnx"), *(tests / "Fixtures/toy").glob("*.onnx")]):
        if path.stat().st_size <= 20_000:
            yield path.stem, path.read_bytes()


def cbor_items():
    yield "java", b"\xbf\x6aStreamName\x65faces\x69Timestamp\xc1\x1b\x00\x00\x01\x9b\x76\xdb\x78\x01\xff"
    yield "pieces", b"\x82\x7f\x61a\x61b\xff\x5f\x41\x00\xff"
    yield "numbers", b"\x86\x38\xff\xf9\x3c\x00\xfa\x3f\x80\x00\x00\xfb" + bytes(8) + b"\xf6\xf5"


makers = {"json": json_texts, "manifest": manifests, "http": http_heads, "mqtt": mqtt_streams, "commands": commands,
          "pictures": pictures, "onnx": models, "cbor": cbor_items}
for target, maker in makers.items():
    for name, content in maker():
        seed(target, name, content)
