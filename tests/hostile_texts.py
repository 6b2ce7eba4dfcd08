"""Texts that make careless patterns look at everything again from every place.

A reader of texts is called in a process of its own with a bound on processor time, not on the
clock: what reads a text in one pass takes milliseconds of it, however busy the machine is, and
what does not is ended by the system.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable

ENTRY_CHARACTERS = 65_536
QUERY_CHARACTERS = 8_192
CPU_SECONDS = 20
"""For one text. What takes the square of its length takes minutes; what does not is some five times
slower while coverage is measured."""

_UNITS = {
    "spaces": " ",
    "tabs and spaces": "\t ",
    "no-break spaces": "\u00a0",
    "newlines": "\n",
    "spaces, few newlines": " " * 500 + "\n",
    "line separators": "\u2028 ",
    "full stops": ".",
    "exclamations": "!?",
    "ellipses": "…",
    "dandas": "।",
    "ideographic stops": "。",
    "quotes": "\"'",
    "quoted stops": '."',
    "brackets": "([{<*",
    "closing brackets": ")]}>",
    "round brackets": "(",
    "rules": "=",
    "rules far apart": "= ",
    "angles": "<",
    "braces": "{{a}",
    "opened placeholders": "{a",
    "digits": "12",
    "dates": "12 of may ",
    "numbers far apart": "1" + " " * 40,
    "hyphens": "a-",
    "apostrophes": "a'",
    "commas": ", ",
    "one word": "a",
    "one ideographic word": "語",
    "openers": "hey, ",
    "pleases": "please ",
    "pronouns": "I and my ",
    "abbreviations": "e. ",
    "cheers": "I'll definitely surely all ",
    "months": "may ",
    "accents": "\u0301\u0323",
    "points": "\u05b4\u0591\u05bf\u05c1",
    "emoji": "😀\u200d👍🏽",
    "mixed": "a!? \n\"'{}1\u0301😀語。",
}


def hostile_texts(characters: int, *, in_every_way: bool) -> dict[str, str]:
    """Each by what it is made of: alone, and with a letter before and behind, which keeps what
    is stripped at the ends from being so."""
    texts: dict[str, str] = {}
    for number, (name, unit) in enumerate(_UNITS.items()):
        run = (unit * (characters // len(unit) + 1))[: characters - 4]
        ways = (
            (f"{name}, within letters", f"hi{run}x"),
            (f"{name}, after a stop", f"a. {run}"),
            (name, run),
        )
        texts |= dict(ways if in_every_way else [ways[number % len(ways)]])
    return texts


def read_all(read: Callable[[str], object], characters: int, *, in_every_way: bool) -> None:
    """Within the process of its own: a text that takes too long ends it."""
    for name, text in hostile_texts(characters, in_every_way=in_every_way).items():
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))
        print(name, flush=True)
        read(text)


def assert_read_in_one_pass(
    imports: str, read: str, characters: int = ENTRY_CHARACTERS, *, in_every_way: bool = True
) -> None:
    """
    Args:
        imports: statements that make what ``read`` needs.
        read: an expression, the function of one text.
    """
    script = (
        f"{imports}\nfrom tests.hostile_texts import read_all\n"
        f"({read})('once before, so that only reading is counted')\n"
        f"read_all({read}, {characters}, in_every_way={in_every_way})\n"
    )
    path = f"import sys; sys.path[:0] = {[place for place in sys.path if place]!r}\n"
    ended = subprocess.run(
        [sys.executable, "-c", path + script], capture_output=True, text=True, check=False
    )
    last = ended.stdout.rpartition("\n")[0].rpartition("\n")[2]
    assert ended.returncode == 0, f"ended ({ended.returncode}) at {last!r}: {ended.stderr[-2000:]}"
