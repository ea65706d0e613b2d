"""Guides: what a person is told who registers by hand."""

from __future__ import annotations

from typing import Protocol

from registrar.domain.guide import Guide
from registrar.domain.registration import Registration
from registrar.domain.submission import Submission


class Guides(Protocol):
    """Pure and quick: asked for whenever a registration is read that waits for a person."""

    def guide(
        self, registration: Registration, submission: Submission, language: str = ""
    ) -> Guide | None:
        """None where its manufacturer has no manual tier.

        In `language` (see `domain.language`) where its manifest speaks it, else in English; empty
        means the language of the submission.
        """
        ...


class NoGuides:
    """Of no manufacturer."""

    def guide(
        self, registration: Registration, submission: Submission, language: str = ""
    ) -> Guide | None:
        """None."""
        del registration, submission, language
        return None
