"""Templates: what they say, what they refuse, how they are filled."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.tiers.procedural.template import (
    MOST_PLACEHOLDERS,
    MalformedTemplate,
    escape,
    parse,
)

NAMES = st.from_regex(r"\A[^\W\d][\w.-]{0,8}\Z")
PIECES = st.lists(st.text(max_size=10) | NAMES.map(lambda name: (name,)), max_size=12)


def template_of(pieces: list[str | tuple[str]]) -> str:
    """Texts as they are, names as placeholders."""
    return "".join(escape(each) if isinstance(each, str) else f"{{{each[0]}}}" for each in pieces)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_an_escaped_text_renders_to_itself(text: str) -> None:
    template = parse(escape(text))
    assert template.placeholders == ()
    assert template.render({}) == text


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES, st.data())
def test_rendering_puts_values_in_place(
    pieces: list[str | tuple[str]], data: st.DataObject
) -> None:
    names = list(dict.fromkeys(each[0] for each in pieces if not isinstance(each, str)))
    values = {name: data.draw(st.text(max_size=10)) for name in names}
    template = parse(template_of(pieces))
    expected = "".join(each if isinstance(each, str) else values[each[0]] for each in pieces)
    assert template.placeholders == tuple(names)
    assert template.missing(values) == ()
    assert template.render(values) == expected
    assert template.rendered_bytes(values) == len(expected.encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES, st.sets(st.integers(0, 11)))
def test_every_missing_value_is_named(pieces: list[str | tuple[str]], given: set[int]) -> None:
    template = parse(template_of(pieces))
    values = {name: "" for place, name in enumerate(template.placeholders) if place in given}
    assert template.missing(values) == tuple(
        name for name in template.placeholders if name not in values
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="{}ab ", max_size=12))
def test_a_template_is_read_in_one_way_or_refused(text: str) -> None:
    try:
        template = parse(text)
    except MalformedTemplate:
        return
    written = [escape(template.literals[0])]
    for name, literal in zip(template.names, template.literals[1:], strict=True):
        written += (f"{{{name}}}", escape(literal))
    assert "".join(written) == text


def test_values_are_never_read_as_templates() -> None:
    assert parse("{a} {b}").render({"a": "{b}", "b": "{{a}}"}) == "{b} {{a}}"


def test_more_values_than_needed_do_no_harm() -> None:
    assert parse("{a}").render({"a": "1", "b": "2"}) == "1"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "line 1, column 1"),
        ("}", "line 1, column 1"),
        ("a {name", "line 1, column 3"),
        ("a name}", "line 1, column 7"),
        ("{}", "line 1, column 1"),
        ("{ name }", "line 1, column 1"),
        ("{0}", "line 1, column 1"),
        ("{a b}", "line 1, column 1"),
        ("{a!r}", "line 1, column 1"),
        ("one\ntwo {", "line 2, column 5"),
        ("{{{", "line 1, column 3"),
        ("{" + "a" * 129 + "}", "line 1, column 1"),
        ('{"json": 1}', "line 1, column 1"),
    ],
)
def test_a_malformed_template_says_where(text: str, place: str) -> None:
    with pytest.raises(MalformedTemplate, match=place):
        parse(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{a}{a}{b}", ("a", "b")),
        ("{{{a}}}", ("a",)),
        ("{имя}", ("имя",)),
        ("{user.name} {user-name} {_x1}", ("user.name", "user-name", "_x1")),
        ("{" + "a" * 128 + "}", ("a" * 128,)),
        ("", ()),
    ],
)
def test_the_placeholders_of_a_template(text: str, names: tuple[str, ...]) -> None:
    assert parse(text).placeholders == names


def test_a_template_has_as_many_placeholders_as_a_call_can_fill() -> None:
    whole = "".join(f"{{n{number}}}" for number in range(MOST_PLACEHOLDERS))
    assert len(parse(whole * 2).placeholders) == MOST_PLACEHOLDERS
    with pytest.raises(MalformedTemplate, match="more than 64"):
        parse(whole + "{another}")
