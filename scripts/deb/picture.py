#!/usr/bin/env python3
"""Writes a PNG picture of made-up shapes: for programs that must look at something, without any photograph.

Usage: scripts/deb/picture.py FILE [WIDTH HEIGHT [SEED]]
"""

import pathlib
import random
import struct
import sys
import zlib


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(width: int, height: int, seed: int) -> bytes:
    """A gradient with a dozen discs of one colour each, as RGB rows with PNG's filter byte 0 in front."""
    chance = random.Random(seed)
    discs = [
        (chance.randrange(width), chance.randrange(height), chance.randrange(4, height // 3), chance.randbytes(3))
        for _ in range(12)
    ]
    picture = bytearray()
    for y in range(height):
        picture.append(0)
        for x in range(width):
            pixel = bytes((x * 255 // width, y * 255 // height, (x + y) % 256))
            for center_x, center_y, radius, color in discs:
                if (x - center_x) ** 2 + (y - center_y) ** 2 < radius**2:
                    pixel = color
            picture += pixel
    return bytes(picture)


def main() -> None:
    width, height, seed = (list(map(int, sys.argv[2:])) + [320, 240, 1][len(sys.argv) - 2 :])[:3]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows(width, height, seed), 9)) + chunk(b"IEND", b"")
    pathlib.Path(sys.argv[1]).write_bytes(b"\x89PNG\r\n\x1a\n" + data)


main()
