"""OperationsService: messages to calls of the services and back."""

from __future__ import annotations

from typing import Any

import grpc.aio

from reverie.v1 import operations_service_pb2 as pb
from reverie.v1 import operations_service_pb2_grpc
from reverie_server.jobs.model import Job, JobState
from reverie_server.jobs.service import JobService
from reverie_server.rpc.call import current_call
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.timestamps import timestamp

Context = grpc.aio.ServicerContext[Any, Any]


class OperationsServicer(operations_service_pb2_grpc.OperationsServiceServicer):
    """See ``operations_service.proto``."""

    def __init__(self, jobs: JobService, page_tokens: PageTokens) -> None:
        self._jobs = jobs
        self._page_tokens = page_tokens

    async def GetJob(self, request: pb.GetJobRequest, _: Context) -> pb.GetJobResponse:
        job = await self._jobs.get(
            current_call().workspace_id, request.user_id, request.persona_id, request.job_id
        )
        return pb.GetJobResponse(job=job_message(job))

    async def ListJobs(self, request: pb.ListJobsRequest, _: Context) -> pb.ListJobsResponse:
        page = await self._jobs.list(
            current_call().workspace_id,
            request.user_id,
            request.persona_id,
            session_id=request.session_id,
            states=[JobState(state) for state in request.states if state],
            page=self._page_tokens.read(request),
        )
        return pb.ListJobsResponse(
            jobs=[job_message(job) for job in page.items],
            next_page_token=self._page_tokens.write(request, page.next),
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
