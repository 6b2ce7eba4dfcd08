"""While a fleet is upgraded: a server with an index of its own still has the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from reverie.v1 import operations_service_pb2 as operations
from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.bootstrap import Application, CannotStart
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_lease import Lease
from tests.channels import connect
from tests.looking_again import until
from tests.postgres_databases import PostgresDatabases
from tests.replicas.fleet import Stores
from tests.rpc.contract import answer
from tests.rpc.world import at_rest, indexed

TALK = {"user_id": "alice", "persona_id": "brad", "session_id": "talk"}


async def test_a_new_server_serves_and_leaves_background_work_until_the_old_one_has_ended(
    postgres_databases: PostgresDatabases, qdrant_url: str, tmp_path: Path, workspace: str
) -> None:
    stores = await Stores.make(postgres_databases, qdrant_url)
    db = await PostgresDatabase.open(stores.database)
    old = await Lease.acquire(db, tmp_path, seconds=600, renewal_seconds=3_600)
    new = await Application.start(stores.settings())
    async with connect(new.address, workspace) as channel:
        await answer(channel, "StartSession", **TALK)
        said = [working.Entry(role=working.ROLE_USER, content="I climb the north wall.")]
        await answer(channel, "AppendEntries", **TALK, entries=said)
        ended = await answer(channel, "EndSession", **TALK)
        place = {"user_id": "alice", "persona_id": "brad"}
        found = await answer(channel, "Recall", **place, query="climbing")
        assert found.degraded, "the old server's changes are not in the index of the new ones"
        assert "I climb the north wall." in [hit.text for hit in found.hits]
        job = (await answer(channel, "GetJob", **place, job_id=ended.job_id)).job
        assert (job.state, job.attempt) == (operations.JOB_STATE_PENDING, 0)
        assert (await answer(channel, "GetStats")).index_backlog

        await old.release()
        await at_rest(channel)
        job = (await answer(channel, "GetJob", **place, job_id=ended.job_id)).job
        assert job.state == operations.JOB_STATE_SUCCEEDED
        await indexed(channel)
        await until(
            "an answer that is whole",
            lambda: answer(channel, "Recall", **place, query="climbing"),
            lambda found: not found.degraded,
        )
    own = stores.settings(data_folder=tmp_path).model_copy(update={"qdrant_url": None})
    with pytest.raises(CannotStart, match="shared"):
        await Application.start(own)
    await new.stop()
    await db.close()
