"""A companion in a terminal, who remembers what you said the last time you came by.

    python companion.py [NAME] [ADDRESS]

It has no model: it says what it remembers. Where ``answer`` is, yours goes, with
``reverie.prompts.ComposePrompt`` for who the persona is and what it knows.
"""

from __future__ import annotations

import sys

from reverie import NotFoundError, ReverieError
from reverie.blocking import Reverie

PERSONA = "brad"
SURE_ENOUGH = 0.3
"""What scores lower is not what was asked for."""


def answer(remembered: list[str]) -> str:
    """What the companion says to somebody of whom it remembers this."""
    if not remembered:
        return "Tell me more."
    return f'You told me: "{remembered[0]}"'


def recalled(reverie: Reverie, name: str, line: str) -> list[str]:
    """What was said before that fits, best first; nothing while memory cannot be had."""
    try:
        found = reverie.recall(name, PERSONA, line, min_score=SURE_ENOUGH, limit=3)
    except NotFoundError:  # of whom nothing is there yet
        return []
    except ReverieError as failure:
        print(f"(without memory: {failure})", file=sys.stderr)
        return []
    return [hit.text for hit in found.hits]


def main(name: str = "you", address: str = "127.0.0.1:50051") -> None:
    """Talk until the input ends, or somebody says bye."""
    with Reverie(address) as reverie, reverie.session(name, PERSONA) as talk:
        print(f"{PERSONA}: Hello, {name}.", flush=True)
        for line in map(str.strip, sys.stdin):
            if line == "bye":
                break
            if line:
                said = answer(recalled(reverie, name, line))
                talk.say(line)
                talk.reply(said)
                print(f"{PERSONA}: {said}", flush=True)
        print(f"{PERSONA}: Bye, {name}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
