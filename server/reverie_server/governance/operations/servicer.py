"""OperationsService: messages to calls of the services and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import operations_service_pb2 as pb
from reverie.v1 import operations_service_pb2_grpc
from reverie_server.governance.operations.backups import Backups
from reverie_server.governance.operations.model import Stats
from reverie_server.governance.operations.service import OperationsService
from reverie_server.jobs.model import Job, JobState
from reverie_server.jobs.service import JobService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp
from reverie_server.storage.backup_manifest import Manifest

Context = grpc.aio.ServicerContext[Any, Any]


class OperationsServicer(operations_service_pb2_grpc.OperationsServiceServicer):
    """See ``operations_service.proto``."""

    def __init__(
        self,
        jobs: JobService,
        operations: OperationsService,
        backups: Backups,
        page_tokens: PageTokens,
    ) -> None:
        self._jobs = jobs
        self._operations = operations
        self._backups = backups
        self._page_tokens = page_tokens

    async def GetJob(self, request: pb.GetJobRequest, _: Context) -> pb.GetJobResponse:
        job = await self._jobs.get(
            current_call().workspace_id, request.user_id, request.persona_id, request.job_id
        )
        return pb.GetJobResponse(job=job_message(job))

    async def RetryJob(self, request: pb.RetryJobRequest, _: Context) -> pb.RetryJobResponse:
        job = await self._jobs.retry(
            current_call().workspace_id, request.user_id, request.persona_id, request.job_id
        )
        return pb.RetryJobResponse(job=job_message(job))

    async def ListJobs(self, request: pb.ListJobsRequest, _: Context) -> pb.ListJobsResponse:
        workspace_id = current_call().workspace_id
        page_request = self._page_tokens.read(request)
        await self._operations.require_owner(workspace_id, request.user_id)
        page = await self._jobs.list(
            workspace_id,
            request.user_id,
            request.persona_id,
            session_id=request.session_id,
            states=[JobState(state) for state in request.states if state],
            page=page_request,
        )
        return pb.ListJobsResponse(
            jobs=[job_message(job) for job in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def Reindex(self, request: pb.ReindexRequest, _: Context) -> pb.ReindexResponse:
        job = await self._operations.reindex(
            current_call().workspace_id, recompute_embeddings=request.recompute_embeddings
        )
        return pb.ReindexResponse(job=job_message(job))

    async def Reconcile(self, request: pb.ReconcileRequest, _: Context) -> pb.ReconcileResponse:
        job = await self._operations.reconcile(current_call().workspace_id, repair=request.repair)
        return pb.ReconcileResponse(job=job_message(job))

    async def Compact(self, request: pb.CompactRequest, _: Context) -> pb.CompactResponse:
        job = await self._operations.compact(current_call().workspace_id)
        return pb.CompactResponse(job=job_message(job))

    async def Backup(self, request: pb.BackupRequest, _: Context) -> pb.BackupResponse:
        call = current_call()
        job = await self._backups.start(call.workspace_id, request.name, call.request_key(request))
        return pb.BackupResponse(job=job_message(job))

    async def ListBackups(
        self, request: pb.ListBackupsRequest, _: Context
    ) -> pb.ListBackupsResponse:
        page = await self._backups.list(self._page_tokens.read(request))
        return pb.ListBackupsResponse(
            backups=[backup_message(manifest) for manifest in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
        )

    async def GetStats(self, request: pb.GetStatsRequest, _: Context) -> pb.GetStatsResponse:
        return stats_message(await self._operations.stats(current_call().workspace_id))


def stats_message(stats: Stats) -> pb.GetStatsResponse:
    """Stats on the wire."""
    return pb.GetStatsResponse(
        counts=stats.counts,
        jobs=stats.jobs,
        index_backlog=stats.index_backlog,
        index_points=stats.index_points,
        index_state=stats.index_state,
        storage_bytes=stats.storage_bytes,
        storage_engine=stats.storage,
        embedder=stats.embedder,
        version=stats.version,
        start_time=timestamp(stats.start_time),
    )


def backup_message(manifest: Manifest) -> pb.BackupInfo:
    """A backup on the wire."""
    return pb.BackupInfo(
        name=manifest.name,
        backup_time=timestamp(manifest.backup_time),
        size_bytes=manifest.size_bytes,
        rows=manifest.database.rows,
        storage_engine=manifest.database.engine_version,
        schema_level=manifest.database.schema_level,
        server_version=manifest.server_version,
    )


def job_message(job: Job) -> pb.Job:
    """A job on the wire. Its arguments stay inside."""
    return pb.Job(
        job_id=job.job_id,
        kind=job.kind,
        state=f"JOB_STATE_{job.state.name}",
        user_id=job.user_id,
        persona_id=job.persona_id,
        session_id=job.session_id,
        step=job.step,
        progress=job.progress,
        attempt=job.attempt,
        error_reason=job.error_reason,
        error_message=job.error_message,
        result=job.result,
        create_time=timestamp(job.create_time),
        start_time=timestamp(job.start_time),
        end_time=timestamp(job.end_time),
    )
