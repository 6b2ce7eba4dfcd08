"""Going on from a session that has ended."""

from __future__ import annotations

import pytest

from reverie_server.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from reverie_server.storage import outbox
from reverie_server.tiers.episodic.model import Rehydrated
from reverie_server.tiers.episodic.rehydration import EndedSession
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    NewEntry,
    SessionContext,
    SessionKey,
    SessionState,
    SuppliedEpisode,
)
from tests.episodic.conftest import TALK, Rooms

LATER = NewEntry("That was after the bookmark.", Role.USER)


def ended(
    session_id: str = "s",
    *,
    user: str = "u",
    persona: str = "p",
    workspace: str = "w",
    summary_only: bool = False,
    bookmark: str = "",
) -> EndedSession:
    return EndedSession(workspace, user, persona, session_id, summary_only, bookmark)


async def contents(rooms: Rooms, session_id: str) -> list[str]:
    turns = await rooms.db.read(lambda tx: rooms.records.turns(tx, "w", "u", session_id))
    return [turn.content for turn in turns]


async def set_topic(rooms: Rooms, key: SessionKey, topic: str) -> None:
    context = SessionContext(topic=topic)
    await rooms.sessions.update_context(key, context, {"topic"}, None, None)


async def rehydrate(rooms: Rooms, source: EndedSession, new_id: str = "new") -> Rehydrated:
    return await rooms.rehydration.rehydrate(source, new_id, None)


async def test_in_full_it_has_copies_of_the_entries_and_the_context(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    await set_topic(rooms, key, "climbing")
    await rooms.end(key)
    await rooms.runner.idle()
    old = await rooms.sessions.get(key)
    done = await rehydrate(rooms, ended())
    assert done.restored_entry_count == 4
    new = await rooms.sessions.get(SessionKey("w", "u", "p", "new"))
    assert new == done.session
    assert (new.state, new.rehydrated_from_session_id) == (SessionState.ACTIVE, "s")
    assert (new.entry_count, new.turn_count, new.rehydrated_summary) == (4, 4, "")
    assert new.context.topic == "climbing"
    assert await contents(rooms, "new") == [entry.content for entry in TALK]
    assert await rooms.sessions.get(key) == old
    await rooms.entries.append(SessionKey("w", "u", "p", "new"), [LATER], None)
    assert len(await contents(rooms, "new")) == 5
    assert len(await contents(rooms, "s")) == 4


async def test_the_index_hears_of_no_copies(rooms: Rooms) -> None:
    await rooms.archived("s")
    done = await rehydrate(rooms, ended())
    rows = await rooms.db.read(lambda tx: outbox.pending(tx, 1000))
    assert [row for row in rows if row.key.revision == done.revision] == []


async def test_with_its_summary_only(rooms: Rooms) -> None:
    episode = await rooms.archived("s")
    done = await rehydrate(rooms, ended(summary_only=True))
    assert done.restored_entry_count == 0
    assert done.session.rehydrated_summary == episode.summary != ""
    assert await contents(rooms, "new") == []


async def test_a_summary_that_is_still_to_be_made_is_made_for_it(rooms: Rooms) -> None:
    async with rooms.runner_paused():
        episode_id = await rooms.end(await rooms.talk("s"))
        done = await rehydrate(rooms, ended(summary_only=True))
    await rooms.runner.idle()
    assert done.session.rehydrated_summary == (await rooms.get(episode_id)).summary != ""


async def test_a_supplied_summary_is_the_one(rooms: Rooms) -> None:
    await rooms.archived("s", supplied=SuppliedEpisode(summary="They climbed."))
    done = await rehydrate(rooms, ended(summary_only=True))
    assert done.session.rehydrated_summary == "They climbed."


async def test_up_to_a_bookmark_with_the_context_then(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    await set_topic(rooms, key, "then")
    await rooms.bookmarks.set(key, "here", None)
    await rooms.entries.append(key, [LATER], None)
    await set_topic(rooms, key, "now")
    await rooms.end(key)
    done = await rehydrate(rooms, ended(bookmark="here"))
    assert done.restored_entry_count == 4
    assert done.session.context.topic == "then"
    assert await contents(rooms, "new") == [entry.content for entry in TALK]
    whole = await rehydrate(rooms, ended(), "whole")
    assert (whole.restored_entry_count, whole.session.context.topic) == (5, "now")


async def test_a_bookmark_does_not_go_with_a_summary(rooms: Rooms) -> None:
    with pytest.raises(InvalidArgument) as error:
        await rehydrate(rooms, ended(summary_only=True, bookmark="here"))
    assert error.value.fields[0].field == "bookmark_id"


async def test_a_bookmark_that_is_not_there_is_not_found(rooms: Rooms) -> None:
    await rooms.archived("s")
    with pytest.raises(NotFound):
        await rehydrate(rooms, ended(bookmark="nowhere"))


async def test_an_active_session_is_not_rehydrated(rooms: Rooms) -> None:
    await rooms.talk("s")
    for summary_only in (False, True):
        with pytest.raises(FailedPrecondition) as error:
            await rehydrate(rooms, ended(summary_only=summary_only))
        assert error.value.reason == "WRONG_STATE"


async def test_a_session_without_archive_is_until_it_expires(rooms: Rooms) -> None:
    key = await rooms.talk("s")
    await rooms.end(key, flush=False)
    assert (await rehydrate(rooms, ended())).restored_entry_count == 4
    summary = (await rehydrate(rooms, ended(summary_only=True), "n2")).session.rehydrated_summary
    assert "climbing" in summary
    rooms.clock.advance(2 * 3600)
    with pytest.raises(FailedPrecondition) as error:
        await rehydrate(rooms, ended(), "n3")
    assert error.value.reason == "SESSION_EXPIRED"


async def test_an_archived_session_is_also_after_it_expired(rooms: Rooms) -> None:
    await rooms.archived("s")
    rooms.clock.advance(2 * 3600)
    assert (await rehydrate(rooms, ended())).restored_entry_count == 4


@pytest.mark.parametrize(
    ("workspace", "user", "persona"), [("w2", "u", "p"), ("w", "u2", "p"), ("w", "u", "q")]
)
@pytest.mark.parametrize("summary_only", [False, True])
async def test_only_the_pair_itself_goes_on(
    rooms: Rooms, workspace: str, user: str, persona: str, summary_only: bool
) -> None:
    await rooms.archived("s")
    await rooms.talk("theirs", user="u2")
    source = ended(workspace=workspace, user=user, persona=persona, summary_only=summary_only)
    with pytest.raises(NotFound):
        await rehydrate(rooms, source)


async def test_the_new_id_must_be_free(rooms: Rooms) -> None:
    await rooms.archived("s")
    with pytest.raises(AlreadyExists):
        await rehydrate(rooms, ended(), "s")
    assert (await rooms.rehydration.rehydrate(ended(), "", None)).session.session_id


async def test_a_repeated_request_has_one_effect_and_the_same_answer(rooms: Rooms) -> None:
    await rooms.archived("s")
    request = rooms.request("RehydrateSession")
    first = await rooms.rehydration.rehydrate(ended(), "", request)
    assert await rooms.rehydration.rehydrate(ended(), "", request) == first


async def test_a_rehydrated_session_goes_on_when_the_old_one_is_deleted(rooms: Rooms) -> None:
    episode = await rooms.archived("s")
    await rehydrate(rooms, ended())
    await rooms.episodes.delete("w", "u", "p", episode.episode_id, None, None)
    assert await contents(rooms, "new") == [entry.content for entry in TALK]
