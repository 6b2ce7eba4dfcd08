"""Composes a prompt within a budget of tokens. Pure: the same material gives the same bytes.

Tokens are given out in this order: the core identity, which is whole or nothing is composed; the
instructions by urgency; then memories, first each section's floor, best first, and what is left to
the best of all. The whole text is counted at the end, and what it is over is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from reverie_server.identity.prompt.desk import Candidate, Desk
from reverie_server.identity.prompt.lines import (
    SECTION_OF,
    core_text,
    cut,
    heading_of,
    instructions_of,
    name_of,
    texts_of,
)
from reverie_server.identity.prompt.model import (
    Bond,
    BudgetTooSmall,
    Composed,
    ComposedSection,
    Content,
    Dropped,
    Included,
    Layout,
    Material,
    Origin,
    Reason,
    Remembered,
    Section,
    Wish,
)
from reverie_server.identity.prompt.quoting import quoted
from reverie_server.identity.prompt.tokens import TokenCounter
from reverie_server.identity.prompt.wording import LONGEST_READ, Wording, head_of, wording_of

_ORDER: Final[Mapping[Layout, tuple[Section, ...]]] = {
    Layout.STANDARD: (
        Section.CORE,
        Section.RELATIONSHIP,
        Section.JOKES,
        Section.KNOWN,
        Section.RECENT,
        Section.RELEVANT,
        Section.STYLE,
        Section.CONVERSATION,
        Section.SCENARIO,
        Section.TASK,
    ),
    Layout.CACHE_STABLE: (
        Section.CORE,
        Section.RELATIONSHIP,
        Section.STYLE,
        Section.JOKES,
        Section.KNOWN,
        Section.RECENT,
        Section.RELEVANT,
        Section.CONVERSATION,
        Section.SCENARIO,
        Section.TASK,
    ),
}
FLOORS: Final[Mapping[Section, float]] = {
    Section.KNOWN: 0.40,
    Section.RECENT: 0.30,
    Section.CONVERSATION: 0.12,
    Section.RELEVANT: 0.10,
    Section.JOKES: 0.08,
}
"""Of the tokens that instructions leave: so much is a section's own, if it has so much to say."""
FITTING: Final = 0.25
"""A memory that fits the topic less than this has nothing to do with it."""
TOPIC_WEIGHT: Final = 0.7
"""Between sections, with a topic: what fitting it counts against importance."""
CALL_FADES: Final = 0.9
"""What the call before counts against a call."""
WORKING_TIER: Final = 1
_SLOTS: Final[Mapping[Origin, str]] = {Origin.CALL: "calls", Origin.STORYLINE: "storylines"}
_NEEDS: Final[Mapping[Origin, tuple[bool, bool, bool]]] = {
    Origin.FACT: (True, False, False),
    Origin.KNOWLEDGE: (True, False, False),
    Origin.RELATIONSHIP_FACT: (False, True, False),
    Origin.JOKE: (False, True, False),
    Origin.STORYLINE: (False, True, True),
    Origin.CALL: (False, False, True),
    Origin.CONVERSATION: (False, False, True),
}
"""Which of a relationship's switches a memory needs: personal facts, details, conversations."""

Avoids = Callable[[str, str], bool]
"""Whether a memory, said about someone, belongs to a topic to avoid."""
Relevance = Callable[[str, Sequence[str]], Sequence[float]]
"""How well texts fit a topic, each 0..1."""


def compose(
    material: Material,
    wish: Wish,
    counter: TokenCounter,
    avoids: Avoids,
    relevance: Relevance,
) -> Composed:
    """
    Raises:
        BudgetTooSmall: the core identity does not fit the budget.
    """
    core = core_text(material.identity, material.texts)
    needed = counter.count(core)
    if needed > wish.token_budget:
        raise BudgetTooSmall(needed, wish.token_budget)
    texts = texts_of(material)
    name = name_of(material.person)
    headings = {section: heading_of(texts, section, name) for section in _ORDER[wish.layout][1:]}
    desk = Desk(counter, wish, needed, headings)
    desk.labels = {section: {"": ""} for section in Section}
    desk.labels[Section.RECENT] = {
        "calls": texts.get("recent_context.calls"),
        "storylines": texts.get("recent_context.storylines"),
    }
    dropped: list[Dropped] = []

    wanted = list(enumerate(instructions_of(material, wish, texts)))
    for position, each in sorted(wanted, key=lambda one: one[1].urgency):
        dropped += [Dropped("", 0, each.section, Reason.OVER_BUDGET)] * each.left_out
        for text in (each.text, *each.shorter):
            reason = desk.place(each.section, Content.INSTRUCTIONS, "", text, position, None)
            if reason is None:
                break
            dropped.append(Dropped("", 0, each.section, reason))

    candidates = _candidates(material, wish, counter, avoids, relevance, dropped)
    left = _fill_floors(desk, candidates)
    for candidate in sorted(left, key=lambda each: (-each.worth, each.rank, each.memory_id)):
        reason = desk.place(
            candidate.section,
            Content.DATA,
            candidate.slot,
            candidate.line,
            candidates.index_of(candidate),
            candidate,
        )
        if reason is not None:
            dropped.append(_drop(candidate, reason))
    return _settled(core, desk, wish, counter, dropped)


class _Candidates:
    """In the order in which they stand in the prompt."""

    def __init__(self, ranked: Sequence[Candidate]) -> None:
        self.ranked = ranked
        self._index = {id(each): index for index, each in enumerate(ranked)}

    def index_of(self, candidate: Candidate) -> int:
        return self._index[id(candidate)]

    def of(self, section: Section) -> Iterator[Candidate]:
        return (each for each in self.ranked if each.section is section)


def _fill_floors(desk: Desk, candidates: _Candidates) -> list[Candidate]:
    """Gives every section its floor; gives back what is still without a place."""
    free = desk.budget - desk.used
    left: list[Candidate] = []
    for section, share in FLOORS.items():
        allowance, full = int(free * share), False
        for candidate in sorted(candidates.of(section), key=lambda each: each.rank):
            full = full or (
                desk.place(
                    section,
                    Content.DATA,
                    candidate.slot,
                    candidate.line,
                    candidates.index_of(candidate),
                    candidate,
                    allowance,
                )
                is not None
            )
            if full:
                left.append(candidate)
    return left


def _candidates(
    material: Material,
    wish: Wish,
    counter: TokenCounter,
    avoids: Avoids,
    relevance: Relevance,
    dropped: list[Dropped],
) -> _Candidates:
    """The memories that may be shown, and what may not into ``dropped``."""
    kept: list[tuple[Remembered, Wording]] = []
    seen: set[tuple[int, str]] = set()
    said: set[str] = set()
    for memory in map(head_of, material.memories):
        wording = wording_of(memory)
        reason = _forbidden(memory, wording, material.bond, avoids)
        if reason is None:
            key = (memory.tier, memory.memory_id)
            again = key in seen or wording.sameness in said
            reason = Reason.DUPLICATE if again else None
            seen.add(key)
            if wording.sameness:
                said.add(wording.sameness)
        if reason is None:
            kept.append((memory, wording))
        else:
            section = SECTION_OF[memory.origin]
            dropped.append(Dropped(memory.memory_id, memory.tier, section, reason))

    fits = _fits(kept, wish.topic, relevance)
    calls = 0
    found: list[Candidate] = []
    for (memory, wording), fit in zip(kept, fits, strict=True):
        rank, worth = _order(memory, fit, calls, with_topic=bool(wish.topic))
        calls += memory.origin is Origin.CALL
        found.append(
            Candidate(
                memory.memory_id,
                memory.tier,
                SECTION_OF[memory.origin],
                _SLOTS.get(memory.origin, ""),
                wording.line,
                counter.block(wording.line),
                rank,
                worth,
                {"relevance": fit, "importance": memory.importance},
            )
        )
    found.sort(key=lambda each: (each.rank, each.memory_id))
    entries = len(material.recent_entries)
    for place, entry in enumerate(material.recent_entries):
        line = f"- {quoted(entry.speaker or entry.role)}: {cut(quoted(entry.text[:LONGEST_READ]))}"
        age = entries - 1 - place
        found.append(
            Candidate(
                entry.memory_id,
                WORKING_TIER,
                Section.CONVERSATION,
                "",
                line,
                counter.block(line),
                (float(age),),
                CALL_FADES**age,
                {"recency": CALL_FADES**age},
            )
        )
    return _Candidates(found)


def _forbidden(
    memory: Remembered, wording: Wording, bond: Bond | None, avoids: Avoids
) -> Reason | None:
    if bond is not None:
        needs_facts, needs_details, needs_conversations = _NEEDS[memory.origin]
        if (
            (needs_facts and not bond.personal_facts)
            or (needs_details and not bond.details)
            or (needs_conversations and not bond.conversations)
        ):
            return Reason.MEMORY_CONFIG
    return Reason.AVOIDED_TOPIC if avoids(memory.about, wording.said) else None


def _fits(
    memories: Sequence[tuple[Remembered, Wording]], topic: str, relevance: Relevance
) -> list[float]:
    """How well each fits the topic; 0 without one."""
    if not topic.strip():
        return [0.0] * len(memories)
    worked_out = relevance(topic, [wording.told for _, wording in memories])
    fits = [
        max(computed, memory.score or 0.0)
        for (memory, _), computed in zip(memories, worked_out, strict=True)
    ]
    return [round(fit, 4) if fit >= FITTING else 0.0 for fit in fits]


def _order(
    memory: Remembered, fit: float, calls_before: int, *, with_topic: bool
) -> tuple[tuple[float, ...], float]:
    """The rank in its section and the worth between sections."""
    unpinned = 0.0 if memory.pinned else 1.0
    if memory.origin is Origin.CALL:
        fresh = CALL_FADES**calls_before
        # The last call first, then the storylines, then what was before.
        place = 0.0 if calls_before == 0 else 2.0 + calls_before
        return (unpinned, place), max(fresh * 0.8, fit)
    if memory.origin is Origin.STORYLINE:
        return (unpinned, 1.0, -fit, -memory.importance), max(0.75, fit)
    if memory.origin is Origin.JOKE:
        # Jokes do not follow the topic: they are of the stable part.
        return (unpinned, -memory.importance), memory.importance
    worth = memory.importance
    if with_topic:
        worth = TOPIC_WEIGHT * fit + (1 - TOPIC_WEIGHT) * memory.importance
    return (unpinned, -fit, -memory.importance), worth + (1.0 - unpinned)


def _settled(
    core: str, desk: Desk, wish: Wish, counter: TokenCounter, dropped: list[Dropped]
) -> Composed:
    """The text, once all of it is within the budget and its sections within their caps."""
    while True:
        sections, blocks = _sections(core, desk, wish, counter)
        count = counter.joined(blocks, [each.token_count for each in sections])
        over = next(
            (
                each.section
                for each in sections
                if each.token_count > wish.section_caps.get(each.section, each.token_count)
            ),
            None,
        )
        if count <= wish.token_budget and over is None:
            break
        dropped.append(_take_back(desk, over))
    included = [
        Included(each.memory_id, each.tier, each.section, each.worth, each.parts)
        for part in desk.parts.values()
        for lines in part.chosen.values()
        for _, _, each in sorted(lines, key=lambda line: line[0])
        if each is not None
    ]
    places = {section: place for place, section in enumerate(_ORDER[wish.layout])}
    included.sort(key=lambda each: places[each.section])
    dropped.sort(key=lambda each: (places[each.section], each.reason, each.tier, each.memory_id))
    prompt = "\n\n".join(each.text for each in sections)
    return Composed(prompt, count, sections, tuple(included), tuple(dropped))


def _sections(
    core: str, desk: Desk, wish: Wish, counter: TokenCounter
) -> tuple[tuple[ComposedSection, ...], list[list[str]]]:
    """The sections, and the blocks that each is made of."""
    found: list[ComposedSection] = []
    blocks: list[list[str]] = []
    if core:
        count = counter.count(core)
        found.append(ComposedSection(Section.CORE, Content.INSTRUCTIONS, core, count))
        blocks.append([core])
    for section in _ORDER[wish.layout]:
        if part := desk.parts.get(section):
            lines = part.blocks(desk.labels[section])
            count = counter.count_blocks(lines)
            found.append(ComposedSection(section, part.content, "\n".join(lines), count))
            blocks.append(lines)
    return tuple(found), blocks


def _take_back(desk: Desk, section: Section | None) -> Dropped:
    """Takes the least worthy line out again, of this section or of all."""
    chosen = [
        (candidate.worth if candidate else 10.0 - position, name, slot, position)
        for name, part in desk.parts.items()
        if section is None or name is section
        for slot, lines in part.chosen.items()
        for position, _, candidate in lines
    ]
    _, name, slot, position = min(chosen)
    part = desk.parts[name]
    (taken,) = [each for each in part.chosen[slot] if each[0] == position]
    part.chosen[slot].remove(taken)
    if not part.chosen[slot]:
        del part.chosen[slot]
    if not part.chosen:
        del desk.parts[name]
    reason = Reason.OVER_BUDGET if section is None else Reason.SECTION_CAP
    return Dropped("", 0, name, reason) if taken[2] is None else _drop(taken[2], reason)


def _drop(candidate: Candidate, reason: Reason) -> Dropped:
    return Dropped(candidate.memory_id, candidate.tier, candidate.section, reason)
