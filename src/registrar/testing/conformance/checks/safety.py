"""20, 22, 23: nothing is done that was not asked for, told that is private, or sent elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from registrar.domain.outcome import Code, Effect
from registrar.testing.conformance.canaries import Canaries, listening
from registrar.testing.conformance.fleet import Fleet
from registrar.testing.conformance.stage import Asked, Stage, stage
from registrar.testing.conformance.subject import Check, Subject, need
from registrar.testing.conformance.wire import Answer, cut, page, redirect, saying

REDIRECTS = (301, 302, 303, 307, 308)


async def nothing_passes_the_point_of_no_return(subject: Subject) -> None:
    """Neither a probe nor a look-up nor a plan changes anything."""
    api = subject.api()
    async with stage(subject) as here:
        job = subject.scenarios.first.job()
        here.connector.prepare(api.submit, job)
        need(not here.wire.arrived, "a dry run sends something")
        health = await here.wrapped.health()
        well = api.health is None or health.code is Code.REGISTERED
        need(well, f"a manufacturer that is well: {health.code}")
        need(health.effect is Effect.NOT_SENT, f"a probe has the effect {health.effect}")
        await here.wrapped.verify(job)
        need(here.effects() == 0, f"{here.effects()} acts of a probe and a look-up")
        methods = {one.method for one in here.wire.arrived} - {"GET", "HEAD"}
        need(not methods, f"a probe or look-up sends {', '.join(sorted(methods))}")


async def canaries_stay_in(subject: Subject) -> None:
    """No secret and nothing personal in logs, spans, events, attempts and outcome texts."""
    subject.api()
    canaries = Canaries.of(subject.scenarios)
    for name, behaviour in troubles(canaries).items():
        async with stage(subject, Asked(quick=True)) as here:
            here.wire.once = [behaviour] if behaviour else []
            with listening() as heard:
                fleet = Fleet(here.wrapped, tracer=heard.tracer)
                job = canaries.record.job()
                one = await fleet.accept(subject.id, job.brand, job.submission)
                after = await fleet.settle(one)
                heard.said(after, await fleet.events(one), await fleet.attempts(one))
                heard.said(await here.wrapped.submit(job), await here.wrapped.verify(job))
                heard.said(await here.wrapped.health(), here.connector)
        told = canaries.found(heard.text)
        need(not told, f"{name}: {', '.join(told)} is told")


def troubles(canaries: Canaries) -> dict[str, Answer | None]:
    """Also a manufacturer that repeats what it was sent."""
    email = canaries.record.data["customer"]["email"]
    echo = {"code": email, "message": " ".join(canaries.texts), "error": canaries.texts}
    return {
        "all is well": None,
        "it hangs up": cut,
        "a page": page(502),
        "it repeats all in a refusal": saying(echo, 400),
        "it repeats all in an answer": saying(echo, 200),
    }


async def only_allowed_hosts(subject: Subject) -> None:
    """A redirect to another host is not followed: nobody comes there."""
    job = subject.scenarios.first.job()
    async with stage(subject) as here, elsewhere() as (address, visits):
        for status in REDIRECTS:
            here.wire.answer = redirect(status, address)
            outcome = await here.wrapped.submit(job)
            need(outcome.effect is not Effect.ACCEPTED, f"a redirect is {outcome.code}")
            await _reads(here, subject)
        need(not visits, f"{len(visits)} connections to a host that is not allowed")


async def _reads(here: Stage, subject: Subject) -> None:
    await here.wrapped.verify(subject.scenarios.first.job())
    await here.wrapped.health()


@asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[str, list[str]]]:
    """An address, and who came there."""
    visits: list[str] = []

    async def visit(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append("a connection")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/", visits
    finally:
        server.close()
        await server.wait_closed()


CHECKS = (
    Check(20, "nothing is done by a probe or a dry run", nothing_passes_the_point_of_no_return),
    Check(22, "no secret and nothing personal is told", canaries_stay_in),
    Check(23, "only allowed hosts are contacted", only_allowed_hosts),
)
