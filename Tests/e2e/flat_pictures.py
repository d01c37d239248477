"""Pictures of one colour in few bytes, as strangers make them: any size, any coding."""

import struct
import zlib


def jpeg(width, height, progressive=False, sampling=((2, 2), (1, 1), (1, 1)), scans=0, adobe=None):
    """A JPEG (ITU-T T.81). `scans`: behind the first, of a progressive one. `adobe`: the colour transform of APP14."""

    def segment(marker, payload):
        return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload

    count = len(sampling)
    across, down = max(h for h, _ in sampling), max(v for _, v in sampling)
    units = -(-width // (8 * across)) * -(-height // (8 * down))
    blocks = units * sum(h * v for h, v in sampling)
    out = b"\xff\xd8"
    if adobe is not None:
        out += segment(0xEE, b"Adobe\0d\0\0\0\0" + bytes([adobe]))
    out += segment(0xDB, b"\0" + bytes([1] * 64))
    components = b"".join(bytes([i + 1, h << 4 | v, 0]) for i, (h, v) in enumerate(sampling))
    out += segment(0xC2 if progressive else 0xC0, struct.pack(">BHHB", 8, height, width, count) + components)
    # One bit says "no difference to the block before", or "nothing but the mean in this block".
    counts = bytes([1, 1] + [0] * 14)
    out += segment(0xC4, b"\x00" + counts + b"\x00\x01") + segment(0xC4, b"\x10" + counts + b"\x00\xe0")
    out += segment(0xDA, bytes([count]) + b"".join(bytes([i + 1, 0]) for i in range(count)) + bytes([0, 0 if progressive else 63, 0]))
    out += bytes((blocks if progressive else 2 * blocks) // 8 + 8)
    for _ in range(scans):
        out += segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + bytes(-(-width // 8) * -(-height // 8) // 8 + 8)
    return out + b"\xff\xd9"


def png(width, height, bits=8, color=2, extra=()):
    """A black PNG. `color`: 0 grey, 2 RGB, 6 RGBA. `extra`: chunks (name, payload) before the picture."""
    row = 1 + width * {0: 1, 2: 3, 6: 4}[color] * bits // 8
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(row * 64)) for _ in range(height // 64))
    data += packer.compress(bytes(row * (height % 64))) + packer.flush()

    def chunk(name, payload):
        return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))

    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0))
    for name, payload in extra:
        out += chunk(name, payload)
    return out + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def exif_bomb(picture):
    """The JPEG with EXIF whose thousands of entries all stand for the same long list of numbers."""
    entries = b"".join(struct.pack("<HHII", 0x9000 + i, 3, 15_000, 8) for i in range(2600))
    payload = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2600) + entries + bytes(4)
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + picture[2:]


def text_bomb(megabytes):
    """A zTXt chunk that inflates to so much."""
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    return b"zTXt", b"Comment\0\0" + text
