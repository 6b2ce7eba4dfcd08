"""Views: kept between searches, brought up to date, forgotten, and never half done."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from reverie.v1 import common_pb2 as common
from reverie.v1 import episodic_memory_service_pb2 as episodic
from reverie.v1 import persona_service_pb2 as personas
from reverie.v1 import recall_service_pb2 as recall
from reverie.v1 import semantic_memory_service_pb2 as semantic
from reverie.v1 import user_service_pb2 as users
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.errors import NotFound
from reverie_server.scope import Reader
from reverie_server.tiers.recall.finder import Finder, Question
from reverie_server.tiers.recall.to_the_end import on_thread
from reverie_server.tiers.recall.view_store import Loaded
from reverie_server.tiers.recall.views import View, Views
from tests.recall.house import House
from tests.recall.talk import PERSONA, SEMANTIC, USER, said

STORM = Question("Which storm took the mast?", 10, explain=True)


async def answers(finder: Finder, reader: Reader, question: Question = STORM) -> list[object]:
    """What a finder finds, comparable to what another one does."""
    findings = await finder.find(reader, question)
    return [
        (each.key, round(each.score, 5), {n: round(v, 4) for n, v in each.parts.items()})
        for each in findings.found
    ]


async def view_of(views: Views, reader: Reader) -> View:
    async with views.current(reader) as view:
        return view


async def test_a_view_is_kept_until_room_is_needed(house: House) -> None:
    await house.talk.conversation("The storm took the mast.")
    await house.talk.conversation("No storm here.", session_id="b", user="bob")
    bob = Reader(house.workspace, "bob", house.reader.persona_id)
    plenty, tiny = house.views(), house.views(1)
    for views, is_kept in ((plenty, True), (tiny, False)):
        first = await view_of(views, house.reader)
        assert await view_of(views, house.reader) is first, "the one in use always stays"
        await view_of(views, bob)
        assert (await view_of(views, house.reader) is first) is is_kept


async def test_a_tiny_cache_changes_no_answer(house: House) -> None:
    talk = house.talk
    readers = []
    for user in ("ann", "bob", "cleo"):
        for persona in ("brad", "elena"):
            await talk.conversation(
                f"A storm took the mast of {user}.",
                f"{persona} fixed it.",
                session_id=f"{user}-{persona}",
                user=user,
                persona=persona,
            )
            readers.append(Reader(house.workspace, user, persona))
    wide, narrow = house.finder(), house.finder(house.views(1))
    expected = [await answers(wide, reader) for reader in readers]
    for _ in range(5):
        found = await asyncio.gather(*(answers(narrow, reader) for reader in readers * 5))
        assert found == expected * 5


async def test_a_cancelled_search_leaves_nothing_half_done(house: House) -> None:
    talk = house.talk
    await talk.start()
    for start in range(0, 1_000, 500):
        await talk.say(*(f"Storm {start + n} took mast {n}." for n in range(500)))
    expected = await answers(house.finder(), house.reader)
    for turns in range(0, 40, 8):
        finder = house.finder()
        first = asyncio.create_task(finder.find(house.reader, STORM))
        others = [asyncio.create_task(answers(finder, house.reader)) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        first.cancel()
        assert await asyncio.gather(*others) == [expected] * 3


async def test_a_view_that_is_being_read_outlives_those_who_gave_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.talk.conversation(*(f"Storm {n} took the mast." for n in range(100)))
    loop = asyncio.get_running_loop()
    begun, proceed, taken_in = asyncio.Event(), asyncio.Event(), []
    take_in = View.take_in

    def slowly(view: View, loaded: Loaded) -> None:
        taken_in.append(len(loaded.memories))
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(proceed.wait(), loop).result()
        take_in(view, loaded)

    monkeypatch.setattr(View, "take_in", slowly)
    views = house.views()
    searches = [asyncio.create_task(view_of(views, house.reader)) for _ in range(3)]
    await begun.wait()
    for search in searches[:2]:
        search.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    given_up = [search.done() for search in searches]
    proceed.set()
    await asyncio.wait(searches)
    assert given_up == [True, True, False]
    assert len(searches[2].result()) == 100
    assert taken_in == [100]


async def test_a_thread_is_waited_for_even_when_nobody_wants_its_answer() -> None:
    loop = asyncio.get_running_loop()
    begun, proceed, steps = asyncio.Event(), asyncio.Event(), []

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(proceed.wait(), loop).result()
        steps.append("worked")

    task = asyncio.create_task(on_thread(work))
    await begun.wait()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    proceed.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["worked"]


async def test_a_thread_s_failure_is_the_caller_s(house: House) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await on_thread(partial(int, "no number"))


async def test_nobody_s_view_is_not_kept(house: House) -> None:
    views = house.views()
    nobody = Reader(house.workspace, "nobody", "brad")
    results = await asyncio.gather(
        *(view_of(views, nobody) for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(each, NotFound) for each in results)
    await house.talk.conversation("Now there is a storm.", user="nobody")
    assert len(await view_of(views, nobody)) == 1


async def test_a_persona_s_new_name_reaches_a_view_that_is_there(house: House) -> None:
    talk = house.talk
    await talk.start()
    await talk.append([said("I fixed the mast.", role=working.ROLE_ASSISTANT), said("Thanks.")])
    warm, asked = house.finder(), Question("What did Guinevere fix?", 10, explain=True)
    await answers(warm, house.reader, asked)
    request = personas.UpdatePersonaRequest(
        persona_id="brad", persona=personas.Persona(display_name="Guinevere")
    )
    request.update_mask.paths.append("display_name")
    await talk.personas.UpdatePersona(request)
    assert await answers(warm, house.reader, asked) == await answers(
        house.finder(), house.reader, asked
    )
    await talk.append([said("And the sail.", role=working.ROLE_ASSISTANT)])
    assert await answers(warm, house.reader, asked) == await answers(
        house.finder(), house.reader, asked
    )


async def test_what_is_stored_again_and_again_does_not_pile_up(house: House) -> None:
    views = house.views()
    for number in range(80):
        await house.talk.document("log", {"entry": f"storm number {number}"}, user=USER)
        view = await view_of(views, house.reader)
        assert len(view) == 1
        assert view.columns.size <= 70


async def test_what_is_removed_again_and_again_does_not_pile_up(house: House) -> None:
    views = house.views()
    for number in range(80):
        await house.talk.document("log", {"entry": f"storm number {number}"}, user=USER)
        await view_of(views, house.reader)
        await house.talk.semantic.DeleteDocument(
            semantic.DeleteDocumentRequest(user_id=USER, persona_id=PERSONA, document_id="log")
        )
        view = await view_of(views, house.reader)
        assert len(view) == 0
        assert view.columns.size <= 70


async def test_a_removal_reads_no_more_than_what_has_changed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await house.talk.conversation(*(f"Storm {n} took the mast." for n in range(200)))
    views, taken_in = house.views(), []
    take_in = View.take_in

    def noting(view: View, loaded: Loaded) -> None:
        taken_in.append((loaded.complete, len(loaded.memories)))
        take_in(view, loaded)

    monkeypatch.setattr(View, "take_in", noting)
    before = await view_of(views, house.reader)
    await house.talk.working.DeleteEntry(deleting(ids[100]))
    assert await view_of(views, house.reader) is before
    assert taken_in == [(True, 200), (False, 0)]
    assert len(before) == 199


async def test_a_view_with_removals_is_as_good_as_a_new_one(house: House) -> None:
    talk = house.talk
    warm, elena = house.finder(), Reader(house.workspace, USER, "elena")
    await talk.start("e", persona="elena")

    async def same() -> int:
        for reader in (house.reader, elena):
            found = await answers(warm, reader)
            assert found == await answers(house.finder(), reader)
        return len(await answers(warm, elena))

    ids = await talk.conversation(*(f"Storm {n} took the mast of ship {n}." for n in range(5)))
    await talk.conversation("Which mast?", "That of the storm.", session_id="t")
    await talk.document("mast", {"mast": "a storm took it"}, user=USER)
    assert await same() == 8
    await talk.working.DeleteEntry(deleting(ids[2]))
    assert await same() == 7
    await talk.end("t", flush=False)
    assert await same() == 5
    await talk.memories.MarkUsed(
        recall.MarkUsedRequest(
            user_id=USER,
            persona_id=PERSONA,
            memories=[recall.MemoryReference(tier=SEMANTIC, memory_id="mast")],
        )
    )
    assert await same() == 5
    # Gone and there again before anybody searches: nobody has used this one.
    await talk.semantic.DeleteDocument(
        semantic.DeleteDocumentRequest(user_id=USER, persona_id=PERSONA, document_id="mast")
    )
    await talk.document("mast", {"mast": "a storm took it"}, user=USER)
    assert await same() == 5
    ended = await talk.end(summary="A storm and a mast.")
    await talk.archived(ended)
    assert await same() == 6
    await talk.set_visibility(ended.episode_id, common.VISIBILITY_PRIVATE)
    assert await same() == 1
    await talk.set_visibility(ended.episode_id, common.VISIBILITY_SHARED)
    assert await same() == 6
    await talk.episodic.DeleteEpisode(
        episodic.DeleteEpisodeRequest(user_id=USER, persona_id=PERSONA, episode_id=ended.episode_id)
    )
    assert await same() == 1
    await talk.users.DeleteUser(users.DeleteUserRequest(user_id=USER))
    await talk.conversation("Another storm took the mast.")
    assert await same() == 1


def deleting(entry_id: str) -> working.DeleteEntryRequest:
    return working.DeleteEntryRequest(
        user_id=USER, persona_id=PERSONA, session_id="s", entry_id=entry_id
    )
