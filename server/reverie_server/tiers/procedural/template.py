"""Templates: text with ``{name}`` placeholders; ``{{`` and ``}}`` are braces.

A name is a letter or underscore, then letters, digits, ``_``, ``.`` and ``-``, up to 128 bytes.
Anything else between braces, and a brace that stands alone, is malformed: JSON in a template
needs its braces doubled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

NAME_BYTES: Final = 128
"""As the keys of the values that fill it."""
MOST_PLACEHOLDERS: Final = 64
"""As many as a call can give values for."""

_TOKEN: Final = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^\W\d][\w.-]*)\}|(?P<stray>[{}])")


class MalformedTemplate(ValueError):
    """What is wrong with a template, and where, in words for its author."""


@dataclass(frozen=True, slots=True)
class Template:
    """A well-formed template. Made by ``parse``."""

    literals: tuple[str, ...]
    """The text before, between and behind the placeholders: one more than ``names``."""
    names: tuple[str, ...]
    """The placeholders in order, with repetitions."""

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Each once, in order of first appearance."""
        return tuple(dict.fromkeys(self.names))

    def missing(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The placeholders that have no value; an empty one is a value."""
        return tuple(name for name in self.placeholders if name not in values)

    def rendered_bytes(self, values: Mapping[str, str]) -> int:
        """How long the text becomes, in UTF-8, without making it."""
        lengths = {name: len(values[name].encode()) for name in self.placeholders}
        literals = sum(len(literal.encode()) for literal in self.literals)
        return literals + sum(lengths[name] for name in self.names)

    def render(self, values: Mapping[str, str]) -> str:
        """The text with every placeholder's value, as it is: braces in a value mean nothing.

        Raises:
            KeyError: a value is missing.
        """
        parts = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            parts += (values[name], literal)
        return "".join(parts)


def parse(text: str) -> Template:
    """
    Raises:
        MalformedTemplate: as above, or it has more than ``MOST_PLACEHOLDERS`` different ones.
    """
    literals, names, literal, end = [], [], [], 0
    for token in _TOKEN.finditer(text):
        literal.append(text[end : token.start()])
        end = token.end()
        if token["brace"]:
            literal.append(token["brace"][0])
        elif token["stray"]:
            raise MalformedTemplate(_stray(text, token.start()))
        else:
            if len(token["name"].encode()) > NAME_BYTES:
                raise MalformedTemplate(
                    f"has a placeholder of more than {NAME_BYTES} bytes"
                    f" at {_place(text, token.start())}"
                )
            literals.append("".join(literal))
            names.append(token["name"])
            literal = []
    literals.append("".join((*literal, text[end:])))
    template = Template(tuple(literals), tuple(names))
    if len(template.placeholders) > MOST_PLACEHOLDERS:
        raise MalformedTemplate(f"has more than {MOST_PLACEHOLDERS} different placeholders")
    return template


def escape(text: str) -> str:
    """A template that renders to this text."""
    return text.replace("{", "{{").replace("}", "}}")


def _stray(text: str, position: int) -> str:
    brace = text[position]
    return (
        f"has a {brace} at {_place(text, position)} that is part of no placeholder;"
        f" write {brace * 2} for a brace"
    )


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f"line {line}, column {column}"
