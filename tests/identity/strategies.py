"""What callers may send, as hypothesis strategies."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

from reverie_server.identity.personas.model import Character
from reverie_server.identity.users.model import Profile

ids = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=32).filter(
    lambda text: len(text.encode()) <= 128
)
"""Ids of 1 to 128 bytes without control characters, of any script, in no normal form."""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
text_by_key = st.dictionaries(ids, texts, max_size=4)

profiles = st.builds(
    Profile,
    display_name=texts,
    address_as=texts,
    locale=st.sampled_from(["", "en", "en-GB", "zh-Hant-TW", "sl-rozaj-biske", "x-own"]),
    time_zone=st.sampled_from(["", "UTC", "Europe/Berlin", "America/Argentina/Ushuaia"]),
    preferences=text_by_key,
)

characters = st.builds(
    Character,
    display_name=texts.filter(bool),
    description=texts,
    voice=texts,
    created_by=texts,
    is_public=st.booleans(),
    core_prompt=texts,
    personality_traits=text_by_key,
    behavioral_rules=st.lists(texts, max_size=4).map(tuple),
    metadata=text_by_key,
)


def look_alikes(text: str) -> set[str]:
    """Texts that a careless store would take for the same."""
    return {
        text.lower(),
        text.upper(),
        f"{text} ",
        *(unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")),
    } - {text, ""}
