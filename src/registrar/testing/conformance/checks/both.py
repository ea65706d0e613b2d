"""A check of two parts: of the API that registers, and of the one that only looks up."""

from __future__ import annotations

from dataclasses import replace

from registrar.testing.conformance.checks.looks import LOOKS, Run
from registrar.testing.conformance.checks.looks_safety import SAFETY
from registrar.testing.conformance.subject import Check, NotApplicable, Subject

PARTS = {**LOOKS, **SAFETY}


def with_looks(check: Check) -> Check:
    """The check, and what it asks of look-ups."""
    look = PARTS.get(check.id)
    return replace(check, run=_both(check.run, look)) if look else check


def _both(register: Run, look: Run) -> Run:
    """It applies where one of them does; the first violation counts."""

    async def run(subject: Subject) -> None:
        try:
            await register(subject)
        except NotApplicable:
            if subject.manifest.lookup is None:
                raise
            await look(subject)
            return
        if subject.manifest.lookup is not None:
            await _if_it_applies(look, subject)

    return run


async def _if_it_applies(look: Run, subject: Subject) -> None:
    try:
        await look(subject)
    except NotApplicable:
        # The other part has been asked, and has passed.
        return
