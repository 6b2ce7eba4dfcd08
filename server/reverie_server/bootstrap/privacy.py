"""Puts PrivacyService together."""

from __future__ import annotations

from collections.abc import Collection

from reverie.v1 import privacy_service_pb2_grpc as privacy_grpc
from reverie_server.bootstrap.floors import Floors
from reverie_server.governance.portability.arrivals import Arrivals
from reverie_server.governance.portability.budget import Budget
from reverie_server.governance.portability.exporting import Exports
from reverie_server.governance.portability.importing import UserImports, largest_bytes
from reverie_server.governance.portability.ports import PersonaRecords, WorkspaceRecords
from reverie_server.governance.portability.service import PortabilityService
from reverie_server.governance.portability.servicer import PrivacyServicer
from reverie_server.rpc.server import Servicer
from reverie_server.settings import Settings


def privacy_servicer(
    floors: Floors,
    settings: Settings,
    workspaces: WorkspaceRecords,
    personas: PersonaRecords,
    job_kinds: Collection[str],
) -> Servicer:
    """
    Args:
        job_kinds: those of jobs that work for a user.
    """
    imports = UserImports(
        floors.database, floors.clock, floors.embedder, workspaces, personas, job_kinds
    )
    folder, budget = settings.spool_place, Budget(settings.spool_bytes // settings.workers)
    arrivals = Arrivals(folder, budget, largest_bytes(floors.database))
    exports = Exports(floors.database, folder, budget, arrivals.give_way)
    portability = PortabilityService(exports, imports, arrivals)
    return Servicer(
        "reverie.v1.PrivacyService",
        privacy_grpc.add_PrivacyServiceServicer_to_server,
        PrivacyServicer(portability),
    )
