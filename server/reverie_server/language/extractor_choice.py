"""Which extractor reads what is said in a workspace: the server's own, or one outside of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from reverie_server.language.fact_extractor import FactExtractor


class TextPermission(Protocol):
    """Whose text may leave the server."""

    async def may_leave(self, workspace_id: str) -> bool:
        """Whether what is said in this workspace may be sent to a language endpoint."""
        ...


class ListedWorkspaces:
    """The text of the workspaces in a list may leave, and nobody else's."""

    def __init__(self, workspace_ids: Collection[str]) -> None:
        self._workspace_ids = frozenset(workspace_ids)

    async def may_leave(self, workspace_id: str) -> bool:
        return workspace_id in self._workspace_ids


class ExtractorChoice:
    """Asks for each workspace anew, since its permission may be taken back."""

    def __init__(
        self, own: FactExtractor, outside: FactExtractor | None, permission: TextPermission
    ) -> None:
        """
        Args:
            own: sends nothing anywhere.
            outside: for the workspaces whose text may leave; None: there is none.
        """
        self._own = own
        self._outside = outside
        self._permission = permission

    async def of(self, workspace_id: str) -> FactExtractor:
        """The extractor for what is said in this workspace."""
        if self._outside is None or not await self._permission.may_leave(workspace_id):
            return self._own
        return self._outside
