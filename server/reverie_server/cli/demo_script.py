"""What Alice and Brad say to each other in ``reverie demo``: three calls over two weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Call:
    title: str
    ago: timedelta
    """How long before the demo it takes place."""
    brad_wonders: tuple[str, ...]
    """What he looks up in his memory when the phone rings."""
    turns: tuple[tuple[str, str], ...]
    """(speaker, words)."""


ALICE: Final = "Alice"
BRAD: Final = "Brad"

CALLS: Final = (
    Call(
        "The first call",
        timedelta(days=14),
        ("Which sport does Alice love?",),
        (
            (ALICE, "Hey Brad! I finally found a sport that sticks: I love rock climbing."),
            (BRAD, "No way, dude. Indoors or on real stone?"),
            (ALICE, "Indoors for now, every Tuesday. There is an outdoor weekend in spring."),
            (BRAD, "Sign up. You will talk yourself out of it otherwise."),
            (ALICE, "Fine! But no trail mix for me, I am allergic to peanuts. Badly."),
            (BRAD, "Got it, peanuts are out. How is work?"),
            (ALICE, "Sarah from my team took credit for my release again. It wears me down."),
            (BRAD, "Then tell her, in private and soon. Letting it sit makes it worse."),
            (ALICE, "You are right. I will ask her for a coffee on Thursday."),
        ),
    ),
    Call(
        "The second call",
        timedelta(days=5),
        (
            "Which sport does Alice love?",
            "What about Sarah at work?",
        ),
        (
            (BRAD, "Yo Al! Been climbing lately? And how did the coffee with Sarah go?"),
            (ALICE, "Twice! And the coffee went well, she apologised and told our boss."),
            (BRAD, "See? That is how it is done."),
            (ALICE, "Now I need advice: I am taking Jessica out for dinner on Saturday."),
            (BRAD, "Somewhere small and loud enough that silence does not hurt."),
        ),
    ),
    Call(
        "The third call",
        timedelta(hours=1),
        (
            "Does Alice still climb?",
            "Can I bring peanuts?",
            "How did the coffee with Sarah go?",
            "Which car does she drive?",
        ),
        (
            (BRAD, "Al! I am bringing snacks to the outdoor weekend. Nothing with peanuts."),
            (ALICE, "You remembered! I did not even have to say it."),
        ),
    ),
)
