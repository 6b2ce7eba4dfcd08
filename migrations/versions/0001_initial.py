"""The first schema: tenants, identities, the four tiers, jobs, and what keeps them consistent.

Every key starts with the workspace and then the owning user, so that tables can be distributed by
either on a distributed PostgreSQL. There are no foreign keys across that boundary, and none within
it: what belongs to a user is deleted by ``storage/ownership.py``, which a test holds complete.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OWNER = ("workspace_id", "user_id")


def text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def owner() -> tuple[sa.Column[str], sa.Column[str]]:
    """Whose row it is; ``user_id`` is empty for the workspace's shared part."""
    return key("workspace_id"), key("user_id")


def time(name: str) -> sa.Column[int]:
    """Microseconds since the epoch, UTC."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def maybe_time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=True)


def count(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=str(default))


def small(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default=str(default))


def number(name: str, default: float = 0.0) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False, server_default=str(default))


def json(name: str, default: str = "{}") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def table(name: str, primary_key: tuple[str, ...], *columns: sa.schema.SchemaItem) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*primary_key))


def upgrade() -> None:
    deployment()
    identities()
    working()
    archives()
    background()


def deployment() -> None:
    table(
        "schema_gate",
        ("gate",),
        small("gate", 1),
        count("level"),
        count("oldest_reader"),
        count("oldest_writer"),
    )
    # Every later migration updates this row: see storage/schema.py.
    op.execute(
        "INSERT INTO schema_gate (gate, level, oldest_reader, oldest_writer) VALUES (1, 1, 1, 1)"
    )
    table("deployment", ("name",), key("name"), blob("value"))
    table(
        "workspaces",
        ("workspace_id",),
        key("workspace_id"),
        small("sharing_mode", 1),
        count("revision"),
        count("removal_revision"),
        count("user_revision_floor"),
        time("create_time"),
    )
    table(
        "request_records",
        ("workspace_id", "caller", "method", "request_id"),
        key("workspace_id"),
        key("caller"),
        key("method"),
        key("request_id"),
        key("user_id"),
        text("persona_id"),
        key("fingerprint"),
        sa.Column("answer", sa.LargeBinary, nullable=True),
        time("create_time"),
    )
    op.create_index("request_records_by_age", "request_records", ["create_time"])
    op.create_index("request_records_by_owner", "request_records", [*OWNER, "persona_id"])
    table(
        "outbox",
        (*OWNER, "revision", "ordinal"),
        *owner(),
        count("revision"),
        count("ordinal"),
        small("kind"),
        key("memory_id"),
        text("session_id"),
        small("operation"),
        small("applied"),
        time("create_time"),
    )
    table(
        "memory_vectors",
        (*OWNER, "kind", "memory_id"),
        *owner(),
        small("kind"),
        key("memory_id"),
        key("embedder"),
        key("content_hash"),
        blob("vector"),
    )


def identities() -> None:
    table(
        "users",
        OWNER,
        *owner(),
        text("display_name"),
        text("address_as"),
        text("locale"),
        text("time_zone"),
        json("preferences"),
        count("version", 1),
        count("revision"),
        count("removal_revision"),
        time("create_time"),
        time("update_time"),
    )
    table(
        "personas",
        ("workspace_id", "persona_id"),
        key("workspace_id"),
        key("persona_id"),
        text("display_name"),
        text("description"),
        text("voice"),
        text("created_by"),
        small("is_public"),
        text("core_prompt"),
        json("personality_traits"),
        json("behavioral_rules", "[]"),
        json("metadata"),
        count("version", 1),
        time("create_time"),
        time("update_time"),
    )
    table(
        "relationships",
        (*OWNER, "persona_id"),
        *owner(),
        key("persona_id"),
        text("relationship_type", "friend"),
        text("custom_prompt"),
        json("memory_config"),
        count("total_calls"),
        number("total_seconds"),
        maybe_time("last_call_time"),
        count("version", 1),
        time("start_time"),
        time("create_time"),
        time("update_time"),
    )
    op.create_index("relationships_by_persona", "relationships", ["workspace_id", "persona_id"])


def working() -> None:
    table(
        "sessions",
        (*OWNER, "session_id"),
        *owner(),
        key("session_id"),
        key("persona_id"),
        small("state", 1),
        small("archived"),
        small("visibility", 1),
        json("context"),
        json("metadata"),
        time("start_time"),
        maybe_time("end_time"),
        maybe_time("expire_time"),
        time("last_active_time"),
        count("next_position"),
        count("entry_count"),
        count("turn_count"),
        count("timeline_count"),
        maybe_time("question_time"),
        count("response_count"),
        number("response_seconds"),
        small("memory_extracted"),
        text("episode_id"),
        text("rehydrated_from_session_id"),
        text("rehydrated_summary"),
        count("version", 1),
        count("revision"),
        time("create_time"),
    )
    op.create_index("sessions_by_id", "sessions", ["workspace_id", "session_id"], unique=True)
    op.create_index("sessions_by_start", "sessions", [*OWNER, "persona_id", "start_time"])
    op.create_index("sessions_by_revision", "sessions", [*OWNER, "revision"])
    # Also finds the active ones, of which there are few. An index over the time of their last
    # entry would cost every append a page.
    op.create_index("sessions_by_expiry", "sessions", ["state", "expire_time"])
    table(
        "timelines",
        (*OWNER, "session_id", "timeline"),
        *owner(),
        key("session_id"),
        key("timeline"),
        small("closed"),
        count("entry_count"),
        time("create_time"),
        maybe_time("close_time"),
    )
    table(
        "entries",
        (*OWNER, "session_id", "position"),
        *owner(),
        key("session_id"),
        count("position"),
        key("entry_id"),
        key("persona_id"),
        small("visibility", 1),
        key("timeline"),
        small("role"),
        text("speaker"),
        key("content"),
        text("key"),
        text("agent"),
        json("metadata"),
        small("source"),
        number("trust"),
        text("copied_from_entry_id"),
        key("content_hash"),
        count("revision"),
        time("event_time"),
        time("create_time"),
    )
    op.create_index("entries_by_id", "entries", [*OWNER, "entry_id"], unique=True)
    op.create_index("entries_by_revision", "entries", [*OWNER, "revision"])
    # Few entries are copies, so this costs the others nothing.
    copies = sa.text("copied_from_entry_id <> ''")
    op.create_index(
        "entries_by_original",
        "entries",
        [*OWNER, "copied_from_entry_id"],
        sqlite_where=copies,
        postgresql_where=copies,
    )
    table(
        "bookmarks",
        (*OWNER, "session_id", "bookmark_id"),
        *owner(),
        key("session_id"),
        key("bookmark_id"),
        count("next_position"),
        count("entry_count"),
        json("context"),
        time("create_time"),
    )


def archives() -> None:
    table(
        "episodes",
        (*OWNER, "episode_id"),
        *owner(),
        key("episode_id"),
        key("session_id"),
        key("persona_id"),
        small("visibility", 1),
        text("agent"),
        text("summary"),
        small("summary_source"),
        json("summary_entry_ids", "[]"),
        json("key_topics", "[]"),
        json("decisions", "[]"),
        json("action_items", "[]"),
        text("emotional_tone"),
        text("outcome"),
        json("participants", "[]"),
        json("cost", "null"),
        json("metrics"),
        json("facts", "[]"),
        json("storylines", "[]"),
        json("supplied_fields", "[]"),
        json("metadata"),
        count("entry_count"),
        count("timeline_count"),
        number("trust"),
        text("content_hash"),
        count("version", 1),
        count("revision"),
        time("start_time"),
        time("end_time"),
        time("create_time"),
        time("update_time"),
    )
    op.create_index("episodes_by_session", "episodes", [*OWNER, "session_id"], unique=True)
    op.create_index("episodes_by_start", "episodes", [*OWNER, "start_time"])
    op.create_index("episodes_by_revision", "episodes", [*OWNER, "revision"])
    table(
        "documents",
        (*OWNER, "document_id"),
        *owner(),
        key("document_id"),
        key("persona_id"),
        small("visibility", 1),
        key("content"),
        json("metadata"),
        number("trust"),
        key("content_hash"),
        count("version", 1),
        count("revision"),
        time("create_time"),
        time("update_time"),
    )
    op.create_index("documents_by_revision", "documents", [*OWNER, "revision"])
    table(
        "document_versions",
        (*OWNER, "document_id", "version"),
        *owner(),
        key("document_id"),
        count("version"),
        key("persona_id"),
        small("visibility", 1),
        key("content"),
        json("metadata"),
        count("revision"),
        time("update_time"),
    )
    table(
        "procedures",
        (*OWNER, "persona_id", "key"),
        *owner(),
        key("persona_id"),
        key("key"),
        key("memory_id"),
        count("version", 1),
        key("content_hash"),
        count("revision"),
        time("create_time"),
    )
    op.create_index("procedures_by_memory", "procedures", [*OWNER, "memory_id"], unique=True)
    op.create_index("procedures_by_revision", "procedures", [*OWNER, "revision"])
    table(
        "procedure_versions",
        (*OWNER, "persona_id", "key", "version"),
        *owner(),
        key("persona_id"),
        key("key"),
        count("version"),
        key("template"),
        text("description"),
        json("metadata"),
        count("success_count"),
        count("failure_count"),
        count("neutral_count"),
        count("revision"),
        time("update_time"),
    )
    table(
        "memory_usage",
        (*OWNER, "kind", "memory_id"),
        *owner(),
        small("kind"),
        key("memory_id"),
        count("use_count"),
        count("revision"),
        time("last_used_time"),
    )
    op.create_index("memory_usage_by_revision", "memory_usage", [*OWNER, "revision"])


def background() -> None:
    table(
        "jobs",
        (*OWNER, "job_id"),
        *owner(),
        key("job_id"),
        key("persona_id"),
        text("session_id"),
        key("kind"),
        json("arguments"),
        small("state", 1),
        text("step"),
        number("progress"),
        count("attempt"),
        text("error_reason"),
        text("error_message"),
        json("result"),
        time("due_time"),
        time("create_time"),
        maybe_time("start_time"),
        maybe_time("end_time"),
    )
    op.create_index("jobs_by_due_time", "jobs", ["state", "due_time"])
    op.create_index("jobs_by_session", "jobs", [*OWNER, "session_id"])


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it; restore a backup instead")
