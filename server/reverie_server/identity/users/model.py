"""The end users of the bots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Profile:
    """What the caller says about a user. Everything may be empty."""

    display_name: str = ""
    address_as: str = ""
    """How personas should address them."""
    locale: str = ""
    """BCP 47."""
    time_zone: str = ""
    """IANA name."""
    preferences: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """An end user. Times are microseconds since the epoch, UTC."""

    user_id: str
    profile: Profile
    version: int
    """The user's revision at which the profile last changed. Not even a user that is created
    again under the same id gets an earlier one's versions."""
    revision: int
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class UserChange:
    """A user as a change has left them, and its revision."""

    user: User
    revision: int
