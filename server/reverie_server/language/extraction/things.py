"""What a relation is to: the noun phrase after a verb, cut off where it ends, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.words import is_content, word_list

_END = re.compile(
    r"\s*(?:[,;:!?…()\[\]{}]|\s[–—-]+\s|\.(?:\s|$)"
    r"|\b(?:because|since|so|but|when|whenever|while|which|who|whom|whose|though|although|as "
    r"well|too"
    r"|a lot|very much|so much|right now|these days|now|again|anyway|lately|recently|though|even"
    r"|any more|any longer|at the moment|for now|after all|more than anything|the most|most of all"
    r"|just like|just as|as (?:usual|always|ever)|to be honest|honestly|currently|where"
    r"|as long as|i guess"
    r"|than|already|soon|finally|hopefully|also|either|anymore|once|till|whether|despite|yet"
    r"|that|it is|this is|they are|we are|i am|i have|i was|i will|i would|you|and (?:it|they"
    r"|he|she|you"
    r"|there|this|then|the|everyone|what|how)\b.*)\b).*",
    re.IGNORECASE | re.DOTALL,
)
_NO_HEAD = word_list(
    """neither it its that this them these those him her he she they there here everything anything
    something nothing everyone someone anyone one ones so such how what when why if me you your
    yours yourself i we us not being more most to too very all both each another"""
)
_SECOND = re.compile(r"\b(?:you|your|yours|yourself|u|ur)\b", re.IGNORECASE)
_FIXED = re.compile(
    r"\b(?:rock and roll|mac and cheese|arts and crafts|bed and breakfast|black and white"
    r"|salt and pepper|peanut butter and jelly|fish and chips|drum and bass|r and b|ups and downs"
    r"|back and forth|more and more|trial and error|pros and cons|\w+ and conditions)\b",
    re.IGNORECASE,
)
_JOINT = re.compile(r",? (?:and|or|as well as) (?:also )?|, |(?: & )|/(?=\w)")
_ARTICLE = re.compile(r"^(?:the|a|an|some|any|all|my own)\s+", re.IGNORECASE)
_EDGES = " \t.,;:!?'\"“”-–—~*"
MOST_WORDS = 12
_PART_WORDS = 4


def thing(text: str, *, most_words: int = MOST_WORDS, led: bool = False) -> str:
    """The phrase at the start of a text, told of the user; empty where it is none that stands by
    itself: a pronoun, something of the person spoken to, too long.

    Args:
        led: it may begin with a preposition: "to a concert".
    """
    text = text.replace('"', "")
    if _CUT_IN_TWO.match(text):
        return ""
    phrase = _END.sub("", text, count=1) if not _END.match(text) else ""
    phrase = phrase.strip(_EDGES)
    if not phrase or _SECOND.search(phrase) or _is_of_others(phrase):
        return ""
    found = phrase.split()
    head = found[0].lower()
    if len(found) > most_words or (head in _NO_HEAD and not (led and head == "to")):
        return ""
    if len(found) == 1 and head in _ADJECTIVES:
        return ""
    while found and found[-1].lower() in _LOOSE:
        found.pop()
    phrase = " ".join(found).strip(_EDGES)
    return third_person(phrase) if any(is_content(w.lower().strip(_EDGES)) for w in found) else ""


_THEIRS = re.compile(r"\b(?:their|theirs|themselves)\b", re.IGNORECASE)
_SEVERAL = re.compile(
    r"\b(?:\w{2,}[^\W_s]s|people|children|men|women|somebody|someone|everybody|everyone|family"
    r"|team|band|crew|class|group|community|public|couple)\b", re.IGNORECASE,
)  # fmt: skip


def _is_of_others(phrase: str) -> bool:
    """Whether it has a "their" of people whom it does not name: told of the user, it would read as
    the user's own."""
    theirs = _THEIRS.search(phrase)
    return theirs is not None and _SEVERAL.search(phrase[: theirs.start()]) is None


_ADJECTIVES = word_list(
    """new old good great big small safe nice funny cool happy sad hard easy fun beautiful amazing
    warm cozy fresh simple real deep dark bright soft calm wild strong creative healthy local
    different"""
)
_CUT_IN_TWO = re.compile(
    rf"(?:[^,]{{0,60}}\b(?:an?|the|some|more|such) )?(?:{'|'.join(sorted(_ADJECTIVES))}), \w",
    re.IGNORECASE,
)
_LOOSE = word_list(
    """and or with to for of in on at the a an my our by from just really still about into some as
    that like together all more"""
)


def things(text: str) -> Iterator[str]:
    """The phrases of an enumeration at the start of a text: "peanuts and shellfish" are two."""
    if _CUT_IN_TWO.match(text):
        return
    listed = _enumerated(text)
    parts = _JOINT.split(listed) if not _FIXED.search(listed) else [listed]
    short = all(0 < len(part.split()) <= _PART_WORDS for part in parts) and _are_alike(parts)
    for part in parts if short else [listed]:
        found = thing(part)
        if found:
            yield found


def _are_alike(parts: list[str]) -> bool:
    """Not "mending roads and bridges", which is one thing, nor "cheese like Brie
    and Gouda"."""
    doing = [part.split(" ")[0].endswith("ing") and " " in part.strip() for part in parts]
    return not (
        doing[0] and not all(part.split(" ")[0].endswith("ing") for part in parts)
    ) and not (any(" like " in part for part in parts))


def _enumerated(text: str) -> str:
    """Up to the end of an enumeration: a comma ends it unless an "and" or "or" follows."""
    match = re.match(
        r"(?:[^,;.!?]{1,40}, ){1,6}(?:[^,;.!?]{1,40} )?(?:and|or) [^,;.!?]{1,40}", text
    )
    if match:
        return _END_OF_LIST.sub("", match.group())
    phrase = _END.sub("", text, count=1) if not _END.match(text) else ""
    return phrase.strip(_EDGES)


_END_OF_LIST = re.compile(
    r"\b(?:because|since|so|but|when|while|which|who|that|though|as well|too|now|right now|if"
    r"|any more|you|i|we)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_FIRST = re.compile(r"\b(my|mine|our|ours|me|us|myself|ourselves|i|we)\b", re.IGNORECASE)
_THIRD = {
    "my": "their", "mine": "theirs", "our": "their", "ours": "theirs", "me": "them", "us": "them",
    "myself": "themselves", "ourselves": "themselves", "i": "they", "we": "they",
}  # fmt: skip


def third_person(text: str) -> str:
    """ "with their brother" of "with my brother"."""
    return _FIRST.sub(lambda match: _THIRD[match.group().lower()], text)


def bare(phrase: str) -> str:
    """Without its article."""
    return _ARTICLE.sub("", phrase)


def is_name(text: str) -> bool:
    """Whether a text begins with a capital, as names do."""
    return text[:1].isupper() and text.split(" ", maxsplit=1)[0].rstrip("'s") not in {
        "I",
        "The",
        "A",
        "My",
    }
