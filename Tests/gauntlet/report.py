"""The gauntlet's outcome for people: a line each, the page, and the four figures."""

import re

from .world import MEMORY

BEGIN, END = "<!-- gauntlet -->", "<!-- /gauntlet -->"


def count(outcomes):
    return {
        "lies": sum(len(outcome.lies) for outcome in outcomes),
        "lost visits": sum(len(outcome.lost) + len(outcome.missing) for outcome in outcomes),
        "needless silence": sum(len(outcome.silences) for outcome in outcomes),
        "unexplained faults": sum(bool(outcome.unexplained) for outcome in outcomes),
    }


def figures(outcomes):
    peak = max((outcome.peak for outcome in outcomes), default=0)
    numbers = ", ".join(f"{number} {what}" for what, number in count(outcomes).items())
    return f"{len(outcomes)} breakages: {numbers}; {peak:.0f} MB at most of {MEMORY}"


def verdict(outcome):
    words = outcome.lies + [f"lost: {each}" for each in outcome.lost] + outcome.silences
    words += [outcome.unexplained] if outcome.unexplained else []
    words += [f"missing seq {outcome.missing[:5]}"] if outcome.missing else []
    return "; ".join(words) or "holds"


def named(outcome):
    if not outcome.breakage.names:
        return "–"
    return f"{outcome.named[0]}, {outcome.named[1]:.0f} s" if outcome.named else "nobody"


def line(outcome):
    extra = "".join(f"\n    {note}" for note in outcome.notes)
    return (
        f"{'ok  ' if outcome.is_well else 'FAIL'} {outcome.breakage.kind}: {outcome.breakage.name}: {verdict(outcome)} "
        f"(told by {named(outcome)}; {outcome.peak:.0f} MB; motion {outcome.peer or '–'}){extra}"
    )


def write(path, outcomes, date):
    """Replaces what stands between the two marks of the page."""
    text = path.read_text()
    table = "\n".join(
        f"| {outcome.breakage.kind} | {outcome.breakage.name} | {outcome.breakage.done} | {verdict(outcome)} | {named(outcome)} | "
        f"{outcome.peer or '–'} |"
        for outcome in outcomes
    )
    page = (
        f"{BEGIN}\n{date}: {figures(outcomes)}\n\n"
        "| kind | breakage | what is done | seen | told by, after | motion's visits |\n|---|---|---|---|---|---|\n"
        f"{table}\n{END}"
    )
    path.write_text(re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: page, text, flags=re.DOTALL))
