"""Which servers an examination is about, and who of them answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from reverie_server.cli.connection import NoServer, check_serving
from reverie_server.settings import Settings
from reverie_server.storage.folder_lock import Holder, holder_of, is_held


@dataclass(frozen=True, slots=True)
class Servers:
    """The server that is asked, and those that may be confused with it."""

    asked: str
    """The address of the one that is examined."""
    own: str
    """Where a server of these settings serves."""
    named: bool
    """``asked`` was given, and is not just ``own``."""
    holder: Holder | None
    """Who has the data folder; None: nobody, as far as can be seen, or no folder is needed."""
    folder_counts: bool
    """A server of these settings has the data folder to itself, and who has it can be seen."""
    silence: Mapping[str, str]
    """Of each address why nobody is to be called there; empty: somebody is."""

    @classmethod
    async def find(cls, settings: Settings) -> Servers:
        """Asks all of them."""
        folder_counts, holder = not settings.index_is_shared, None
        try:
            if folder_counts and is_held(settings.data_folder):
                holder = holder_of(settings.data_folder)
        except FileNotFoundError:
            pass
        except OSError:
            folder_counts = False  # the check of the lock says why
        asked, own = settings.server_address, settings.near(settings.port)
        addresses = sorted({asked, own, holder.address if holder else ""} - {""})
        silence = await asyncio.gather(*map(_silence, addresses))
        return cls(
            asked,
            own,
            asked != own,
            holder,
            folder_counts,
            dict(zip(addresses, silence, strict=True)),
        )

    def answer(self, address: str) -> bool:
        """Whether a server serves there, of the addresses that are known here."""
        return self.silence.get(address) == ""

    def have_the_data(self, address: str) -> bool | None:
        """Whether the server at an address is the one that has the data folder; None: nobody can
        tell from here."""
        if not self.folder_counts or not self.answer(address):
            return None
        if self.holder is None or self.holder.address == address:
            return self.holder is not None
        # A machine has several names, but what answers at another port is somebody else.
        told, port = self.holder.address, address.rpartition(":")[2]
        return False if told and told.rpartition(":")[2] != port else None

    @property
    def whereabouts(self) -> str:
        """Where the server is that is probably meant, other than where it was looked for; empty:
        nobody knows."""
        candidates = (self.holder.address if self.holder else "", self.own)
        found = [each for each in candidates if each != self.asked and self.answer(each)]
        return found[0] if found else ""


async def _silence(address: str) -> str:
    try:
        await check_serving(address)
    except NoServer as error:
        return error.why
    return ""
