"""Named SQL statements, written once for both dialects and parsed once at import.

A query file holds statements under headers of their own line::

    -- name: append_entry
    INSERT INTO entries (workspace_id, entry_id) VALUES ($1, $2);

Placeholders are ``$1``, ``$2``, ... without gaps. SQLite takes ``$1`` for a *name* and numbers
names by order of appearance, so that ``SELECT $2, $1`` would silently swap its arguments; they are
therefore rewritten to ``?1`` for it. These macros exist:

``{readable:alias}``
    what a persona may read of a user, see ``scope.readable``; its arguments are $1..$4.
``{owned:alias}``
    the same for procedures, which have no visibility, see ``scope.owned``.
``{in:$n}``
    membership in a JSON array of strings given as the text argument $n: ``e.kind {in:$5}``.
``{now}``
    the database's own clock, microseconds UTC, as it goes on within a transaction.
``{partition:alias}``
    which part of all owners a row's belongs to, as a text; SQLite, which only one server uses, has
    one part. See ``PARTITIONS``.
``{skip_locked}``
    behind a subquery: takes the rows, and looks past those that another transaction has taken.

Where the dialects truly differ, a file beside it (``queries.sqlite.sql``, ``queries.postgres.sql``)
overrides single statements. Text in quotes is never touched and comments are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from reverie_server.scope import owned, readable

Dialect = Literal["sqlite", "postgres"]

PARTITIONS: Mapping[Dialect, tuple[str, ...]] = {
    "sqlite": ("0",),
    "postgres": tuple(str(number) for number in range(32)),
}
"""All values of ``{partition:alias}``. Their number is part of what servers agree on: while servers
with another one run, an owner would belong to two parts."""

_HEADER = re.compile(r"^[ \t]*--[ \t]*name:[ \t]*(\S+)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TOKEN = re.compile(
    r"""
      (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<macro> \{ [^{}]* \} )
    | (?P<placeholder> \$[0-9]+ )
    | (?P<end> ; )
    | (?P<stray> ['"{}$?] | /\* )
    """,
    re.VERBOSE | re.DOTALL,
)


class StatementError(Exception):
    """A query file is wrong. Raised at import: it is the programmer's mistake."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One named statement in both dialects. Compared by identity, so it is a cheap cache key."""

    name: str
    sqlite: str
    postgres: str

    @property
    def reads(self) -> bool:
        """Whether it plainly changes nothing."""
        return self.postgres.startswith("SELECT")


class Statements(Mapping[str, Statement]):
    """The statements of one query file by name. An unknown name is a ``StatementError``."""

    def __init__(self, source: str, statements: Mapping[str, Statement]) -> None:
        self._source = source
        self._statements = dict(statements)

    def __getitem__(self, name: str) -> Statement:
        try:
            return self._statements[name]
        except KeyError:
            raise StatementError(f"{self._source} has no statement named {name!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)

    def __contains__(self, name: object) -> bool:
        return name in self._statements


def load(package: str, file_name: str) -> Statements:
    """Reads a query file of a package, and its override files if there are any.

    Raises:
        StatementError: the file is missing or anything in it is not as described above.
    """
    folder = resources.files(package)
    stem = file_name.removesuffix(".sql")

    def text(name: str) -> str | None:
        file = folder.joinpath(name)
        return file.read_text(encoding="utf-8") if file.is_file() else None

    base = text(file_name)
    if base is None:
        raise StatementError(f"{package} has no file {file_name}")
    return parse(
        base,
        source=f"{package}/{file_name}",
        sqlite=text(f"{stem}.sqlite.sql"),
        postgres=text(f"{stem}.postgres.sql"),
    )


def parse(
    base: str, *, source: str, sqlite: str | None = None, postgres: str | None = None
) -> Statements:
    """Builds statements from the text of a query file and of its overrides.

    An override may replace a statement of the base, or name a new one if the other dialect's
    override does so too.

    Raises:
        StatementError: see ``load``.
    """
    common = _split(base, source)
    of_dialect: dict[Dialect, dict[str, str]] = {
        "sqlite": common | _split(sqlite or "", f"{source} (sqlite)"),
        "postgres": common | _split(postgres or "", f"{source} (postgres)"),
    }
    if only := of_dialect["sqlite"].keys() ^ of_dialect["postgres"].keys():
        raise StatementError(f"{source}: only one dialect has {', '.join(sorted(only))}")
    statements = {}
    for name in of_dialect["sqlite"]:
        where = f"{source}: {name}"
        in_sqlite, sqlite_count = _compile(of_dialect["sqlite"][name], "sqlite", where)
        in_postgres, postgres_count = _compile(of_dialect["postgres"][name], "postgres", where)
        if sqlite_count != postgres_count:
            raise StatementError(
                f"{where}: takes {sqlite_count} arguments in sqlite, {postgres_count} in postgres"
            )
        statements[name] = Statement(name, in_sqlite, in_postgres)
    return Statements(source, statements)


def _split(text: str, source: str) -> dict[str, str]:
    headers = list(_HEADER.finditer(text))
    preamble = text[: headers[0].start()] if headers else text
    if _TOKEN.sub(_without_comment, preamble).strip():
        raise StatementError(f"{source}: text before the first '-- name:' header")
    ends = [*(header.start() for header in headers), len(text)][1:]
    statements: dict[str, str] = {}
    for header, end in zip(headers, ends, strict=True):
        name = header.group(1)
        if not _NAME.fullmatch(name):
            raise StatementError(f"{source}: {name!r} is not a name")
        if name in statements:
            raise StatementError(f"{source}: {name} is there twice")
        statements[name] = text[header.end() : end]
    return statements


def _without_comment(token: re.Match[str]) -> str:
    return " " if token.lastgroup == "comment" else token.group()


def _compile(text: str, dialect: Dialect, where: str) -> tuple[str, int]:
    """The SQL of one dialect and the number of its arguments."""
    used: set[int] = set()

    def placeholder(token: str) -> str:
        number = int(token[1:])
        used.add(number)
        return f"?{number}" if dialect == "sqlite" else f"${number}"

    def macro(token: str) -> str:
        name, _, argument = token[1:-1].partition(":")
        expand = _MACROS.get(name)
        if expand is None:
            raise StatementError(f"{where}: unknown macro {token}")
        return _rewrite(expand(argument, dialect, where))

    def rewrite_token(token: re.Match[str]) -> str:
        match token.lastgroup:
            case "quoted":
                return token.group()
            case "comment":
                return " "
            case "placeholder":
                return placeholder(token.group())
            case "macro":
                return macro(token.group())
        raise StatementError(f"{where}: misplaced {token.group()}")

    def _rewrite(sql: str) -> str:
        return _TOKEN.sub(rewrite_token, sql)

    # One trailing semicolon is welcome, wherever comments follow it; a second statement is not.
    bare = _TOKEN.sub(_without_comment, text).strip().removesuffix(";")
    sql = _rewrite(bare).strip()
    if not sql:
        raise StatementError(f"{where}: is empty")
    if used != set(range(1, len(used) + 1)):
        raise StatementError(f"{where}: placeholders are not $1..${len(used)} without gaps")
    return sql, len(used)


def _filter(
    name: str, condition: Callable[[str], str]
) -> tuple[str, Callable[[str, Dialect, str], str]]:
    """A macro that stands for a read filter of ``scope``."""

    def expand(argument: str, _: Dialect, where: str) -> str:
        if not _NAME.fullmatch(argument):
            raise StatementError(f"{where}: {{{name}:{argument}}} names no table alias")
        return condition(argument)

    return name, expand


def _membership(argument: str, dialect: Dialect, where: str) -> str:
    if not re.fullmatch(r"\$[0-9]+", argument):
        raise StatementError(f"{where}: {{in:{argument}}} names no placeholder")
    if dialect == "sqlite":
        return f"IN (SELECT value FROM json_each({argument}))"  # noqa: S608 - a placeholder
    return f"= ANY(ARRAY(SELECT jsonb_array_elements_text({argument}::jsonb)))"


def _now(_argument: str, dialect: Dialect, _where: str) -> str:
    if dialect == "sqlite":
        return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


def _partition(argument: str, dialect: Dialect, where: str) -> str:
    if not _NAME.fullmatch(argument):
        raise StatementError(f"{where}: {{partition:{argument}}} names no table alias")
    if dialect == "sqlite":
        return "'0'"
    # No id has a line feed in it, so two owners are never written the same.
    owner = f"convert_to({argument}.workspace_id || chr(10) || {argument}.user_id, 'UTF8')"
    return f"CAST(get_byte(sha256({owner}), 0) % {len(PARTITIONS[dialect])} AS TEXT)"


def _skip_locked(_argument: str, dialect: Dialect, _where: str) -> str:
    return "FOR UPDATE SKIP LOCKED" if dialect == "postgres" else ""


_MACROS: dict[str, Callable[[str, Dialect, str], str]] = dict(
    (
        _filter("readable", readable),
        _filter("owned", owned),
        ("in", _membership),
        ("now", _now),
        ("partition", _partition),
        ("skip_locked", _skip_locked),
    )
)
