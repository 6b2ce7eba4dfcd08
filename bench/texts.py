"""Made-up memories: English-like word frequencies, the same on every run.

The words are those of the packaged tokenizer, commonest first; a word's share falls with its rank
(Zipf). They mean nothing together, but every part of the server has the work of real text to do:
rare and common words, several hundred thousand distinct pairs, lengths as in conversations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from random import Random

from tokenizers import Tokenizer

from reverie_server.embedding.static import PACKAGE, TOKENIZER_FILE

WORDS_SHORTEST, WORDS_LONGEST = 4, 28

_WHOLE_WORD = re.compile("\N{LOWER ONE EIGHTH BLOCK}([a-z]{3,})")


def memories(seed: str, count: int) -> Iterator[str]:
    """Texts as somebody might say them."""
    random = Random(seed)
    words, shares = _words()
    for _ in range(count):
        length = random.randint(WORDS_SHORTEST, WORDS_LONGEST)
        yield " ".join(random.choices(words, cum_weights=shares, k=length)).capitalize() + "."


def questions(seed: str, about: list[str]) -> Iterator[str]:
    """Questions without end, each with some words of one of the texts."""
    random = Random(seed)
    while True:
        words = random.choice(about).rstrip(".").lower().split()
        some = " ".join(random.sample(words, min(len(words), 5)))
        yield f"What did you say about {some}?"


@cache
def _words() -> tuple[list[str], list[float]]:
    """The words, and the running sums of their shares."""
    package = find_spec(PACKAGE)
    assert package is not None
    assert package.origin is not None
    tokenizer = Tokenizer.from_file(str(Path(package.origin).parent / TOKENIZER_FILE))
    ranked = sorted((number, token) for token, number in tokenizer.get_vocab().items())
    words = [match[1] for _, token in ranked if (match := _WHOLE_WORD.fullmatch(token))]
    return words, list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
