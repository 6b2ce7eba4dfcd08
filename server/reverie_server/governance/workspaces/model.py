"""What a workspace's sharing mode means (the table in ``scope.py``'s words)."""

from __future__ import annotations

from reverie_server.scope import SharingMode, Visibility


def reads_shared(mode: SharingMode) -> bool:
    """Whether SHARED memories are shown to other personas of the workspace."""
    return mode is not SharingMode.PERSONA_SCOPED


def default_visibility(mode: SharingMode, *, for_conversation: bool) -> Visibility:
    """The visibility of a memory whose caller names none.

    ``for_conversation``: a session, its entries or its episode, rather than a fact or a document.
    """
    match mode:
        case SharingMode.USER_CENTRIC:
            return Visibility.SHARED
        case SharingMode.HYBRID:
            return Visibility.PRIVATE if for_conversation else Visibility.SHARED
        case SharingMode.PERSONA_SCOPED:
            return Visibility.PRIVATE
