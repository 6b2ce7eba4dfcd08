"""Named statements: what the loader makes of a query file, and what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.scope import owned, readable
from reverie_server.storage.statements import StatementError, load, parse


def one(sql: str, **overrides: str) -> tuple[str, str]:
    """The only statement of a text, for SQLite and for PostgreSQL."""
    statement = parse(f"-- name: it\n{sql}", source="tests", **overrides)["it"]
    return statement.sqlite, statement.postgres


def test_statements_are_found_by_name_in_order() -> None:
    statements = parse(
        """
        -- A file may begin with a comment.
        -- name: first
        SELECT 1;

        -- name: second_one
        SELECT 2 -- of two
        """,
        source="tests",
    )
    assert list(statements) == ["first", "second_one"]
    assert len(statements) == 2
    assert "first" in statements
    assert "third" not in statements
    assert statements["first"].name == "first"
    assert statements["first"].sqlite == statements["first"].postgres == "SELECT 1"
    assert statements["second_one"].sqlite == "SELECT 2"


def test_placeholders_become_positions_for_sqlite() -> None:
    assert one("SELECT $2, $1, $10, $3,$4,$5,$6,$7,$8,$9") == (
        "SELECT ?2, ?1, ?10, ?3,?4,?5,?6,?7,?8,?9",
        "SELECT $2, $1, $10, $3,$4,$5,$6,$7,$8,$9",
    )


def test_sqlite_itself_would_swap_what_the_loader_does_not() -> None:
    connection = apsw.Connection(":memory:")
    assert connection.execute("SELECT $2, $1", ("a", "b")).fetchall() == [("a", "b")]
    sqlite, _ = one("SELECT $2, $1")
    assert connection.execute(sqlite, ("a", "b")).fetchall() == [("b", "a")]


def test_quoted_text_is_untouched_and_comments_are_dropped() -> None:
    sqlite, postgres = one(
        """SELECT '$1 it''s {in:$2}; ? -- no comment /*', "odd$1""name" -- $7 {nonsense} ;
        /* $9 ; ' */ WHERE a = $1"""
    )
    kept = """'$1 it''s {in:$2}; ? -- no comment /*', "odd$1""name\""""
    assert sqlite.startswith(f"SELECT {kept}")
    assert sqlite.split() == f"SELECT {kept} WHERE a = ?1".split()
    assert postgres.split() == f"SELECT {kept} WHERE a = $1".split()


def test_readable_is_the_filter_of_the_scope() -> None:
    sqlite, postgres = one("SELECT 1 FROM entries e WHERE {readable:e} AND e.revision > $5")
    assert readable("e") in postgres
    assert readable("e").replace("$", "?") in sqlite


def test_owned_takes_the_same_arguments() -> None:
    sqlite, postgres = one("SELECT 1 FROM procedures p WHERE {owned:p} AND p.revision > $5")
    assert owned("p") in postgres
    assert owned("p").replace("$", "?") in sqlite


def test_in_is_membership_in_a_json_array() -> None:
    assert one("SELECT 1 FROM a WHERE a.kind {in:$1}") == (
        "SELECT 1 FROM a WHERE a.kind IN (SELECT value FROM json_each(?1))",
        "SELECT 1 FROM a WHERE a.kind = ANY(ARRAY(SELECT jsonb_array_elements_text($1::jsonb)))",
    )


def test_an_override_replaces_a_statement_of_one_dialect() -> None:
    assert one("SELECT $1", sqlite="-- name: it\nSELECT $1 + 0") == ("SELECT ?1 + 0", "SELECT $1")
    assert one("SELECT $1", postgres="-- name: it\nSELECT $1::bigint") == (
        "SELECT ?1",
        "SELECT $1::bigint",
    )


def test_overrides_of_both_dialects_may_name_a_new_statement() -> None:
    statements = parse(
        "", source="tests", sqlite="-- name: a\nSELECT 1", postgres="-- name: a\nSELECT 2"
    )
    assert (statements["a"].sqlite, statements["a"].postgres) == ("SELECT 1", "SELECT 2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- name: a\nSELECT 1\n-- name: a\nSELECT 2", "a is there twice"),
        ("SELECT 1\n-- name: a\nSELECT 2", "before the first"),
        ("-- name: a\n-- only a comment\n;", "is empty"),
        ("-- name: Not-A-Name\nSELECT 1", "is not a name"),
        ("-- name: a\nSELECT 1; SELECT 2", "misplaced ;"),
        ("-- name: a\nSELECT {unknown:x}", "unknown macro {unknown:x}"),
        ("-- name: a\nSELECT {in:x}", "names no placeholder"),
        ("-- name: a\nSELECT {readable:}", "names no table alias"),
        ("-- name: a\nSELECT {owned:}", "names no table alias"),
        ("-- name: a\nSELECT $2", "without gaps"),
        ("-- name: a\nSELECT $0", "without gaps"),
        ("-- name: a\nSELECT ?", r"misplaced \?"),
        ("-- name: a\nSELECT 'never closed", "misplaced '"),
        ("-- name: a\nSELECT /* never closed", r"misplaced /\*"),
        ("-- name: a\nSELECT $name", r"misplaced \$"),
        ("-- name: a\nSELECT }", "misplaced }"),
    ],
)
def test_a_wrong_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(StatementError, match=message):
        parse(text, source="tests")


def test_dialects_must_take_the_same_arguments() -> None:
    with pytest.raises(StatementError, match="takes 1 arguments in sqlite, 2 in postgres"):
        one("SELECT $1", postgres="-- name: it\nSELECT $1, $2")


def test_a_statement_of_one_dialect_alone_is_refused() -> None:
    with pytest.raises(StatementError, match="only one dialect has extra"):
        one("SELECT 1", postgres="-- name: extra\nSELECT 1")


def test_an_unknown_name_is_an_error_that_says_where() -> None:
    with pytest.raises(StatementError, match="tests has no statement named 'lost'"):
        parse("-- name: a\nSELECT 1", source="tests")["lost"]


def test_files_of_a_package_are_loaded_with_their_overrides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "query_files_under_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "queries.sql").write_text("-- name: a\nSELECT 'é', $1")
    (package / "queries.postgres.sql").write_text("-- name: a\nSELECT $1::text")
    monkeypatch.syspath_prepend(str(tmp_path))
    statements = load(package.name, "queries.sql")
    assert statements["a"].sqlite == "SELECT 'é', ?1"
    assert statements["a"].postgres == "SELECT $1::text"
    with pytest.raises(StatementError, match=r"has no file missing\.sql"):
        load(package.name, "missing.sql")
    sys.modules.pop(package.name)


SQL_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))


@given(SQL_TEXT, SQL_TEXT, st.permutations([1, 2, 3]))
def test_any_text_in_quotes_survives_and_arguments_keep_their_places(
    literal: str, comment: str, order: list[int]
) -> None:
    quoted = literal.replace("\r", " ").replace("\n", " ").replace("'", "''")
    columns = ", ".join(f"${number}" for number in order)
    sqlite, _ = one(f"SELECT '{quoted}', {columns} -- {''.join(comment.splitlines())}")
    row = apsw.Connection(":memory:").execute(sqlite, ("one", "two", "three")).fetchall()[0]
    assert row == (quoted.replace("''", "'"), *[("one", "two", "three")[n - 1] for n in order])
