"""Where a user is at home: which languages and time zones may be named."""

from __future__ import annotations

import re
from typing import Final
from zoneinfo import available_timezones

_LANGUAGE_TAG: Final = re.compile(
    r"""
      (?: [a-z]{2,3} (?: -[a-z]{3} ){0,3} | [a-z]{4,8} )  # language
      (?: -[a-z]{4} )?                                     # script
      (?: -(?: [a-z]{2} | [0-9]{3} ) )?                    # region
      (?: -(?: [a-z0-9]{5,8} | [0-9][a-z0-9]{3} ) )*       # variants
      (?: -[0-9a-wy-z] (?: -[a-z0-9]{2,8} )+ )*            # extensions
      (?: -x (?: -[a-z0-9]{1,8} )+ )?                      # private use
    | x (?: -[a-z0-9]{1,8} )+
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""``langtag`` and ``privateuse`` of RFC 5646, section 2.1."""

_TIME_ZONES: Final = frozenset(available_timezones())


def is_language_tag(text: str) -> bool:
    """Whether a text is a well-formed BCP 47 tag, whatever the registry says of its parts. The
    irregular tags from before RFC 4646 (``i-klingon`` and sixteen others) are not taken.
    """
    return _LANGUAGE_TAG.fullmatch(text) is not None


def is_time_zone(text: str) -> bool:
    """Whether the IANA database has a zone of this name, in exactly this spelling."""
    return text in _TIME_ZONES
