#!/usr/bin/env python3
"""Takes out of a 64-bit ELF program what tells one build folder from another: Swift's hashes of what it compiled
(`.swift_modhash`, which nobody reads when the program runs). The build id is then the SHA-1 of the rest.

Usage: same_bytes.py PROGRAM"""

import hashlib
import struct
import sys
from pathlib import Path

#: Name's size, description's size, type and "GNU" stand before the id (elf(5), NT_GNU_BUILD_ID).
NOTE_HEAD = 16


def sections(image):
    """Offset and size of each section, by name."""
    (table,) = struct.unpack_from("<Q", image, 0x28)
    entry_size, count, names_index = struct.unpack_from("<HHH", image, 0x3A)
    entries = [struct.unpack_from("<IIQQQQ", image, table + index * entry_size) for index in range(count)]
    names = entries[names_index][4]
    found = {}
    for name, _, _, _, offset, size in entries:
        start = names + name
        found[bytes(image[start : image.index(0, start)]).decode()] = (offset, size)
    return found


def main():
    path = Path(sys.argv[1])
    image = bytearray(path.read_bytes())
    if image[:5] != b"\x7fELF\x02":
        sys.exit(f"same_bytes: {path} is no 64-bit ELF program")
    known = sections(image)
    offset, size = known.get(".swift_modhash", (0, 0))
    image[offset : offset + size] = bytes(size)
    offset, size = known[".note.gnu.build-id"]
    start, length = offset + NOTE_HEAD, size - NOTE_HEAD
    image[start : start + length] = bytes(length)
    image[start : start + length] = hashlib.sha1(image).digest()[:length]
    path.write_bytes(image)


if __name__ == "__main__":
    main()
