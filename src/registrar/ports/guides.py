"""Guides: what a person is told who registers by hand."""

from __future__ import annotations

from typing import Protocol

from registrar.domain.guide import Guide
from registrar.domain.registration import Registration
from registrar.domain.submission import Submission


class Guides(Protocol):
    """Pure and quick: asked for whenever a registration is read that waits for a person."""

    def guide(self, registration: Registration, submission: Submission) -> Guide | None:
        """None where its manufacturer has no manual tier."""
        ...


class NoGuides:
    """Of no manufacturer."""

    def guide(self, registration: Registration, submission: Submission) -> Guide | None:
        """None."""
        del registration, submission
        return None
