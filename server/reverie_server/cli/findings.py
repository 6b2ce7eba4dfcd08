"""What one check of ``reverie doctor`` found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    SKIPPED = "skipped"
    """It needs something that is not there."""


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    verdict: Verdict
    detail: str
    fix: str = ""
    """What to do, for problems."""
    about: str = ""
    """Whom it is about."""

    @classmethod
    def ok(cls, check: str, detail: str) -> Finding:
        return cls(check, Verdict.OK, detail)

    @classmethod
    def problem(cls, check: str, detail: str, fix: str) -> Finding:
        return cls(check, Verdict.PROBLEM, detail, fix)

    @classmethod
    def skipped(cls, check: str, detail: str) -> Finding:
        return cls(check, Verdict.SKIPPED, detail)

    @property
    def is_problem(self) -> bool:
        return self.verdict is Verdict.PROBLEM
