"""Searching episodes looks at all of them before it says that there are no more."""

from __future__ import annotations

from reverie_server.tiers.episodic.model import EpisodeQuery, SearchIn
from reverie_server.tiers.recall.episode_search import EpisodeSearcher
from tests.recall.house import House


async def test_a_long_session_does_not_hide_the_others(house: House) -> None:
    talk = house.talk
    await talk.start("long")
    await talk.say(
        *(f"The storm took the mast, {number}." for number in range(480)), session_id="long"
    )
    ended = [await talk.end("long", summary="Much about a storm that took the mast.")]
    for session_id in ("a", "b", "c", "d"):
        filler = (f"Bread number {number} was baked at dawn." for number in range(4))
        await talk.conversation(
            *filler,
            f"Somebody else, as far as I remember, once saw a storm near harbour {session_id}.",
            session_id=session_id,
        )
        ended.append(await talk.end(session_id, summary=f"Baking bread, part {session_id}."))
    await house.indexed()
    searcher = EpisodeSearcher(
        house.floors.database, house.finder(scored_whole=0), vector_dimension=None
    )
    query = EpisodeQuery(
        text="Which storm took the mast?",
        search_in=SearchIn.BOTH,
        start_after=None,
        start_before=None,
        min_score=0.0,
        min_revision=0,
        explain=False,
        vector=(),
    )
    answer = await searcher.search(house.reader, query, 5)
    assert {each.episode_id for each in answer.matches} == {each.episode_id for each in ended}
    assert answer.matches[0].episode_id == ended[0].episode_id
