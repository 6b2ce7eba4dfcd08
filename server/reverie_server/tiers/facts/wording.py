"""When two tellings say the same: what is left of words once case, spaces and articles are gone."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

USER: Final = "user"
"""The subject of a fact that names none."""
_LONGEST: Final = 256
"""Characters of a key; a longer text is compared by its hash."""
_LEADING: Final = re.compile(r"^(?:(?:a|an|the|my|our|his|her|their) )+")
_EDGES: Final = " \t.,;:!?\"'“”‘’()[]"
_SELF: Final = frozenset({"", "i", "me", "myself", "self", "the user", "user"})


def object_key(text: str) -> str:
    """How an object, a name or a whole statement is compared: in small letters, spaces as one,
    without the articles and possessives before it and the punctuation around it. What would be
    nothing stays as it was; what is long becomes its hash."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    bare = _LEADING.sub("", plain.strip(_EDGES)) or plain
    if len(bare) > _LONGEST:
        return hashlib.blake2b(bare.encode(), digest_size=16).hexdigest()
    return bare


def named(key: str) -> tuple[str, str]:
    """How the keys of one such thing with a name begin: "dog named rex" is a "dog"."""
    return (f"{key} named ", f"{key} called ")


def subject_key(text: str) -> str:
    """As ``object_key``; the user under any of the words for oneself."""
    plain = object_key(text)
    return USER if plain in _SELF else plain


def predicate_name(text: str) -> str:
    """A predicate's name: small letters, words joined by ``_``. Empty for none."""
    words = re.split(r"[\s_\-]+", unicodedata.normalize("NFKC", text).casefold().strip(_EDGES))
    return "_".join(word for word in words if word).replace("favourite", "favorite")
