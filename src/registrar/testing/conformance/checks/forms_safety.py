"""7, 20 to 24 of a form: what must not be opened, done, told or asked, and when it must end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from registrar.app.calling import send
from registrar.app.validation.rules import validated
from registrar.connectors.kit import mapping
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web.tab import NO_WAY
from registrar.domain.drift import FormWalk
from registrar.domain.outcome import Code, Effect
from registrar.ports import plain
from registrar.ports.connector import Unattended
from registrar.testing.conformance.canaries import Canaries, listening
from registrar.testing.conformance.checks.forms import Rule
from registrar.testing.conformance.checks.safety import elsewhere
from registrar.testing.conformance.filling import (
    SEND_SECONDS,
    Filling,
    Wanted,
    at_once,
    filling,
    fitting,
    takes,
)
from registrar.testing.conformance.records import TODAY
from registrar.testing.conformance.scenarios import Record
from registrar.testing.conformance.subject import Subject, need

SLACK = 2.0
LONG_SECONDS = 14.0
"""Longer than the deadline."""
REFUSED_BY_US = ("BLOCKED_BY_CLIENT", NO_WAY)
"""What the browser says of a request that was let go nowhere."""
DRIP_SECONDS = 0.1
LATE = (Code.OUTCOME_UNKNOWN, Code.UNAVAILABLE_CONNECT, Code.UNAVAILABLE_SERVER)


async def invalid_input_opens_nothing(subject: Subject) -> None:
    """What the door lets in and the form's mapping does not is refused without a browser."""
    async with filling(subject) as here:
        # Elsewhere the form lacks something of the plainest record already, and may say that.
        plain = mapping.record(subject.scenarios.first.job())
        certain = takes(here.connector.tier, plain)
        for one in subject.scenarios.invalid:
            _, broken = validated(one.job().submission, subject.manifest.manufacturer, TODAY)
            refused = _unmappable(here, one)
            if broken or not refused:
                continue
            outcome = await here.wrapped.submit(one.job())
            told = f"the form, {one.name}: {outcome.code} ({outcome.effect}) {outcome.field}"
            right = outcome.code is Code.INVALID_FIELD and outcome.effect is Effect.NOT_SENT
            need(right and outcome.field == refused, told)
            need(refused == one.field or not certain, told)
            need(not here.watched.opened, f"the form, {one.name}: a page is opened")


def _unmappable(here: Filling, one: Record) -> str:
    """The path that the form's own mapping refuses."""
    try:
        here.connector.values(one.job())
    except Unmappable as error:
        return error.field
    return ""


async def nothing_is_done_by_looking(subject: Subject) -> None:
    """A plan opens nothing; a probe types nothing, sends nothing and registers nothing."""
    async with filling(subject, Wanted(quick=False)) as here:
        here.connector.values(here.record.job())
        need(not here.watched.opened, "a plan of the form opens a page")
        here.watched.reads = True
        outcome = await here.wrapped.health()
        well = outcome.code is Code.REGISTERED and outcome.effect is Effect.NOT_SENT
        need(well, f"a probe of the form: {outcome.code} ({outcome.effect}) {outcome.message}")
        need(here.effects() == 0, f"{here.effects()} acts of a probe of the form")
        sent = [one for one in here.watched.asked if one.method not in {"GET", "HEAD"}]
        need(not sent, f"a probe of the form sends {len(sent)} requests")
        need(not here.watched.typed, f"a probe of the form fills in {here.watched.typed} fields")


@dataclass
class Attempt(Unattended):
    """A `ports.connector.Run` that remembers, and may be killed at its marker."""

    dies: str = ""
    """before or after: of the marker."""
    passed: int = 0
    kept: list[tuple[str, bytes]] = field(default_factory=list, repr=False)

    async def point_of_no_return(self) -> None:
        """Durable between the two places to die at."""
        if self.dies == "before":
            raise asyncio.CancelledError
        self.passed += 1
        if self.dies == "after":
            raise asyncio.CancelledError

    async def keep(self, kind: str, media_type: str, data: bytes) -> None:
        """In memory."""
        self.kept.append((f"{kind} {media_type}", data))

    def saw(self, walk: FormWalk) -> None:
        """In memory, too: nothing personal may be in it."""
        self.kept.append(("walk application/json", plain.to_json(walk)))


async def kills_do_no_harm(subject: Subject) -> None:
    """A worker that dies around the marker has pressed nothing yet."""

    async def one(dies: str) -> None:
        async with filling(subject) as here:
            with suppress(asyncio.CancelledError):
                await here.wrapped.submit(here.record.job(), Attempt(dies))
            acts = here.effects()
            need(acts == 0, f"killed {dies} the marker is durable: {acts} acts")

    await at_once(one("before"), one("after"))


async def canaries_stay_in(subject: Subject) -> None:
    """In no picture, no copy of a page, no fingerprint, no log, no outcome; pictures there are."""
    first = fitting(subject)
    canaries = Canaries.of(replace(subject.scenarios, valid=(first,)))
    troubles: tuple[Rule, ...] = ({}, {"fault": "html_ok", "step": "submit"})
    for rule in troubles:
        async with filling(subject) as here:
            here.told(*([rule] if rule else []))
            attempt = Attempt()
            with listening() as heard:
                heard.said(await here.wrapped.submit(canaries.record.job(), attempt))
                heard.said(await here.wrapped.health(), here.connector)
            kinds = sorted(kind for kind, _ in attempt.kept)
            evidence = ["dom_snapshot text/html", "screenshot image/jpeg", "walk application/json"]
            need(kinds == evidence, f"evidence of the form: {', '.join(kinds) or 'none'}")
            heard.parts += [data.decode(errors="replace") for _, data in attempt.kept]
            told = canaries.found(heard.text)
            need(not told, f"the form, {rule.get('fault', 'all is well')}: {told} is told")


async def only_allowed_hosts(subject: Subject) -> None:
    """Nobody else is asked, whatever a page refers to and wherever it leads."""
    await at_once(_at_home(subject), _led_away(subject, "form"), _led_away(subject, "submit"))


async def _led_away(subject: Subject, step: str) -> None:
    async with filling(subject) as here, elsewhere() as (address, asked):
        here.told({"fault": "redirect", "step": step, "location": address})
        outcome = await here.wrapped.submit(here.record.job())
        led = f"a {step} that leads elsewhere: {outcome.code} ({outcome.effect})"
        need(outcome.code is not Code.REGISTERED, led)
        need(not asked, f"{led}, and another host is asked")


async def _at_home(subject: Subject) -> None:
    async with filling(subject) as here:
        await here.wrapped.submit(here.record.job())
        _asked_at_home(here)


def _asked_at_home(here: Filling) -> None:
    allowed = {urlsplit(here.connector.base_url).netloc, *here.connector.tier.hosts, ""}
    strange = [one for one in here.watched.asked if urlsplit(one.url).netloc not in allowed]
    reached = [one for one in strange if not any(why in one.failure for why in REFUSED_BY_US)]
    asked = sorted({urlsplit(one.url).netloc for one in reached})
    need(here.watched.asked, "the browser asks for nothing")
    need(not asked, f"the browser asks {', '.join(asked)}")


async def deadline_holds(subject: Subject) -> None:
    """Pages that drip or hang satisfy each wait, and never the deadline of the whole."""
    await at_once(_ends(subject, "drip", DRIP_SECONDS), _ends(subject, "hang", LONG_SECONDS))


async def _ends(subject: Subject, fault: str, seconds: float) -> None:
    async with filling(subject) as here:
        here.told({"fault": fault, "seconds": seconds})
        started = time.monotonic()
        outcome = await send(here.wrapped, here.record.job())
        took = time.monotonic() - started
        need(took <= SEND_SECONDS + SLACK, f"a form that {fault}s takes {took:.1f} s")
        need(outcome.code in LATE, f"a form that {fault}s: {outcome.code} ({outcome.effect})")
        need(here.effects() == 0, f"a form that {fault}s: {here.effects()} acts")


SAFETY: Mapping[int, Callable[[Subject], Awaitable[None]]] = {
    7: invalid_input_opens_nothing,
    20: nothing_is_done_by_looking,
    21: kills_do_no_harm,
    22: canaries_stay_in,
    23: only_allowed_hosts,
    24: deadline_holds,
}
"""By the number of the check that they are a part of."""
