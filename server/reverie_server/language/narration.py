"""Telling what somebody said: in the third person where that is certain, else as a quotation.

    I went to a cooking class yesterday.   Rosalind went to a cooking class yesterday.
    We took the kids camping.              Rosalind said they took the kids camping.
    You'd be a great baker!            Rosalind told Melinda: "You'd be a great baker!"
    Do you paint?                          Rosalind asked Melinda: "Do you paint?"

Only pronouns of the first person and the verb beside them are touched, and only where the result
can be read in no other way: not beside "you", not where "they" is already somebody else, not
inside a quotation, not in a sentence that does not read as English. Nothing is ever dropped that
could turn the meaning ("no", "not"). Genders are not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reverie_server.language.words import FUNCTION_WORDS, is_question, word_list, words

# With the word after it, which must be a verb that is known (or an adverb before one): "type I
# diabetes" and the Italian article are no speakers.
_I = re.compile(r"(?<![-/.'’])\b[Ii](?:['’](m|ve|ll|d)\b|(?=\s+([^\W\d_]+(?:['’]t)?)))(?![-/.'’])")
_SINGULAR = re.compile(r"\b(?:i(?:['’](?:m|ve|ll|d))?|me|my|mine|myself)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:we|us|our|ours|ourselves)\b", re.IGNORECASE)
_SECOND = re.compile(r"\b(?:you|your|yours|yourself|yourselves|ya|u)\b", re.IGNORECASE)
_THIRD_PLURAL = re.compile(r"\b(?:they|them|their|theirs|themselves)\b", re.IGNORECASE)
_UNSURE = re.compile(
    r"[\"“”«»„]|\blet['’]?s\b"  # somebody else's words; a proposal
    r"|\b(?:am|was|do|did|have|had|can|will|would) i\b"  # inverted
    r"|\b(?:and|but|or|never|always|really|just|also|still) (?:am|was)\b"  # no longer agreeing
    r"|\bmy (?:god|gosh|goodness|bad|word|pleasure)\b|\boh my\b|\bi mean,"  # idioms
    r"|(?<!\bof )\bmine\b|(?-i:\b(?:ME|MY|MYSELF|WE|US|OUR)\b)",  # a pit; a country; shouting
    re.IGNORECASE,
)
_SHARED_SUBJECT = re.compile(r"^[^,;:.]*?\band [Ii]\b")
_NO_SUBJECT = re.compile(
    r"^(?:gonna|gotta|wanna|been|just|can['’]t|can|hope|thought|had|got|went|took|made|glad|happy"
    r"|\w+ing|\w+ed)\b",
    re.IGNORECASE,
)
_CALENDAR = word_list(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december christmas easter"""
)
_OPENER = re.compile(
    r"(?:(?:oh|wow|yeah|yep|yup|yes|hey|hi|hello|well|so|also|by the way|btw|haha|lol|aw+|thanks"
    r"|thank you|ok|okay|sure|cool|awesome|great|nice|right|totally|absolutely|definitely|exactly"
    r"|anyway|u[mh]+|h+m+|ah|gosh|man|dude|guess what|honestly)\s*[,!.…–—-]+\s+|(?:and|so|but)\s+)",
    re.IGNORECASE,
)
_GREETING = "(?:[Hh]ey|[Hh]i|[Hh]ello|[Tt]hanks|[Tt]hank you|[Ww]ow|[Oo]h|[Cc]ongrats)"
_ADVERBS = word_list("just really also finally actually recently always never still even")
_PAST = word_list(
    """ate became began bought brought built came caught chose did didn't drew drove fell felt
    found fought flew forgot gave got grew had heard held kept knew left lost made met paid ran
    rode said sang sat saw sent slept sold spent spoke stood swam taught thought told took
    understood went woke won wore wrote could couldn't should might must can't can will won't
    wouldn't would hadn't shouldn't cannot wasn't"""
)
_PRESENT = word_list(
    """agree appreciate believe dream enjoy feel find get hate hope keep know like live look love
    make mean need plan play prefer remember run see sell spend start take teach think try
    understand use volunteer want wish work write"""
)
_IRREGULAR = {"am": "is", "have": "has", "do": "does", "don't": "doesn't", "haven't": "hasn't"}
_THEY = {
    "me": "them", "my": "their", "mine": "theirs", "myself": "themselves",
    "we": "they", "us": "them", "our": "their", "ours": "theirs", "ourselves": "themselves",
}  # fmt: skip
_THEY_WORDS = re.compile(rf"\b(?:{'|'.join(_THEY)})\b", re.IGNORECASE)
_REGULAR_PAST = re.compile(r"\w{2,}[^e\W]ed")
# Not "a", "i", "me", "do", "in", "no", which other languages have too.
_ENGLISH = FUNCTION_WORDS - word_list("a i me do in no on as so has")


def narrate(sentence: str, speaker: str, others: Sequence[str] = ()) -> str:
    """One sentence of the summary.

    Args:
        sentence: as it was said.
        speaker: who said it; empty for a note, which is told as it stands.
        others: the other people of the session; a single one is whom the speaker talked to.
    """
    if not speaker:
        return sentence
    told = _without_address(sentence, (speaker, *others))
    return _third_person(told, speaker) or _quotation(told, speaker, others)


def _quotation(sentence: str, speaker: str, others: Sequence[str]) -> str:
    asked = is_question(sentence)
    if len(others) == 1 and (asked or _SECOND.search(sentence)):
        verb = f"{'asked' if asked else 'told'} {others[0]}"
    else:
        verb = "asked" if asked else "said"
    mark = "“" if '"' in sentence else '"'
    return f"{speaker} {verb}: {mark}{sentence}{'”' if mark == '“' else mark}"


def _without_address(sentence: str, people: Sequence[str]) -> str:
    """Without interjections at its start and the names of those spoken to at its ends."""
    names = "|".join(re.escape(name) for name in _called(sentence, people))
    rest = sentence
    while True:
        opener = _OPENER.match(rest)
        if opener is None and names:
            opener = re.match(rf"(?:{_GREETING}\s+)?(?:{names})\s*[,!.]\s+", rest)
        if opener is None or len(rest) - opener.end() < 3:
            break
        rest = rest[opener.end() :]
    if names:
        rest = re.sub(rf",\s+(?:{names})(?=[.!?…]*$)", "", rest)
    return rest[:1].upper() + rest[1:]


def _called(sentence: str, people: Sequence[str]) -> list[str]:
    """The words of the sentence that are one of these names, whole or shortened ("Mel")."""
    found = {word for word in re.findall(r"[^\W\d_]{3,}", sentence) if word[:1].isupper()}
    return sorted(w for w in found if any(name.startswith(w) for name in people))


def _third_person(sentence: str, speaker: str) -> str | None:
    """The sentence about the speaker, or None where that is not certain."""
    singular, plural = _SINGULAR.search(sentence), _PLURAL.search(sentence)
    if (
        not (singular or plural)
        or is_question(sentence)
        or _SECOND.search(sentence)
        or _UNSURE.search(sentence)
        or _NO_SUBJECT.search(sentence)
        or _lacks_its_own_subject(sentence)
        or (_THIRD_PLURAL.search(sentence) and (plural or len(_SINGULAR.findall(sentence)) > 1))
    ):
        return None
    if singular and not plural:
        named = _name_for_first_pronoun(sentence, singular, speaker)
        if named is not None:
            return named
    if (singular and plural) or _THIRD_PLURAL.search(sentence):
        return None
    told = _they_forms(sentence)
    if told is None or not _reads_as_english(sentence):
        return None
    first = told.partition(" ")[0]
    if re.split("['’,]", first.lower())[0] in FUNCTION_WORDS:
        told = first[:1].lower() + told[1:]
    elif first != first.lower():
        return None
    return f"{speaker} said {told}"


def _name_for_first_pronoun(sentence: str, first: re.Match[str], speaker: str) -> str | None:
    """The name in the place of the first pronoun, "they" in the place of the others."""
    before, pronoun, after = (
        sentence[: first.start()],
        first.group().lower(),
        sentence[first.end() :],
    )
    rest = _they_forms(after)
    if rest is None:
        return None
    if pronoun in {"my", "me"}:
        if not _reads_as_english(sentence):
            return None
        return f"{before}{speaker}{_genitive(speaker) if pronoun == 'my' else ''}{rest}"
    if not pronoun.startswith("i") or not _may_precede_subject(before):
        return None
    verb = _conjugated(pronoun.replace("’", "'")[1:], rest)
    return None if verb is None else f"{before}{speaker}{verb}"


def _lacks_its_own_subject(sentence: str) -> bool:
    """ "My sister and I went": a name for "my" would leave the "I" to nobody."""
    shared = _SHARED_SUBJECT.search(sentence)
    return shared is not None and not _I.search(shared.group())


def _may_precede_subject(before: str) -> bool:
    """ "Last week I", "When I", "On Monday I", not "World War I"."""
    preceding = before.split()
    if len(preceding) <= 1:
        return True
    last = preceding[-1]
    return not last[:1].isupper() or last.endswith(",") or last.lower() in _CALENDAR


def _conjugated(contraction: str, rest: str) -> str | None:
    """What follows the name: the verb in the third person and all after it. None where the verb
    is not known, or where a second verb would no longer agree."""
    if re.search(rf"\b(?:and|but|or),? (?:{'|'.join(_PRESENT | set(_IRREGULAR))})\b", rest):
        return None
    if contraction:
        return {"'m": f" is{rest}", "'ve": f" has{rest}", "'ll": f" will{rest}"}.get(contraction)
    match = re.match(r"((?:\s+(?:" + "|".join(_ADVERBS) + r"))*\s+)([^\W\d_]+(?:['’]t)?)", rest)
    if match is None:
        return None
    verb = match.group(2).replace("’", "'")
    if verb in _IRREGULAR:
        verb = _IRREGULAR[verb]
    elif verb in _PRESENT:
        verb = _with_s(verb)
    elif not _is_verb(verb):
        return None
    return match.group(1) + verb + rest[match.end() :]


def _with_s(verb: str) -> str:
    if re.search(r"(?:ch|sh|s|x|o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


def _they_forms(text: str) -> str | None:
    """Every first person as "they", or None where an "I" stands beside something unknown."""
    for match in _I.finditer(text):
        if not (match[1] or _is_verb(match[2])) or not _may_precede_subject(text[: match.start()]):
            return None
    text = re.sub(r"\b[Ii] was\b", "they were", text)
    text = re.sub(r"\b[Ii] wasn(?=['’]t\b)", "they weren", text)
    text = re.sub(r"\b(?:[Ii] am|[Ii]['’]m)\b", "they're", text)
    text = _I.sub(lambda match: "they" + (f"'{match[1]}" if match[1] else ""), text)

    def replaced(match: re.Match[str]) -> str:
        word = match.group()
        # Case is ignored more widely than lower() knows: "ſ" matches as "s" does, "ı" as "i".
        other = _THEY.get(word.lower(), word)
        return other.capitalize() if word[0].isupper() else other

    text = _THEY_WORDS.sub(replaced, text)
    return None if _SINGULAR.search(text) else text


def _is_verb(word: str) -> bool:
    word = word.lower().replace("’", "'")
    return (
        word in _PAST
        or word in _PRESENT
        or word in _IRREGULAR
        or word in _ADVERBS
        or word == "was"
        or _REGULAR_PAST.fullmatch(word) is not None
    )


def _reads_as_english(sentence: str) -> bool:
    found = words(sentence)
    known = sum(word.partition("'")[0] in _ENGLISH for word in found)
    return known * 5 >= len(found) >= 3


def _genitive(name: str) -> str:
    return "'" if name.endswith("s") else "'s"
