"""Cutting a sentence where one statement ends and the next begins, and off what opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.relations import MINE, RELATIONS
from reverie_server.language.extraction.verbs import PAST, PRESENT, REGULAR_PAST
from reverie_server.language.words import word_list

_BREAK = re.compile(
    r"\s*(?:[;:!…]|\.\s|\.{2,}|\s[–—-]+\s|[–—]|,?\s+but\s+|,\s+so\s+(?=(?:i|we|my|our)\b)"
    r"|,\s+(?:and\s+|yet\s+|plus\s+|because\s+)?(?=(?:i|we|my|our)\s)"
    r"|\s+(?:and|so)\s+(?=(?:it|they|he|she|you|there|this|everyone|people)\s)"
    r"|\s+(?:and|because|so|since|as|cause|plus|although|though|which is why)\s+"
    r"(?=(?:i|we|my|our)\s)|\s+(?:when|while|whenever|after|before)\s+(?=(?:i|we|my|you)\s))\s*",
    re.IGNORECASE,
)
_SECOND_VERB = re.compile(
    r",?\s+(?:and|then|and then|and also|and now)\s+"
    r"(?=(?:(?:just|also|really|even|recently|finally|now|still|then) )?(?P<verb>[a-z]+)\b)",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"(?:(?:oh|wow|yeah|yep|yup|yes|no|nope|hey|hi|hello|well|so|also|and|but|or|by the way|btw"
    r"|haha+|lol|aw+|thanks|thank you|ok|okay|sure|cool|awesome|great|nice|right|totally|absolutely"
    r"|definitely|exactly|anyway|u[mh]+|h+m+|ah|gosh|man|dude|guess what|honestly|actually|sadly"
    r"|unfortunately|luckily|fortunately|thankfully|turns out(?: that)?|it turns out(?: that)?|fyi"
    r"|big news|good news|bad news|news|update|remember(?: that)?|note that|just so you know"
    r"|you know"
    r"|as you know|plus|in fact|to be honest|truth is|the truth is|fun fact|personally|for me"
    r"|i mean|please remember(?: that)?|don't forget(?: that)?|do not forget(?: that)?|also"
    r"|i (?:already )?told you(?: that)?|as i (?:said|mentioned)|like i said|these days|currently"
    r"|right now|now|lately|recently|nowadays|at the moment|just|i think(?: that)?|i guess(?: "
    r"that)?"
    r"|i must say(?: that)?|i have to (?:say|admit)(?: that)?|i am (?:happy|sad|sorry) to "
    r"say(?: that)?"
    r"|besides|eventually|then|after that|finally|not gonna lie|i believe|maybe|sometimes|always"
    r"|since then|speaking of which|for example|true|agreed|same here|same|like|because|since)"
    r"(?:[\s,.!:…–—-]+|$))",
    re.IGNORECASE,
)
SHARED = re.compile(
    r"(?:(?P<beside>(?:my|our|some|the|a few) [^,]{2,30}?|[A-Z][^\W\d_]+) and (?:i|me)|(?:me"
    r"|i) and "
    r"(?P<after>(?:my|our) \w+|[A-Z][^\W\d_]+))\s+",
    re.IGNORECASE,
)


def parts(sentence: str) -> Iterator[str]:
    """Pieces with one subject and one verb each; a second verb gets the subject of the first."""
    for piece in _pieces(sentence):
        start, subject = 0, _subject_words(opened(piece))
        for match in _SECOND_VERB.finditer(piece) if subject else ():
            verb = match["verb"].lower()
            inherits = (
                verb in PRESENT
                and verb not in PAST
                and _NOT_PLAIN.search(piece[start : match.start()])
            )
            if (
                verb in PAST
                or REGULAR_PAST.fullmatch(verb)
                or (verb in PRESENT and PRESENT[verb] not in _ALSO_NOUNS and not inherits)
            ):
                yield (f"{subject} " if start else "") + piece[start : match.start()]
                start = match.end()
        yield (f"{subject} " if start and subject else "") + piece[start:]


def _pieces(sentence: str) -> Iterator[str]:
    """The sentence at its breaks; "Tom and I" is none."""
    start = 0
    for at in _BREAK.finditer(sentence):
        piece = sentence[start : at.start()]
        if at.group().strip().lower() == "and" and _shares(piece, sentence[at.end() :]):
            continue
        if piece.strip():
            yield piece
        start = at.end()
    if sentence[start:].strip():
        yield sentence[start:]


def _shares(piece: str, following: str) -> bool:
    """Whether a piece is no more than the first half of "Tom and I"."""
    if not re.match(r"i\b", following, re.IGNORECASE) or not _FIRST_OF_TWO.search(piece):
        return False
    last = [word.lower() for word in piece.split()[-3:]]
    return not any(word in PAST or (word in PRESENT and word not in RELATIONS) for word in last)


_NOT_PLAIN = re.compile(
    r"\b(?:will|would|to|can|could|should|might|may|let|help|make|not|never)\b", re.IGNORECASE
)
"""With one of these before it, a second verb is no statement of its own."""
_FIRST_OF_TWO = re.compile(
    r"^(?:[\w ]{0,40}\b(?:week|month|year|day|night|yesterday|weekend|ago|today)s?,? |\w+, )?"
    r"(?:(?:[Mm]y|[Oo]ur|[Ss]ome|[Tt]he) (?:[\w-]+ ){0,3}[\w-]+|[A-Z][^\W\d_]+)$"
)

_ALSO_NOUNS = word_list(
    """mentor work love hope plan play date dance train coach visit design stream garden knit craft
    fish surf ski travel hike camp cook run swim drink dream support name paint walk drive ride
    start look search record release present experience need study run show call care share film
    shoot"""
)


def _subject_words(piece: str) -> str:
    match = re.match(r"(?:i|we)\b", piece, re.IGNORECASE) or SHARED.match(piece)
    if match:
        return match.group().strip()
    match = MINE.match(piece)
    return match.group().rstrip(", ") if match else ""


def opened(piece: str) -> str:
    """Without interjections at its start."""
    text = piece.strip(" ,.!-–—\"'")
    for _ in range(6):
        opener = _OPENER.match(text)
        if opener is None or opener.end() == len(text):
            break
        text = text[opener.end() :]
    return text
