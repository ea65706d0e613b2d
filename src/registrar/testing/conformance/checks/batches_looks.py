"""10 and 13 of look-ups that several share: each is told what it would be told alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from registrar.connectors.kit import mapping
from registrar.connectors.kit.manifest import Operation
from registrar.ports.connector import Job
from registrar.testing.conformance.checks.batches import apart, shared
from registrar.testing.conformance.checks.looks import SILENT, Run, said_to
from registrar.testing.conformance.looking import Looking, looking
from registrar.testing.conformance.subject import Subject, need
from registrar.testing.conformance.wire import cut


def declared(subject: Subject) -> bool:
    """Whether one of its look-ups is shared."""
    lookup = subject.manifest.lookup
    both = (lookup.precheck, lookup.verify) if lookup else ()
    return any(one is not None and one.batch is not None for one in both)


def _shared(here: Looking) -> Iterator[tuple[str, Operation]]:
    return ((name, one) for name, one in here.steps.items() if one.batch is not None)


def _several(subject: Subject, here: Looking, operation: Operation) -> list[Job]:
    """Of those that are looked up: what is valid, and what its own record alone brings about."""
    rows = [
        subject.scenarios.varied(one.record)
        for one in subject.scenarios.looks
        if one.record and not (one.fault or one.answer or one.devices or one.secrets)
    ]
    # Those that are told something special come first: the others are the plainest record.
    records = [*rows, *subject.scenarios.valid]
    jobs = [one.job(number) for number, one in enumerate(records, 1)]
    asked = [one for one in jobs if mapping.meets(here.lookups.lookup.when, mapping.record(one))]
    return apart(asked, lambda job: here.lookups.exchange.prepare(operation, job))


async def each_is_told_of_itself(subject: Subject) -> None:
    """Beside those of whom something else is told."""
    async with looking(subject) as here:
        for step, operation in _shared(here):
            jobs = _several(subject, here, operation)
            alone = [await said_to(here, step, one) for one in jobs]
            here.wire.arrived.clear()
            together = await asyncio.gather(*(said_to(here, step, one) for one in jobs))
            for one, other in zip(alone, together, strict=True):
                what = f"{step} says {other[0]} among several, and {one[0]} alone"
                need(one == other, what)
            _once(here, len(jobs), operation, step)


async def a_lost_answer_tells_nobody_anything(subject: Subject) -> None:
    """And nobody asks again at once."""
    async with looking(subject) as here:
        for step, operation in _shared(here):
            jobs = _several(subject, here, operation)
            here.wire.arrived.clear()
            here.wire.once = [cut] * len(jobs)
            for said, _, _ in await asyncio.gather(*(said_to(here, step, one) for one in jobs)):
                need(said == SILENT[step], f"{step} of several, hung up: {said}")
            _once(here, len(jobs), operation, step)


def _once(here: Looking, count: int, operation: Operation, step: str) -> None:
    wanted = shared(count, operation.batch) if operation.batch else count
    sent = len(here.wire.arrived)
    need(sent == wanted, f"{step} of several: {sent} requests instead of {wanted}")


LOOKS: Mapping[int, Run] = {
    10: each_is_told_of_itself,
    13: a_lost_answer_tells_nobody_anything,
}
"""By the number of the check that they are a part of."""
