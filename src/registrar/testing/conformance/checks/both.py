"""A check of its parts: of the API that registers, of the look-ups, of the form, of several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from registrar.testing.conformance import filling
from registrar.testing.conformance.checks import (
    batches,
    batches_looks,
    forms,
    forms_change,
    forms_safety,
)
from registrar.testing.conformance.checks.looks import LOOKS, Run
from registrar.testing.conformance.checks.looks_safety import SAFETY
from registrar.testing.conformance.subject import Check, NotApplicable, Subject

LOOKING = {**LOOKS, **SAFETY}
FILLING = {**forms.FORMS, **forms_safety.SAFETY}
TRIED = frozenset({*FILLING, *(one.id for one in forms_change.CHECKS)})
"""Checks that a form is a part of, or all."""


def with_parts(check: Check) -> Check:
    """The check, and what it asks of look-ups, of a form, and of several in one request."""
    run = check.run
    if check.id in LOOKING:
        run = _both(run, LOOKING[check.id], _looks)
    if check.id in batches.BATCHES:
        run = _both(run, batches.BATCHES[check.id], batches.declared)
    if check.id in batches_looks.LOOKS:
        run = _both(run, batches_looks.LOOKS[check.id], batches_looks.declared)
    if check.id in FILLING:
        run = _both(run, FILLING[check.id], filling.applies)
    return replace(check, run=run)


def _looks(subject: Subject) -> bool:
    return subject.manifest.lookup is not None


def _both(first: Run, second: Run, there: Callable[[Subject], bool]) -> Run:
    """It applies where one of them does; the first violation counts."""

    async def run(subject: Subject) -> None:
        try:
            await first(subject)
        except NotApplicable:
            if not there(subject):
                raise
            await second(subject)
            return
        if there(subject):
            await _if_it_applies(second, subject)

    return run


async def _if_it_applies(look: Run, subject: Subject) -> None:
    try:
        await look(subject)
    except NotApplicable:
        # The other part has been asked, and has passed.
        return
