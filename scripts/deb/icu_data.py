#!/usr/bin/env python3
"""Makes a small table of ICU's data for the programs, to be linked instead of Foundation's own.

Foundation brings ICU with the data of 800 languages: 34 MB, of which a daemon that speaks English needs the roots and
English. The result is assembler for an object with `small_icu_data`, and the name of the symbol that it stands for is printed:
a linker that is told `--defsym=NAME=small_icu_data` leaves the large table out. ICU's functions work as before, in every
language as in English.

Usage: scripts/deb/icu_data.py ARCHIVE FOLDER
    ARCHIVE  lib_FoundationICU.a
    FOLDER   gets icu_data.s and icu_data.bin; assemble it there
"""

import pathlib
import re
import struct
import sys

# Of the trees of languages only these; of what has no language (normalisation, time zones, currencies, …) everything
# but the tables for reading old encodings, line breaks of Asian languages, transliteration and collation, names of characters,
# and which of them look alike.
LANGUAGES = re.compile(r"(root|en|en_US|en_US_POSIX|en_001|res_index|pool|supplementalData|supplementalUnits)\.res$")
TREES = re.compile(r"(curr|lang|region|zone|unit)/")
LEFT_OUT = re.compile(r"(coll|translit|rbnf|brkitr)/|(unames\.icu|confusables\.cfu)$|.*\.(cnv|dict|spp|lstm)$")
# Tables beside the languages, whatever they are called like.
TABLES = re.compile(
    r"(currencyNumericCodes|dayPeriods|genderList|grammaticalFeatures|icustd|icuver|keyTypeData|langInfo|likelySubtags"
    r"|metaZones|metadata|numberingSystems|plurals|pluralRanges|timezoneTypes|windowsZones|zoneinfo64|tzdbNames"
    r"|currencyData|zoneFormatting|units)\.res$"
)


def archive_members(archive: bytes) -> list[bytes]:
    """The object files in a static library."""
    members, at = [], 8
    while at + 60 <= len(archive):
        size = int(archive[at + 48 : at + 58])
        members.append(archive[at + 60 : at + 60 + size])
        at += 60 + size + size % 2
    return members


def symbol_bytes(member: bytes) -> tuple[str, bytes] | None:
    """The symbol icudt…_dat of a 64-bit little-endian ELF object, and its bytes."""
    if member[:4] != b"\x7fELF":
        return None
    (sections_at,) = struct.unpack_from("<Q", member, 40)
    size, count = struct.unpack_from("<HH", member, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", member, sections_at + size * index) for index in range(count)]
    for _, kind, _, _, offset, length, link, _, _, entry in sections:
        if kind != 2:
            continue
        for at in range(offset, offset + length, entry):
            name_at, _, _, section, value, extent = struct.unpack_from("<IBBHQQ", member, at)
            start = sections[link][4] + name_at
            name = member[start : member.index(b"\0", start)].decode()
            if re.fullmatch(r"icudt\d+_dat", name) and 0 < section < count:
                begin = sections[section][4] + value
                return name, member[begin : begin + extent]
    return None


def is_kept(name: str) -> bool:
    """Whether an item, such as `curr/en.res`, is kept."""
    if LEFT_OUT.match(name):
        return False
    tree = TREES.match(name)
    rest = name[tree.end() :] if tree else name
    return not rest.endswith(".res") or bool(LANGUAGES.match(rest) or TABLES.match(rest))


def kept(table: bytes) -> bytes:
    """The table with fewer items. Its form: a header, how many items, two offsets for each, names, items (ucmndata.h)."""
    (header,) = struct.unpack_from("<H", table)
    if table[2:4] != b"\xda\x27" or table[12:16] != b"CmnD":
        sys.exit("icu_data: this is no table of ICU's common data")
    (count,) = struct.unpack_from("<I", table, header)
    offsets = [struct.unpack_from("<II", table, header + 4 + 8 * index) for index in range(count)]
    ends = [data for _, data in offsets[1:]] + [len(table) - header]
    items = []
    for (name_at, data_at), end in zip(offsets, ends):
        start = header + name_at
        name = table[start : table.index(b"\0", start)]
        if is_kept(name.decode().partition("/")[2]):
            items.append((name, table[header + data_at : header + end]))
    names = b"".join(name + b"\0" for name, _ in items)
    at = 4 + 8 * len(items) + len(names)
    head, body, name_at = struct.pack("<I", len(items)), b"", 4 + 8 * len(items)
    body = b"\0" * (-at % 16)
    at += len(body)
    for name, data in items:
        head += struct.pack("<II", name_at, at)
        name_at += len(name) + 1
        data += b"\0" * (-len(data) % 16)
        body += data
        at += len(data)
    return table[:header] + head + names + body


def main() -> None:
    archive, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    found = next(filter(None, map(symbol_bytes, archive_members(archive.read_bytes()))), None)
    if found is None:
        sys.exit(f"icu_data: {archive} has no table of ICU's data")
    symbol, table = found
    small = kept(table)
    (folder / "icu_data.bin").write_bytes(small)
    (folder / "icu_data.s").write_text(
        ".section .rodata\n.balign 16\n.globl small_icu_data\n.hidden small_icu_data\n.type small_icu_data, %object\n"
        f'small_icu_data:\n.incbin "icu_data.bin"\n.size small_icu_data, {len(small)}\n'
        '.section .note.GNU-stack,"",%progbits\n',
        encoding="ascii",
    )
    print(f"icu_data: {len(table)} -> {len(small)} bytes", file=sys.stderr)
    print(symbol)


main()
