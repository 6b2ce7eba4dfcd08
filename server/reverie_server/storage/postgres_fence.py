"""The second fence between workspaces: row-level security of PostgreSQL.

The first is in every query. Should one ever lack its condition, the database itself keeps the rows
of other workspaces from a call: each transaction says whose it is, and policies on every table
with a workspace compare. What the server does by itself (indexing, sweeping) is over all workspaces
and says so. Who says nothing sees nothing.

It holds for roles that own no table and may not bypass it, so a server asks what its role is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from reverie_server.scope import EVERY_WORKSPACE, current_workspace
from reverie_server.storage.schema import SchemaMismatch

if TYPE_CHECKING:
    import asyncpg
    from sqlalchemy import Connection

POLICY: Final = "reverie_workspace"
EVERYTHING: Final = "SET LOCAL reverie.everything = 'on'"
"""For work that is nobody's in particular."""
NOTHING: Final = "SET LOCAL reverie.workspace = ''"
"""For who has not said whose work it is."""

# In subqueries: they are evaluated once for a query and not for each row.
_CONDITION: Final = """
    workspace_id = (SELECT current_setting('reverie.workspace', true))
    OR (SELECT current_setting('reverie.everything', true)) = 'on'
"""
_UNFENCED: Final = """
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')
        AND NOT (
            c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
                SELECT 1 FROM pg_policy p
                WHERE p.polrelid = c.oid AND p.polname = 'reverie_workspace'
            )
        )
    ORDER BY c.relname
"""
_ROLE: Final = """
    SELECT r.rolname, r.rolsuper, r.rolbypassrls, EXISTS (
        SELECT 1 FROM pg_class c
        WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')
            AND pg_has_role(r.oid, c.relowner, 'USAGE')
    ) AS owns
    FROM pg_roles r WHERE r.rolname = current_user
"""
MAINTAIN_VERSION: Final = 17
"""Since then a role that owns no table can be let vacuum it."""
_READ_ONLY: Final = ("schema_gate", "alembic_version")
"""What a server has no business to change."""


class UnsafeRole(SchemaMismatch):
    """The fence does not hold for the role that we are."""


def declaration() -> str:
    """The statement by which a transaction says whose it is, from the call that it is part of."""
    workspace = current_workspace.get()
    if workspace is None:
        return NOTHING
    if workspace == EVERY_WORKSPACE:
        return EVERYTHING
    quoted = workspace.replace("'", "''")
    return f"SET LOCAL reverie.workspace = '{quoted}'"


def fence(connection: Connection, grant_to: Iterable[str]) -> None:
    """Puts policies on every table that has a workspace and none yet, and lets roles in: the last
    part of every migration, so that no table can be forgotten. Within the connection's transaction.
    """

    def run(statement: str) -> None:
        connection.exec_driver_sql(statement)

    quote = connection.dialect.identifier_preparer.quote
    for (name,) in connection.exec_driver_sql(_UNFENCED).fetchall():
        table = quote(name)
        run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        run(f"DROP POLICY IF EXISTS {POLICY} ON {table}")
        run(f"CREATE POLICY {POLICY} ON {table} USING ({_CONDITION}) WITH CHECK ({_CONDITION})")
    schema = quote(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    maintain = ", MAINTAIN" if int(version) >= MAINTAIN_VERSION * 10_000 else ""
    rights = f"SELECT, INSERT, UPDATE, DELETE{maintain}"
    for role in map(quote, grant_to):
        run(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        run(f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {role}")
        run(f"REVOKE INSERT, UPDATE, DELETE ON {', '.join(_READ_ONLY)} FROM {role}")


async def is_fenced(connection: asyncpg.Connection[Any]) -> bool:
    """Whether policies hold for the role that we are at all."""
    return bool(
        await connection.fetchval(
            "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"
        )
    )


async def check_fence(connection: asyncpg.Connection[Any], allowed_role: str | None) -> None:
    """Whether the fence holds for the role that we are.

    Args:
        allowed_role: one for which it need not, for development.

    Raises:
        SchemaMismatch: a table has no policy.
        UnsafeRole: the role goes past them.
    """
    if missing := await unfenced_tables(connection):
        raise SchemaMismatch(
            f"Row-level security is missing on {', '.join(missing)}: `reverie migrate` adds it."
        )
    await check_role(connection, allowed_role)


async def unfenced_tables(connection: asyncpg.Connection[Any]) -> list[str]:
    """Tables with a workspace that have no policy."""
    return [name for (name,) in await connection.fetch(_UNFENCED)]


async def check_role(connection: asyncpg.Connection[Any], allowed_role: str | None) -> None:
    """
    Raises:
        UnsafeRole: as ``check_fence``.
    """
    ((role, is_super, bypasses, owns),) = await connection.fetch(_ROLE)
    if role == allowed_role:
        return
    for holds, why in (
        (is_super, "is a superuser"),
        (bypasses, "bypasses row-level security"),
        (owns, "owns tables"),
    ):
        if holds:
            raise UnsafeRole(
                f"The database role {role} {why}: serve as one that `reverie migrate --grant-to`"
                f" has let in, or allow this one with REVERIE_DATABASE_UNFENCED_ROLE={role}."
            )
