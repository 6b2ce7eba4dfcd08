"""Which languages and time zones a user may have."""

from __future__ import annotations

import pytest

from reverie_server.errors import InvalidArgument
from reverie_server.identity.users.model import Profile
from reverie_server.identity.users.places import is_language_tag, is_time_zone
from tests.identity.conftest import Rooms


@pytest.mark.parametrize(
    "tag",
    [
        "de",
        "fil",
        "en-GB",
        "EN-gb",
        "es-419",
        "zh-cmn-Hans-CN",
        "sr-Latn-RS",
        "de-CH-1996",
        "sl-rozaj-biske-1994",
        "de-DE-u-co-phonebk",
        "en-a-myext-b-another",
        "en-US-x-twain",
        "x-whatever",
    ],
)
def test_language_tags_of_rfc_5646_are_taken(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e",
        "english language",
        "en_GB",
        "en-",
        "-en",
        "en--GB",
        "de-419-DE",
        "a-DE",
        "en-u",
        "en-x",
        "ar-a-aaa-b",
        "toolonglanguage",
        "en-GB\n",
        "éé",
        "en-٤١٩",
    ],
)
def test_anything_else_is_no_language_tag(text: str) -> None:
    assert not is_language_tag(text)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"])
def test_iana_names_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name", ["", "Europe", "europe/berlin", "Berlin", "../UTC", "/UTC", "+02:00", "Europe/Berlin\0"]
)
def test_anything_else_is_no_time_zone(name: str) -> None:
    assert not is_time_zone(name)


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (Profile(locale="en_GB"), "user.locale"),
        (Profile(time_zone="Mars/Olympus"), "user.time_zone"),
    ],
)
async def test_the_wrong_field_is_named(rooms: Rooms, profile: Profile, field: str) -> None:
    with pytest.raises(InvalidArgument) as created:
        await rooms.users.create("w", "u", profile, None)
    await rooms.users.create("w", "u", Profile(), None)
    with pytest.raises(InvalidArgument) as updated:
        await rooms.users.update("w", "u", profile, {field.removeprefix("user.")}, None, None)

    for refused in (created, updated):
        assert [violation.field for violation in refused.value.fields] == [field]


async def test_only_what_is_named_is_looked_at(rooms: Rooms) -> None:
    await rooms.users.create("w", "u", Profile(), None)

    change = await rooms.users.update(
        "w", "u", Profile(display_name="Ada", locale="en_GB"), {"display_name"}, None, None
    )

    assert change.user.profile == Profile(display_name="Ada")
