"""The answer to ForgetMemory."""

from __future__ import annotations

from typing import Final, cast

from reverie.v1 import common_pb2
from reverie.v1 import relationship_service_pb2 as pb
from reverie_server.governance.forgetting.model import Forgotten

_MOST_IDS: Final = 1_000
"""Named of each list; the counts are of all."""


def forgotten_message(forgotten: Forgotten) -> pb.ForgetMemoryResponse:
    removed = {each.tier: each.memory_ids for each in forgotten.removed}
    redacted = {each.tier: each.memory_ids for each in forgotten.redacted}
    return pb.ForgetMemoryResponse(
        memories=[
            pb.ForgottenMemories(
                tier=cast(common_pb2.Tier, int(tier)),
                removed_count=len(removed.get(tier, ())),
                removed_ids=removed.get(tier, ())[:_MOST_IDS],
                redacted_count=len(redacted.get(tier, ())),
                redacted_ids=redacted.get(tier, ())[:_MOST_IDS],
            )
            for tier in sorted({*removed, *redacted})
        ],
        redacted_sentence_count=forgotten.redacted_sentences,
        redone_summaries=[
            pb.RedoneSummary(
                episode_id=each.episode_id,
                session_id=each.session_id,
                persona_id=each.persona_id,
                job_id=each.job_id,
            )
            for each in forgotten.redone[:_MOST_IDS]
        ],
        revision=forgotten.revision,
    )
