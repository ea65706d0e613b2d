"""What a look-up must not do: change, tell, go elsewhere, or last."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from registrar.connectors.kit.lookups import PATIENCE
from registrar.testing.conformance.canaries import Canaries, listening
from registrar.testing.conformance.checks.safety import REDIRECTS, elsewhere, troubles
from registrar.testing.conformance.looking import Looking, declared, looking
from registrar.testing.conformance.stage import READ_SECONDS, Asked
from registrar.testing.conformance.subject import Subject, need
from registrar.testing.conformance.wire import drip, redirect

DRIP_SECONDS = 0.1
SLACK = 1.0


async def nothing_is_done_by_looking(subject: Subject) -> None:
    """Neither by a look-up nor by a probe."""
    async with looking(subject) as here:
        for one in subject.scenarios.valid:
            await here.manual.submit(one.job())
            await here.manual.verify(one.job())
        await here.manual.health()
        need(here.wire.arrived, "a look-up asks nobody")
        need(here.effects() == 0, f"{here.effects()} acts of a look-up")


async def canaries_stay_in(subject: Subject) -> None:
    """No secret and nothing personal in logs, outcome texts and what is shown of the connector."""
    declared(subject)
    canaries = Canaries.of(subject.scenarios)
    for name, behaviour in troubles(canaries).items():
        async with looking(subject, Asked(quick=True)) as here:
            here.wire.answer = behaviour
            with listening() as heard:
                job = canaries.record.job()
                heard.said(await here.manual.submit(job), await here.manual.verify(job))
                heard.said(await here.manual.health(), here.manual)
        told = canaries.found(heard.text)
        need(not told, f"a look-up, {name}: {', '.join(told)} is told")


async def only_allowed_hosts(subject: Subject) -> None:
    """A redirect to another host is not followed: nobody comes there."""
    async with looking(subject) as here, elsewhere() as (address, visits):
        for status in REDIRECTS:
            here.wire.answer = redirect(status, address)
            await _both(here, subject)
        need(here.wire.arrived, "a look-up asks nobody")
        need(not visits, f"{len(visits)} connections to a host that is not allowed")


async def _both(here: Looking, subject: Subject) -> None:
    job = subject.scenarios.first.job()
    await here.manual.submit(job)
    await here.manual.verify(job)


async def slow_answers_end(subject: Subject) -> None:
    """A byte now and then satisfies each read, and not the patience of a look-up."""
    async with looking(subject, Asked(quick=True)) as here:
        here.wire.answer = drip(DRIP_SECONDS)
        started = time.monotonic()
        job = subject.scenarios.first.job()
        await (here.manual.submit(job) if "precheck" in here.steps else here.manual.verify(job))
        took = time.monotonic() - started
    need(here.wire.arrived, "a look-up asks nobody")
    need(took <= PATIENCE + READ_SECONDS + SLACK, f"a look-up takes {took:.1f} s")


SAFETY: Mapping[int, Callable[[Subject], Awaitable[None]]] = {
    20: nothing_is_done_by_looking,
    22: canaries_stay_in,
    23: only_allowed_hosts,
    24: slow_answers_end,
}
"""By the number of the check that they are a part of."""
