"""Every statement says which workspace it is for: a distributed database asks one node only."""

from __future__ import annotations

from typing import Final

import pytest

from tests.distribution.queries import loose_tables
from tests.docs.markdown import read, rows
from tests.storage.test_postgres_statements import statements

SINGLE: Final = {"deployment", "leases"}
"""Tables that are not distributed: a few rows for everybody."""
OVER_ALL: Final = {
    "governance/portability/queries.sql: count_owners": "how much there is to move",
    "governance/portability/queries.sql: workspaces_after": "workspaces to move",
    "index/memories.sql: counts": "how much there is to index",
    "index/memories.sql: delete_all_vectors": "another embedder",
    "index/memories.sql: documents_after": "filling an empty index",
    "index/memories.sql: entries_after": "filling an empty index",
    "index/memories.sql: episodes_after": "filling an empty index",
    "index/memories.sql: facts_after": "filling an empty index",
    "index/memories.sql: procedures_after": "filling an empty index",
    "jobs/queries.sql: claim_next": "whose job is next",
    "jobs/queries.sql: count_by_state": "metrics",
    "jobs/queries.sql: fail_interrupted": "after a crash",
    "jobs/queries.sql: next_due_time": "whose job is next",
    "jobs/queries.sql: release_interrupted": "after a crash",
    "jobs/queries.sql: sweep": "what is old enough to go",
    "storage/idempotency.sql: sweep": "what is old enough to go",
    "storage/outbox.sql: counts": "metrics and statistics",
    "storage/outbox.sql: pending": "whose changes are next",
    "storage/outbox.sql: reset_applied": "after a crash",
    "storage/restored.sql: forgetters": "after a restore",
    "storage/restored.sql: workspaces_with_deletions": "after a restore",
    "storage/restoring.sql: end_backups": "a restore",
    "storage/revision.sql: raise_users": "a restore or a move",
    "storage/revision.sql: raise_workspaces": "a restore or a move",
    "storage/tombstone_ledger.sql: all": "tombstones beside the backups",
    "storage/tombstone_ledger.sql: state": "tombstones beside the backups",
    "tiers/facts/ageing.sql: ageing_after": "what has aged",
    "tiers/working/queries.sql: due_to_expire": "what is old enough to go",
    "tiers/working/queries.sql: idle_since": "what is old enough to end",
}
"""Statements over all workspaces, and what for. No call waits for one of these."""


def test_calls_ask_one_workspace() -> None:
    loose = {}
    for where, _, statement in statements():
        tables = set(loose_tables(statement.postgres)) - SINGLE
        if tables:
            loose[where] = tables

    new = {where: tables for where, tables in loose.items() if where not in OVER_ALL}
    assert new == {}, "add a condition on workspace_id, or a row to OVER_ALL and to docs/scaling.md"
    assert OVER_ALL.keys() <= loose.keys(), "these have their condition by now"


def test_the_exceptions_are_documented() -> None:
    written = [row for row in rows(read("docs/scaling.md")) if ".sql: " in row[0]]
    expected = [(f"`{where}`", why) for where, why in sorted(OVER_ALL.items())]

    assert written == expected, "\n" + "\n".join(f"| {' | '.join(row)} |" for row in expected)


@pytest.mark.parametrize(
    ("sql", "loose"),
    [
        ("SELECT a FROM facts WHERE workspace_id = $1", []),
        ("SELECT a FROM facts WHERE user_id = $1", ["facts"]),
        ("SELECT a FROM facts WHERE workspace_id = $1 OR user_id = $2", ["facts"]),
        ("SELECT a FROM facts WHERE NOT workspace_id = $1", ["facts"]),
        ("SELECT a FROM facts WHERE workspace_id > $1", ["facts"]),
        (
            "SELECT a FROM facts f JOIN users u ON u.user_id = f.user_id WHERE f.workspace_id = $1",
            ["users"],
        ),
        (
            (
                "SELECT a FROM facts f JOIN users u ON u.workspace_id = f.workspace_id"
                " WHERE f.workspace_id = $1"
            ),
            [],
        ),
        (
            (
                "SELECT a FROM facts f WHERE f.workspace_id = $1"
                " AND EXISTS (SELECT 1 FROM users u WHERE u.user_id = f.user_id)"
            ),
            ["users"],
        ),
        (
            (
                "DELETE FROM jobs WHERE (workspace_id, job_id) IN"
                " (SELECT workspace_id, job_id FROM jobs WHERE state = 3)"
            ),
            ["jobs", "jobs"],
        ),
        (
            (
                "DELETE FROM jobs WHERE (workspace_id, job_id) IN"
                " (SELECT workspace_id, job_id FROM jobs WHERE workspace_id = $1)"
            ),
            [],
        ),
        ("INSERT INTO facts (workspace_id, a) VALUES ($1, $2)", []),
        ("INSERT INTO facts (a) VALUES ($1)", ["facts"]),
        (
            "INSERT INTO facts (workspace_id, a) SELECT u.workspace_id, 1 FROM users u",
            ["facts", "users"],
        ),
        (
            (
                "WITH mine AS (SELECT workspace_id FROM users WHERE workspace_id = $1)"
                " SELECT 1 FROM mine m JOIN facts f ON f.workspace_id = m.workspace_id"
            ),
            [],
        ),
        ("UPDATE facts SET workspace_id = $1", ["facts"]),
    ],
)
def test_what_is_held_to_one_workspace(sql: str, loose: list[str]) -> None:
    """The reading itself, on statements of which one knows."""
    assert loose_tables(sql) == loose
