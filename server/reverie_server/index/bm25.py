"""Words to weights: the text analysis and the BM25 document side. Pure; no engine.

score(query, document) = sum over the query's terms of idf(term) * weight(term, document), where

    weight = tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / AVERAGE_LENGTH))

(Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009). The
document vector holds ``weight``; the query vector holds 1 for each distinct term; ``idf`` is the
index's, over the points of the searched owner. ``AVERAGE_LENGTH`` is a constant rather than the
corpus' own average, so that a stored vector never goes stale when other memories come and go.

Analysis: Unicode compatibility form, case folded, accents of Latin, Greek and Cyrillic letters
dropped; words of letters and digits, an apostrophe inside a word dropped with a possessive "s";
runs of Chinese, Japanese and Korean characters cut into overlapping pairs, since they have no
spaces; English stop words left out; words in ASCII stemmed with Snowball's English stemmer.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import numpy as np
import Stemmer

from reverie_server.index.memory_index import SparseVector

K1: Final = 1.2
"""How soon repeating a word stops helping."""
B: Final = 0.75
"""How much a long text is discounted: 0 not at all, 1 fully."""
AVERAGE_LENGTH: Final = 16.0
"""Terms in a usual memory, stop words not counted: a turn of a conversation has about 14, a
fact about 8, an episode's summary about 60; turns are by far the most."""
LONGEST_TERM: Final = 64
"""Characters; what is longer is cut, so that a blob of base64 does not fill the stem cache."""
LONGEST_KEPT: Final = 64
"""Characters of a word whose analysis is kept: many long ones would fill the memory."""

_STOP_TEXT: Final = (
    # Articles, conjunctions, prepositions.
    """a an the and or but nor so if then than because as of at by for from in into on onto off out
    over under up down to with without about after before between during through until while"""
    # Pronouns and determiners.
    """ i me my mine myself you your yours yourself he him his himself she her hers herself it its
    itself we us our ours ourselves they them their theirs themselves this that these those
    who whom whose which what there here some any each such own same other"""
    # Auxiliaries. Not "may", which is a month as well.
    """ am is are was were be been being have has had having do does did doing done can could will
    would shall should might must"""
    # Their contractions, as written and without the apostrophe unless that is a word.
    """ isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't shouldn't
    hasn't haven't hadn't i'm i've i'll i'd you're you've you'll you'd he'll he'd she'll she'd
    it'll it'd we're we've we'll we'd they're they've they'll they'd isnt arent wasnt werent dont
    doesnt didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt im ive youre youve youll
    hes shes theyre theyve theyll weve thats theres whats lets"""
    # Words that name no subject.
    """ not no yes too very just also only both more most again further once how when where why
    all few ok okay oh um uh"""
)
STOP_WORDS: Final = frozenset(_STOP_TEXT.split())
"""English only: other languages' frequent words are discounted by their IDF."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# \w leaves out the vowel signs of Indic scripts, Thai and Arabic; without these ranges their
# words would fall apart.
_MARKS = "\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
_WORD = re.compile(
    rf"[{_CJK}]+|(?:(?![{_CJK}_])[\w{_MARKS}])+(?:['\u2019](?:(?![{_CJK}_])[\w{_MARKS}])+)*"
)
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_PIECE = re.compile(r".{1,1024}(?!\S)|.{1,1024}", re.DOTALL)

# Holds the interpreter's lock for the whole call, so threads may share it.
_stemmer = Stemmer.Stemmer("english")


def _folded(text: str) -> str:
    """Compatibility form, case folded, without Latin, Greek and Cyrillic accents."""
    # Putting a run of marks in order takes the square of its length: so it is bounded. Words stay
    # whole, but for those longer than a piece.
    return "".join(map(_folded_piece, _PIECE.findall(text)))


def _folded_piece(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed))


def _terms_of_word(word: str) -> tuple[str, ...]:
    """A folded word's terms: none for a stop word, several for a run without spaces."""
    return _read_terms(word) if len(word) > LONGEST_KEPT else _known_terms(word)


def _read_terms(word: str) -> tuple[str, ...]:
    if _IS_CJK.match(word):
        if len(word) == 1:
            return (word,)
        return tuple(word[i : i + 2] for i in range(len(word) - 1))
    plain = word.replace("\u2019", "'")
    plain = plain.removesuffix("'s")
    if plain in STOP_WORDS:
        return ()
    plain = plain.replace("'", "")[:LONGEST_TERM]
    return (_stemmer.stemWord(plain) if plain.isascii() else plain,)


_known_terms = lru_cache(maxsize=131_072)(_read_terms)


@lru_cache(maxsize=131_072)
def term_id(term: str) -> int:
    """32 bits, the same in every process and release (CRC-32 of the term's UTF-8)."""
    return zlib.crc32(term.encode())


def analyze(text: str) -> list[str]:
    """The text's terms in their order, repeats included, stop words left out."""
    words = _ASCII_WORD.findall(text.lower()) if text.isascii() else _WORD.findall(_folded(text))
    return [term for word in words for term in _terms_of_word(word)]


def weights(terms: Iterable[str]) -> dict[str, float]:
    """The document side: each distinct term's weight, 0 < weight < K1 + 1."""
    counts = Counter(terms)
    norm = K1 * (1.0 - B + B * counts.total() / AVERAGE_LENGTH)
    return {term: tf * (K1 + 1.0) / (tf + norm) for term, tf in counts.items()}


def _vector(weight_by_term: dict[str, float]) -> SparseVector:
    # Two terms may share an id (one in four billion): their weights then add up.
    by_id: dict[int, float] = {}
    for term, weight in weight_by_term.items():
        key = term_id(term)
        by_id[key] = by_id.get(key, 0.0) + weight
    indices = np.fromiter(sorted(by_id), dtype=np.uint32, count=len(by_id))
    values = np.fromiter((by_id[i] for i in indices.tolist()), dtype=np.float32, count=len(by_id))
    return SparseVector(indices, values)


def document_vector(text: str) -> SparseVector:
    """What is stored for a text; empty when it has no terms."""
    return _vector(weights(analyze(text)))


def query_vector(text: str) -> SparseVector:
    """What is searched with: weight 1 for each distinct term; empty when it has no terms."""
    return _vector(dict.fromkeys(analyze(text), 1.0))
