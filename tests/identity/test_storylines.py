"""What a storyline becomes, mention by mention."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.identity.relationships.storylines.model import (
    OPEN,
    STORYLINE_FIELDS,
    Mention,
    Storyline,
    StorylineEdit,
    edited,
    first_told,
    told_again,
    topic_key,
)
from reverie_server.tiers.working.model import StorylineStatus, SuppliedStoryline

NEW, ONGOING, RESOLVED = StorylineStatus

told = st.builds(
    SuppliedStoryline,
    st.just("Sarah"),
    st.sampled_from(StorylineStatus),
    st.sampled_from(["", "they argue", "they talk"]),
    st.sampled_from(["", "ask about Sarah"]),
    st.none() | st.integers(0, 100),
)


def mention(time: int, session_id: str = "s") -> Mention:
    return Mention(session_id, time, version=time + 1, now=1_000 + time)


def begun(status: StorylineStatus = NEW, summary: str = "they argue") -> Storyline:
    return first_told("id", SuppliedStoryline(" Sarah ", status, summary), mention(5, "first"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sarah", "sarah"),
        (" the  new\tjob ", "The New Job"),
        ("STRASSE", "straße"),
        ("é", "e\u0301"),
    ],
)
def test_topics_that_are_the_same(one: str, other: str) -> None:
    assert topic_key(one) == topic_key(other) != ""


@pytest.mark.parametrize("topic", ["", " ", "\t\n", "\u2003"])
def test_a_topic_that_says_nothing(topic: str) -> None:
    assert topic_key(topic) == ""


def test_a_first_mention() -> None:
    storyline = begun()
    assert storyline.topic == "Sarah"
    assert (storyline.status, storyline.resolve_time) == (NEW, None)
    assert storyline.first_mentioned_time == storyline.last_mentioned_time == 5
    assert begun(RESOLVED).resolve_time == 5


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (NEW, NEW, ONGOING),
        (NEW, ONGOING, ONGOING),
        (ONGOING, NEW, ONGOING),
        (ONGOING, RESOLVED, RESOLVED),
        (RESOLVED, RESOLVED, RESOLVED),
        (RESOLVED, NEW, ONGOING),
        (RESOLVED, ONGOING, ONGOING),
    ],
)
def test_another_mention(
    before: StorylineStatus, said: StorylineStatus, after: StorylineStatus
) -> None:
    storyline = told_again(begun(before), SuppliedStoryline("sarah", said), mention(9, "second"))
    assert storyline.status is after
    assert storyline.summary == "they argue", "what is left out stays"
    assert (storyline.first_session_id, storyline.session_id) == ("first", "second")
    assert (storyline.first_mentioned_time, storyline.last_mentioned_time) == (5, 9)
    resolved = 5 if before is RESOLVED else 9
    assert storyline.resolve_time == (resolved if after is RESOLVED else None)


def test_a_mention_from_before_only_fills_what_nobody_said() -> None:
    old = SuppliedStoryline("Sarah", RESOLVED, "they met", "ask about her", 7)
    storyline = told_again(begun(), old, mention(2, "earlier"))
    assert storyline.status is NEW
    assert storyline.summary == "they argue"
    assert (storyline.follow_up, storyline.follow_up_time) == ("ask about her", 7)
    assert (storyline.first_session_id, storyline.first_mentioned_time) == ("earlier", 2)
    assert (storyline.session_id, storyline.last_mentioned_time) == ("first", 5)
    assert storyline.follow_up_session_id == "earlier"


@given(st.lists(st.tuples(told, st.integers(0, 50)), min_size=1, max_size=8))
def test_whatever_is_told(mentions: list[tuple[SuppliedStoryline, int]]) -> None:
    first, *others = mentions
    storyline = first_told("id", first[0], mention(first[1]))
    for said, time in others:
        storyline = told_again(storyline, said, mention(time))
    times = [time for _, time in mentions]
    assert storyline.first_mentioned_time == min(times)
    assert storyline.last_mentioned_time == max(times)
    assert (storyline.resolve_time is None) == (storyline.status in OPEN)
    latest = [said for said, time in mentions if time == max(times)][-1]
    assert (storyline.status is RESOLVED) == (latest.status is RESOLVED)
    assert storyline.summary == "" or storyline.summary in {said.summary for said, _ in mentions}
    if any(said.summary for said, _ in mentions):
        assert storyline.summary


@given(st.sets(st.sampled_from(sorted(STORYLINE_FIELDS))))
def test_an_edit_takes_what_it_names(fields: set[str]) -> None:
    before = begun()
    edit = StorylineEdit(RESOLVED, "they made up", "", 7)
    after = edited(before, edit, fields, 9, 10)
    for name in STORYLINE_FIELDS:
        assert getattr(after, name) == getattr(edit if name in fields else before, name)
    assert after.resolve_time == (10 if "status" in fields else None)
    assert (after.version, after.update_time) == (9, 10)
    if not fields:
        assert replace(after, version=before.version, update_time=before.update_time) == before
