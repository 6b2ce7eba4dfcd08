"""The messages of scores and trust, and what they stand for."""

from __future__ import annotations

from typing import cast

from reverie.v1 import relationship_service_pb2 as pb
from reverie_server.errors import InvalidArgument
from reverie_server.identity.relationships.dynamics.model import (
    Interaction,
    Quality,
    Scores,
    quality_of,
)
from reverie_server.identity.relationships.dynamics.trajectory import Bucket
from reverie_server.identity.relationships.dynamics.trust import Recovery, TrustStatus, stage_of
from reverie_server.rpc.timestamps import timestamp


def interaction(request: pb.RecordInteractionRequest) -> Interaction:
    """
    Raises:
        InvalidArgument: it is not said how the interaction went.
    """
    return Interaction(
        _quality(request),
        request.emotion_variance if request.HasField("emotion_variance") else None,
    )


def _quality(request: pb.RecordInteractionRequest) -> Quality:
    metrics = [value for _, value in request.metrics.ListFields()]
    if metrics:
        return quality_of(metrics)
    if not request.quality:
        field = "metrics" if request.HasField("metrics") else "quality"
        raise InvalidArgument.of(field, "or another judgement is required", reason="FIELD_REQUIRED")
    return Quality(request.quality)


def quality_message(quality: Quality) -> pb.InteractionQuality:
    return cast(pb.InteractionQuality, quality.value)


def scores_message(scores: Scores) -> pb.Scores:
    return pb.Scores(trust=scores.trust, affection=scores.affection, attunement=scores.attunement)


def status_message(status: TrustStatus) -> pb.GetTrustStatusResponse:
    return pb.GetTrustStatusResponse(
        trust=status.trust,
        decline=cast(pb.TrustDecline, status.decline.value),
        slope=status.slope,
        interaction_count=status.interaction_count,
        recovery=None if status.recovery is None else _recovery(status.recovery, status.trust),
    )


def _recovery(recovery: Recovery, trust: float) -> pb.TrustRecovery:
    progress = recovery.progress(trust)
    return pb.TrustRecovery(
        decline=cast(pb.TrustDecline, recovery.decline.value),
        stage=cast(pb.RecoveryStage, stage_of(progress).value),
        initial_trust=recovery.initial_trust,
        target_trust=recovery.target_trust,
        progress=progress,
        actions=recovery.actions,
        start_time=timestamp(recovery.start_time),
        complete_time=timestamp(recovery.complete_time),
    )


def bucket_message(bucket: Bucket) -> pb.TrajectoryBucket:
    return pb.TrajectoryBucket(
        start_time=timestamp(bucket.start_time),
        interaction_count=bucket.interaction_count,
        mean=None if bucket.mean is None else scores_message(bucket.mean),
        last=scores_message(bucket.last),
    )
