"""One spelling for what people write in many: "I'm", "im" and "I am" are "I am"."""

from __future__ import annotations

import re

_APOSTROPHES = re.compile("[’‘`´ʼ]")
_BRACKETS = re.compile(r"\[[^\[\]]{0,400}\]|\([^()]{0,400}\)|\*[^*]{0,400}\*")
_SPACE = re.compile(r"\s+")
_REPEATED = re.compile(r"\b(\w{2,20})(?: \1\b)+", re.IGNORECASE)
_BARE = {
    "im": "I am", "ive": "I have", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "isnt": "is not", "cant": "can not", "cannot": "can not", "wont": "will not",
    "havent": "have not", "gonna": "going to", "wanna": "want to", "gotta": "have to",
    "kinda": "kind of", "sorta": "sort of", "lotta": "lot of", "ain't": "am not",
    "can't": "can not", "won't": "will not", "shan't": "shall not", "cuz": "because",
    "'cause": "because", "bc": "because", "fave": "favorite", "favourite": "favorite",
    "gf": "girlfriend", "bf": "boyfriend", "bday": "birthday", "mum": "mom",
    "anymore": "any more", "nowadays": "these days", "y'all": "you",
}  # fmt: skip
_BARE_WORDS = re.compile(
    rf"(?<![\w'])(?:{'|'.join(sorted(map(re.escape, _BARE), key=len, reverse=True))})(?![\w'])",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should|need)n't\b", re.IGNORECASE
)
_HAD = re.compile(r"\b(i|we)'d (?=(?:been|had|never|already|just|always)\b)", re.IGNORECASE)
_SUFFIXES = (
    (re.compile(r"\b(i)'m\b", re.IGNORECASE), r"\1 am"),
    (re.compile(r"\b(we|you|they)'re\b", re.IGNORECASE), r"\1 are"),
    (re.compile(r"\b(i|we|you|they)'ve\b", re.IGNORECASE), r"\1 have"),
    (re.compile(r"\b(i|we|you|they|he|she|it)'ll\b", re.IGNORECASE), r"\1 will"),
    (re.compile(r"\b(it|he|she|that|there)'s (?=been\b)", re.IGNORECASE), r"\1 has "),
    (_HAD, r"\1 had "),
    (re.compile(r"\b(i|we|you|they|he|she)'d\b", re.IGNORECASE), r"\1 would"),
    (re.compile(r"\b(he|she|it|that|there|who|what|name|here)'s\b", re.IGNORECASE), r"\1 is"),
    # "My sister's a nurse", not "my sister's house".
    (
        re.compile(r"\b((?:my|our) \w+(?: \w+)?)'s (?=(?:an?|the|not|in|from|my|really|\w+ing)\b)",
                   re.IGNORECASE),
        r"\1 is ",
    ),
)  # fmt: skip


def plain(sentence: str) -> str:
    """The sentence without contractions, asides in brackets, and doubled white space."""
    text = _APOSTROPHES.sub("'", sentence)
    text = _BRACKETS.sub(" ", text)
    text = _BARE_WORDS.sub(lambda match: _BARE.get(match.group().lower(), match.group()), text)
    text = _NOT.sub(r"\1 not", text)
    for pattern, long in _SUFFIXES:
        text = pattern.sub(long, text)
    return _REPEATED.sub(r"\1", _SPACE.sub(" ", text)).strip()
