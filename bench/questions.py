"""Asks a file's questions of a server that has the conversations."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from bench.locomo import Conversation, Question
from bench.scores import distinct
from reverie import Reverie
from reverie.v1.recall_service_pb2 import RecallRequest, RecallResponse

LIMIT = 200
"""The most that a Recall answers with."""
CROSS_LIMIT = 10
"""A best score does not depend on how many hits follow it."""


@dataclass(frozen=True, slots=True)
class Answer:
    question: Question
    found: Sequence[str]
    """The dia_ids of the entries that the hits rest on, best hit first, each once."""
    best_score: float
    """0..1; 0 without hits."""
    evidence_score: float
    """The score of the best hit that rests on evidence, 0..1; 0 without one."""
    seconds: float
    """As the client saw it."""
    degraded: bool


async def ask(
    reverie: Reverie, conversations: Sequence[Conversation], dia_ids: Mapping[str, str]
) -> AsyncIterator[Answer]:
    """Every question, one after another, of the user whose conversation it is about."""
    for conversation in conversations:
        for question in conversation.questions:
            request = _request(conversation, question, LIMIT)
            started = time.perf_counter()
            response: RecallResponse = await reverie.memories.Recall(request)
            seconds = time.perf_counter() - started
            entry_ids = distinct(entry_id for hit in response.hits for entry_id in hit.entry_ids)
            yield Answer(
                question,
                [dia_ids[entry_id] for entry_id in entry_ids],
                _best(response),
                _best_of(response, question, dia_ids),
                seconds,
                response.degraded,
            )


async def best_scores(
    reverie: Reverie, asked_about: Conversation, asked_of: Conversation
) -> list[float]:
    """The best score of each question about one conversation when it is asked of the user of
    one."""
    scores = []
    for question in asked_about.questions:
        response = await reverie.memories.Recall(_request(asked_of, question, CROSS_LIMIT))
        scores.append(_best(response))
    return scores


def _request(asked_of: Conversation, question: Question, limit: int) -> RecallRequest:
    return RecallRequest(
        user_id=asked_of.user_id,
        persona_id=asked_of.persona_id,
        query=question.text,
        limit=limit,
    )


def _best_of(response: RecallResponse, question: Question, dia_ids: Mapping[str, str]) -> float:
    evidence = set(question.evidence)
    return max(
        (
            hit.score
            for hit in response.hits
            if evidence.intersection(dia_ids[entry_id] for entry_id in hit.entry_ids)
        ),
        default=0.0,
    )


def _best(response: RecallResponse) -> float:
    return max((hit.score for hit in response.hits), default=0.0)
