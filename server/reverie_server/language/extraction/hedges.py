"""What is said without being claimed: questions, conditions, wishes, jokes, hearsay, quotations.

All of it is judged by the sentence, since a clause does not know what it hangs on.
"""

from __future__ import annotations

import re

from reverie_server.language.words import is_question

_JOKE = re.compile(
    r"\b(?:just |only |totally )?(?:kidding|joking)\b|\bjk\b|\bjust messing\b|\b(?:yeah|as) "
    r"if[.!]*$"
    r"|\b(?:practically|basically|literally|virtually|might as well)\b|(?:^|\s)/s\b|\byeah,? "
    r"right\b"
    r"|\bin (?:my dreams|another life|a past life)\b|\bnot really[.!]*$",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"^(?:(?:ha)+h?|lol|no|nah|nope|ok(?:ay)?|well|i am|i was|sorry|but)?[\s,.!-]*"
    r"(?:just |only |totally )*(?:i am |i was )?(?:just |only |totally )*(?:kidding|joking)\b"
    r"|^jk\b|^not!",
    re.IGNORECASE,
)
_INVERTED = re.compile(
    r"^(?:(?:and|but|so|well|hey|oh|ok)[\s,]+)*(?:do|does|did|am|is|are|was|were|have|has|can|could"
    r"|would|should|will|what|why|who|how|where|when|which|guess)"
    r" (?:you|i|we|he|she|they|it|my|your|is|are|was|do|does|did|who|what|where|about)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|imagine|suppose|supposing|pretend(?:ing|ed)?|i wish|we wish|as though"
    r"|in case|what if|had i|were i|were to|otherwise|hypothetically|dreamed|dreamt|instead of"
    r"|until|before i can|once i|assuming|(?:for )?when (?:i|we) (?:have|get|am|are|can|will|become"
    r"|finally|need|want|feel|grow|retire))\b",
    re.IGNORECASE,
)
_LEADING_CONDITION = re.compile(
    r"^(?:and |but |so |well,? |or )?(?:even )?(?:if|unless|imagine|suppose|supposing|assuming"
    r"|pretend|let us say|say|what if|had i|were i|in case|whether)\b",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"\b(?:(?:says?|said|tells?|told|claims?|claimed|thinks|thought|heard|hears|reckons?"
    r"|mentions?|mentioned|wrote|writes|asked|asks|suggests?|suggested|insists?|insisted|believes"
    r"|joked|jokes|jokingly|pretends|rumou?r|apparently|supposedly|allegedly|according to"
    r"|convinced|assumes?|accuses?|accused|warned|sings?|sang|goes like|lyrics?|quote"
    r"|(?:he|she|they|people|everyone|everybody|\w+) thinks?))\b(?!:?$)",
    re.IGNORECASE,
)
_OWN_REPORT = re.compile(
    r"\b(?:i|we) (?:\w+ )?(?:said|told|mentioned|heard|thought) (?:(?:to )?you|before|earlier"
    r"|already"
    r"|last time|that)\b|\bhave i (?:told|mentioned)\b|^(?:like|as) i (?:said|mentioned|told "
    r"you),?",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:maybe|perhaps|probably|possibly|i (?:think|guess|suppose|believe|feel like|imagine)"
    r"|might|kind of|sort of|not sure|seems? like|supposed to|more or less|lately i feel)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”«»„]")
_TITLE = re.compile(r"[\"“«„]([^\"“”«»„]{1,60})[\"”»]")
_SPEAKING = re.compile(
    r"\b(?:say|said|says|told|like|goes|wrote|asked|yelled|was all)[,:]?\s*$", re.IGNORECASE
)


def is_no_claim(raw: str, sentence: str) -> bool:
    """Whether nothing of the sentence is claimed of its speaker.

    Args:
        raw: as it was written.
        sentence: the same made plain.
    """
    return (
        is_question(raw)
        or "?" in raw[-4:]
        or _INVERTED.match(sentence) is not None
        or _JOKE.search(sentence) is not None
        or _LEADING_CONDITION.match(sentence) is not None
        or raw.lstrip().startswith((">", "*", "|"))
        or _quotes_somebody(sentence)
    )


def takes_back(sentence: str) -> bool:
    """ "Just kidding!": the sentence before was no claim either."""
    return _TAKES_BACK.search(sentence) is not None


def is_unsure(sentence: str) -> bool:
    """Whether the speaker hedges: "maybe", "I think", "probably"."""
    return _UNSURE.search(sentence) is not None


def claimed_part(sentence: str) -> str:
    """The sentence up to where a condition or somebody else's word begins."""
    ends = [len(sentence)]
    condition = _CONDITION.search(sentence)
    if condition:
        ends.append(condition.start())
    report = _REPORT.search(sentence)
    if report:
        own = _OWN_REPORT.search(sentence)
        if own is None:
            ends.append(report.start())
    return sentence[: min(ends)].rstrip(" ,;-")


def _quotes_somebody(sentence: str) -> bool:
    """Quotation marks around more than a name or a title."""
    if _QUOTED.search(sentence) is None:
        return False
    title = _TITLE.search(sentence)
    return (
        title is None
        or len(title[1].split()) > 6
        or _SPEAKING.search(sentence[: title.start()]) is not None
        or re.search(r"\b(?:i|my|me|you)\b", title[1], re.IGNORECASE) is not None
    )
