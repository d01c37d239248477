#!/usr/bin/env python3
"""Writes a man page for a program and each of its commands, from what the program says of itself.

Usage: scripts/deb/manual.py DUMP FOLDER VERSION DATE
    DUMP    what `PROGRAM --experimental-dump-help` printed
    FOLDER  gets PROGRAM.1, PROGRAM-COMMAND.1, …
    DATE    such as 2026-11-30, for the foot of the pages
"""

import json
import pathlib
import sys

FILES = {
    "porchlight": [
        ("/etc/porchlight/porchlight.json", "The config: cameras, model, broker, listeners, bounds."),
        ("/var/lib/porchlight", "Events, processors, faces, keys and what waits for the broker."),
        ("/usr/share/doc/porchlight/docs", "What every setting, topic and call means."),
    ],
    "porchlight-notify": [
        ("/etc/porchlight/notify.json", "The config: whom to tell, of what, and how."),
        ("/var/lib/porchlight-notify", "What waits to be told."),
        ("/usr/share/doc/porchlight/docs/notify.md", "What every setting means."),
    ],
}


def plain(text: str) -> str:
    """Text that roff takes as it is."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in escaped.split("\n"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def spelled(argument: dict) -> list[str]:
    """Every name of an option as it is typed."""
    return [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]


def placeholder(argument: dict) -> str:
    return f"\\fI{plain(argument.get('valueName', 'value'))}\\fR"


def shown(arguments: list[dict]) -> list[dict]:
    return [argument for argument in arguments if argument.get("shouldDisplay", True)]


def in_synopsis(argument: dict) -> str:
    if argument["kind"] == "positional":
        text = placeholder(argument)
    else:
        text = f"\\fB{plain(spelled(argument)[-1])}\\fR"
        if argument["kind"] == "option":
            text += " " + placeholder(argument)
    if argument.get("isOptional"):
        text = f"[{text}]"
    return text + (" ..." if argument.get("isRepeating") else "")


def described(argument: dict) -> list[str]:
    if argument["kind"] == "positional":
        head = placeholder(argument)
    else:
        head = ", ".join(f"\\fB{plain(name)}\\fR" for name in spelled(argument))
        if argument["kind"] == "option":
            head += " " + placeholder(argument)
    body = one_line(argument.get("abstract", ""))
    if argument.get("defaultValue"):
        body += f" (default: {argument['defaultValue']})"
    if argument.get("allValues"):
        body += f" (values: {', '.join(argument['allValues'])})"
    lines = [".TP", head, plain(body.strip())]
    if argument.get("discussion"):
        lines += [".br", plain(one_line(argument["discussion"]))]
    return lines


def page(path: list[str], command: dict, others: list[str], version: str, date: str) -> str:
    program, name = path[0], "-".join(path)
    lines = [
        f'.TH {plain(name.upper())} 1 "{date}" "{program} {version}" "User Commands"',
        ".SH NAME",
        f"{plain(name)} \\- {plain(one_line(command.get('abstract', '')).rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {plain(' '.join(path))}",
    ]
    arguments = shown(command.get("arguments", []))
    lines += [in_synopsis(argument) for argument in arguments]
    commands = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
    if commands:
        lines.append("\\fIcommand\\fR ...")
    if command.get("discussion"):
        lines.append(".SH DESCRIPTION")
        for paragraph in command["discussion"].split("\n\n"):
            lines += [".PP", ".nf" if "\n " in paragraph else ".ad l", plain(paragraph.strip("\n"))]
            lines += [".fi"] if "\n " in paragraph else []
    if commands:
        lines.append(".SH COMMANDS")
        for each in commands:
            page_name = plain("-".join([*path, each["commandName"]]))
            lines += [".TP", f"\\fB{page_name}\\fR(1)", plain(one_line(each.get("abstract", "")))]
    if arguments:
        lines.append(".SH OPTIONS")
        for argument in arguments:
            lines += described(argument)
    lines.append(".SH FILES")
    for file, meaning in FILES.get("-".join(path[:2]), FILES.get(program, [])):
        lines += [".TP", f".I {plain(file)}", plain(meaning)]
    lines += [
        ".SH EXIT STATUS",
        "0 when all is well, else a number of sysexits.h: 64 for a wrong command line, 78 for a config that a person has",
        "to repair.",
        ".SH SEE ALSO",
    ]
    lines += [f".BR {plain(other)} (1)" for other in others]
    return "\n".join(lines) + "\n"


def pages(path: list[str], command: dict, folder: pathlib.Path, version: str, date: str) -> None:
    commands = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
    others = ["-".join(path[:-1])] if len(path) > 1 else [name for name in sorted(FILES) if name != path[0]]
    text = page(path, command, others, version, date)
    (folder / ("-".join(path) + ".1")).write_text(text, encoding="utf-8")
    for each in commands:
        pages([*path, each["commandName"]], each, folder, version, date)


def main() -> None:
    dump, folder, version, date = sys.argv[1:]
    command = json.loads(pathlib.Path(dump).read_text(encoding="utf-8"))["command"]
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    pages([command["commandName"]], command, pathlib.Path(folder), version, date)


main()
