"""What could stand in a prompt, section by section, before anybody counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reverie_server.identity.prompt import templates
from reverie_server.identity.prompt.model import (
    Habit,
    Identity,
    Material,
    Origin,
    Person,
    Section,
    Wish,
)
from reverie_server.identity.prompt.quoting import instruction, quoted

LONGEST_LINE: Final = 1_000
"""Characters of a memory that are shown; a longer one ends in an ellipsis."""
LONGEST_NAME: Final = 80
LONGEST_ITEM: Final = 200
"""Characters of one topic to avoid or of one learnt style that stand in an instruction."""

SECTION_OF: Final[Mapping[Origin, Section]] = {
    Origin.FACT: Section.KNOWN,
    Origin.RELATIONSHIP_FACT: Section.KNOWN,
    Origin.KNOWLEDGE: Section.KNOWN,
    Origin.JOKE: Section.JOKES,
    Origin.CALL: Section.RECENT,
    Origin.STORYLINE: Section.RECENT,
    Origin.CONVERSATION: Section.RELEVANT,
}


class _Add(Protocol):
    def __call__(self, section: Section, text: str, urgency: int, /) -> None:
        """Notes an instruction, unless its text is empty."""
        ...


@dataclass(frozen=True, slots=True)
class Instruction:
    """A text that is there whole or not at all, or a list that is cut by items."""

    section: Section
    text: str
    urgency: int
    """The smaller, the sooner it gets its tokens."""
    shorter: tuple[str, ...] = ()
    """What may stand in its place: each has one item less than the one before."""
    left_out: int = 0
    """Items that have no place in any of them."""


class Texts:
    """The fixed texts with a caller's values."""

    def __init__(self, replaced: Mapping[str, str], values: Mapping[str, str]) -> None:
        self._replaced = replaced
        self._values = values

    def get(self, key: str, **values: str) -> str:
        """Empty when it is to be left out."""
        text = self._replaced.get(key)
        if text is None:
            text = templates.DEFAULTS[key].text
        return templates.fill(text, {**self._values, **values}).strip("\n")


def name_of(person: Person | None) -> str:
    """How the user is called in headings and lines."""
    shown = quoted(person.name or person.address_as)[:LONGEST_NAME].strip() if person else ""
    return shown or "the user"


def core_text(identity: Identity, replaced: Mapping[str, str]) -> str:
    """The core identity, which knows nothing of any user. The persona's own words stay as they
    are: they are the application's."""
    texts = Texts(replaced, {"persona": identity.persona})
    blocks = [texts.get("core_identity.heading")]
    blocks.append(
        identity.core_prompt or identity.description or texts.get("core_identity.default")
    )
    if identity.traits:
        blocks.append(texts.get("core_identity.traits"))
        blocks += [f"- {name}: {identity.traits[name]}" for name in sorted(identity.traits)]
    if identity.rules:
        blocks.append(texts.get("core_identity.rules"))
        blocks += [f"- {rule}" for rule in identity.rules]
    blocks.append(texts.get("core_identity.data_notice"))
    return "\n".join(block for block in blocks if block)


def texts_of(material: Material) -> Texts:
    """The fixed texts for this user, whose name is no instruction."""
    person = material.person
    shout = name_of(person)
    return Texts(
        material.texts,
        {
            "persona": quoted(material.identity.persona),
            "name": shout,
            "address_as": quoted(person.address_as)[:LONGEST_NAME] if person else "",
            "type": quoted(material.bond.relationship_type) if material.bond else "",
        },
    )


def heading_of(texts: Texts, section: Section, name: str) -> str:
    """As it stands above the section; a name in it is in capitals."""
    return texts.get(f"{section}.heading", name=name.upper())


def instructions_of(material: Material, wish: Wish, texts: Texts) -> list[Instruction]:
    """In the order in which they stand in their sections."""
    found: list[Instruction] = []

    def add(section: Section, text: str, urgency: int) -> None:
        if text.strip():
            found.append(Instruction(section, text, urgency))

    bond, person = material.bond, material.person
    if bond is not None:
        own = instruction(bond.custom_prompt)
        add(Section.RELATIONSHIP, own or texts.get("relationship.default"), 2)
    if person is not None and (person.name or person.address_as):
        if name := quoted(person.name)[:LONGEST_NAME]:
            add(Section.RELATIONSHIP, texts.get("relationship.name", name=name), 3)
        if person.address_as and person.address_as != person.name:
            add(Section.RELATIONSHIP, texts.get("relationship.address"), 3)
    _style(material.habits, person, texts, add)
    if person is not None and (avoid := _avoid(person.topics_to_avoid, texts)):
        found.append(avoid)
    add(Section.SCENARIO, instruction(wish.scenario), 5)
    task = instruction(wish.task)
    if not task:
        task = texts.get("task.default" if person is not None else "task.without_user")
    add(Section.TASK, task, 4)
    return found


def _style(habits: Sequence[Habit], person: Person | None, texts: Texts, add: _Add) -> None:
    by_key = {habit.key: habit.text for habit in habits}
    for key in templates.STYLE_PROCEDURES:
        if text := instruction(by_key.get(key, "")):
            add(Section.STYLE, texts.get(f"style.{key}", text=text), 6)
    if person is None:
        return
    for key in ("greeting_style", "advice_style", "favorite_topics"):
        if text := cut(quoted(getattr(person, key))):
            add(Section.STYLE, texts.get(f"style.{key}", text=text), 7)


def _avoid(topics: Sequence[str], texts: Texts) -> Instruction | None:
    """The line of topics to avoid: the first ones stay longest."""
    shown = list(dict.fromkeys(cut(each, LONGEST_ITEM) for each in map(quoted, topics) if each))
    lists: list[str] = []
    for topic in shown:
        longer = f"{lists[-1]}; {topic}" if lists else topic
        if len(longer) > LONGEST_LINE:
            break
        lists.append(longer)
    left_out = len(shown) - len(lists)
    lines = [texts.get("style.avoid", topics=each) for each in reversed(lists)]
    if not lines or not lines[0].strip():
        return None
    return Instruction(Section.STYLE, lines[0], 1, tuple(lines[1:]), left_out)


def cut(text: str, longest: int = LONGEST_LINE) -> str:
    """At most so many characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
