"""Counting tokens exactly without tokenizing everything anew.

The tokenizer is the one that the server names. None of its tokens reaches over a line's end (a
"\\n" is always a token by itself), so a text has as many tokens as its lines, counted each behind a
line's end, and its line ends. Lines are counted once and known by a hash, so that no text stays.
What holds a special token's own text ("<s>") is counted whole instead: behind it the tokenizer
begins as at the start of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from reverie_server.identity.prompt.text_key import Key, key_of
from reverie_server.observability.cache_counts import CacheCounts

SPECIAL: Final = ("<s>", "</s>", "<unk>")
_KNOWN: Final = 65_536
"""Lines whose counts are kept: about 8 MiB."""


class Tokenizer(Protocol):
    def count(self, text: str) -> int:
        """How many tokens the text has, without special ones at its ends."""
        ...


class TokenCounter:
    """Counts with a memory of lines. Safe to use from several threads."""

    def __init__(self, tokenizer: Tokenizer, *, name: str) -> None:
        self.name = name
        self.counts = CacheCounts()
        self._tokenizer = tokenizer
        self._of_line: dict[Key, int] = {}
        self._base = tokenizer.count("\n")
        self._by_lines = tokenizer.count("\n\n") == self._base + 1

    def line(self, line: str) -> int:
        """What a line costs behind another one, without the line's end."""
        if not line:
            return 0
        key = key_of(line)
        known = self._of_line.get(key)
        if known is None:
            self.counts.misses += 1
            known = self._tokenizer.count("\n" + line) - self._base
            self._keep(key, known)
        else:
            self.counts.hits += 1
        return known

    def block(self, text: str) -> int:
        """What lines cost behind another one, with their ends."""
        if "\n" not in text:
            return self.line(text) + 1
        key = key_of(text + "\n")
        known = self._of_line.get(key)
        if known is None:
            lines = text.split("\n")
            known = sum(map(self.line, lines)) + len(lines)
            self._keep(key, known)
        return known

    def count(self, text: str) -> int:
        """Exactly as many as the tokenizer counts."""
        return self.count_blocks(text.split("\n"))

    def count_blocks(self, blocks: Sequence[str]) -> int:
        """Of the text that is these blocks joined by line ends."""
        text = "\n".join(blocks)
        first, behind, rest = blocks[0].partition("\n") if blocks else ("", "", "")
        if not first or not self._by_lines or any(special in text for special in SPECIAL):
            return self._tokenizer.count(text)
        total = self._first(first)
        if behind:
            total += self.block(rest)
        return total + sum(map(self.block, blocks[1:]))

    def joined(self, parts: Sequence[Sequence[str]], counts: Sequence[int]) -> int:
        """Of parts with a blank line between them, each of blocks and as many tokens as
        ``count_blocks`` says of it: exact, and quick where ``count_blocks`` is."""
        lines = [part[0].partition("\n")[0] if part else "" for part in parts]
        text = "\n\n".join("\n".join(part) for part in parts)
        if not self._by_lines or not all(lines) or any(special in text for special in SPECIAL):
            return self._tokenizer.count(text)
        behind = (self.line(line) - self._first(line) + 2 for line in lines[1:])
        return sum(counts) + sum(behind)

    def _first(self, line: str) -> int:
        """Of a text's first line, before which the tokenizer puts a space."""
        key = key_of("\n" + line)
        known = self._of_line.get(key)
        if known is None:
            known = self._tokenizer.count(line)
            self._keep(key, known)
        return known

    def _keep(self, key: Key, count: int) -> None:
        if len(self._of_line) >= _KNOWN:
            self._of_line.clear()
        self._of_line[key] = count
