#!/usr/bin/env python3
"""Prints CHANGELOG.md as a Debian changelog.

Usage: scripts/deb/changelog.py CHANGELOG.md VERSION SUITE MAINTAINER EPOCH
    VERSION  of the package that is made: what CHANGELOG.md calls Unreleased belongs to it, or else what has its number
    EPOCH    seconds, the time of the newest entry
"""

import datetime
import email.utils
import pathlib
import re
import sys
import textwrap


def sections(text: str) -> list[tuple[str, str, list[str]]]:
    """Version, date (may be empty) and entries, newest first."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        head = re.match(r"## \[([^]]+)\](?:\s*[–-]\s*(\S+))?", line)
        if head:
            found.append((head.group(1), head.group(2) or "", []))
        elif found and line.startswith("- "):
            found[-1][2].append(line[2:])
        elif found and line.startswith("  ") and found[-1][2]:
            found[-1][2][-1] += " " + line.strip()
    return [section for section in found if section[2]]


def plain(entry: str) -> str:
    """Without Markdown's marks."""
    return re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", entry).replace("**", "").replace("`", "")


def block(version: str, suite: str, entries: list[str], maintainer: str, epoch: int) -> str:
    lines = [f"porchlight ({version}) {suite}; urgency=medium", ""]
    for entry in entries:
        lines += textwrap.wrap(
            plain(entry), 78, initial_indent="  * ", subsequent_indent="    ", break_long_words=False
        )
    date = email.utils.format_datetime(datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc))
    return "\n".join([*lines, "", f" -- {maintainer}  {date}", ""])


def main() -> None:
    path, version, suite, maintainer, epoch = sys.argv[1:]
    blocks = []
    for index, (name, date, entries) in enumerate(sections(pathlib.Path(path).read_text(encoding="utf-8"))):
        day = datetime.datetime.fromisoformat(f"{date}T12:00:00+00:00").timestamp() if date else int(epoch)
        number = version if index == 0 else name + "-1"
        blocks.append(block(number, suite, entries, maintainer, int(epoch) if index == 0 else int(day)))
    print("\n".join(blocks), end="")


main()
