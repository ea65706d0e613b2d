"""8, 10, 14, 18, 21 of several at once, where the manufacturer takes many in a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from registrar.connectors.kit.http import Request
from registrar.connectors.kit.manifest.batch import Batch
from registrar.connectors.kit.sharing import Sharable
from registrar.domain.outcome import Effect
from registrar.domain.registration import Registration
from registrar.ports.connector import Job
from registrar.testing.conformance.checks.delivery import ended
from registrar.testing.conformance.fleet import Fleet
from registrar.testing.conformance.killing import Moment, dying
from registrar.testing.conformance.scenarios import Row
from registrar.testing.conformance.stage import Finished, Stage, stage
from registrar.testing.conformance.subject import NotApplicable, Subject, need
from registrar.testing.conformance.wire import Arrived, cut

ENOUGH = 2
"""Fewer are not several."""


def declared(subject: Subject) -> bool:
    """Whether several are registered in one request."""
    api = subject.manifest.api
    return api is not None and api.submit.batch is not None


def apart(jobs: Iterable[Job], prepare: Callable[[Job], Request]) -> list[Job]:
    """Those of them that may share a request: no two of the same product, however written."""
    found, marks = list[Job](), set[str]()
    for job in jobs:
        request = prepare(job)
        mine = {_bare(one) for one in request.marks} if isinstance(request, Sharable) else set()
        if mine and not mine & marks:
            found.append(job)
            marks |= mine
    if len(found) < ENOUGH:
        raise NotApplicable("too few valid records are of different products")
    return found


def _bare(mark: str) -> str:
    return "".join(filter(str.isalnum, mark))


def shared(count: int, batch: Batch) -> int:
    """Requests that so many need."""
    return -(-count // batch.most)


def _several(subject: Subject, here: Stage) -> list[Job]:
    submit = here.connector.tier.submit
    jobs = [one.job(number) for number, one in enumerate(subject.scenarios.valid, 1)]
    return apart(jobs, lambda job: here.connector.prepare(submit, job))


def _sent(here: Stage) -> Sequence[Arrived]:
    submit = here.connector.tier.submit
    return [
        one
        for one in here.wire.arrived
        if one.method == submit.method and one.path.endswith(submit.path)
    ]


def _once(here: Stage, count: int, what: str) -> None:
    """Nobody was sent again, and nobody by itself. Raises Violated."""
    batch = here.connector.tier.submit.batch
    wanted = shared(count, batch) if batch else count
    sent = len(_sent(here))
    need(sent == wanted, f"{what}: {sent} requests instead of {wanted}")


def _acts(here: Stage, count: int, what: str) -> None:
    acts = here.effects()
    need(acts == count, f"{what}: {acts} acts in the ledger instead of {count}")


def _registered(done: Sequence[Finished], what: str) -> None:
    """Each, with a confirmation of its own. Raises Violated."""
    for one in done:
        need(one.registered, f"{what}: {one.said}")
        strange = one.found is not None and one.found.reference != one.outcome.reference
        need(not strange, f"{what}: it is told another one's confirmation")
    references = {one.reference for one in done} - {""}
    need(len(references) == len(done), f"{what}: {len(references)} confirmations of {len(done)}")


async def each_has_its_own(subject: Subject) -> None:
    """As many acts as registrations, and fewer requests."""
    what = "several at once"
    async with stage(subject) as here:
        jobs = _several(subject, here)
        done = await asyncio.gather(*map(here.finished, jobs))
        _registered(done, what)
        _acts(here, len(jobs), what)
        _once(here, len(jobs), what)


async def a_refused_one_is_refused_alone(subject: Subject) -> None:
    """Its neighbours are neither refused nor sent again."""
    row, what = _refused(subject), "several, and one is refused"
    async with stage(subject) as here:
        jobs = _several(subject, here)
        bad = subject.scenarios.varied(row.record).job(len(subject.scenarios.valid) + 1)
        # First in the list: nobody may be judged by his neighbour.
        refused, *done = await asyncio.gather(*map(here.finished, [bad, *jobs]))
        need(refused.last.code == row.code, f"{what}: it is told {refused.said}")
        _once(here, len(jobs) + 1, what)
        _registered(done, what)
        _acts(here, len(jobs), what)


def _refused(subject: Subject) -> Row:
    """One that needs nothing but its record. Raises NotApplicable."""
    rules = {one.name for one in subject.api().errors if one.effect is Effect.REFUSED}
    for row in subject.scenarios.rows:
        arranged = row.fault or row.answer or row.seed or row.before or row.secrets
        if row.rule in rules and row.record and not arranged:
            return row
    raise NotApplicable("no record is refused by itself")


async def _accepted(fleet: Fleet, subject: Subject, here: Stage) -> list[Registration]:
    jobs = _several(subject, here)
    return [await fleet.accept(subject.id, one.brand, one.submission) for one in jobs]


def _ended(many: Sequence[Registration], subject: Subject, here: Stage, what: str) -> None:
    for one in many:
        ended(one, subject.api().capabilities, here, what, acts=len(many))


async def a_lost_answer_is_everybodys_question(subject: Subject) -> None:
    """The effect is unknown of each; each is looked up, and none is sent a second time."""
    what = "it acted for several, then hung up"
    async with stage(subject) as here:
        here.told({"fault": "commit_then_drop", "step": "submit", "times": 1})
        fleet = Fleet(here.wrapped)
        many = await fleet.settle_all(await _accepted(fleet, subject, here))
        _ended(many, subject, here, what)
        _once(here, len(many), what)
        for one in many:
            first, *_ = await fleet.attempts(one)
            need(first.effect is Effect.UNKNOWN, f"{what}: an attempt's effect is {first.effect}")


async def each_keeps_its_key(subject: Subject) -> None:
    """Whoever shares its next request; the first one never arrives at the manufacturer."""
    caps, what = subject.api().capabilities, "several, and their request is lost"
    if not caps.resend_is_safe and caps.verify != "strong":
        raise NotApplicable("nothing is sent again by itself")
    async with stage(subject) as here:
        here.wire.once = [cut]
        fleet = Fleet(here.wrapped)
        many = await fleet.settle_all(await _accepted(fleet, subject, here))
        _ended(many, subject, here, what)
        for one in many:
            sent = sum(each.holds(one.id) for each in _sent(here))
            need(sent > 1, f"{what}: {sent} requests with the key of one")


async def kills_do_no_harm(subject: Subject) -> None:
    """The worker of one dies at each step boundary, while the others share its request."""
    for moment in Moment:
        async with stage(subject) as here:
            fleet = dying(here.wrapped, moment)
            many = await fleet.settle_all(await _accepted(fleet, subject, here))
            _ended(many, subject, here, f"one of several killed {moment}")


BATCHES: Mapping[int, Callable[[Subject], Awaitable[None]]] = {
    8: each_has_its_own,
    10: a_refused_one_is_refused_alone,
    14: a_lost_answer_is_everybodys_question,
    18: each_keeps_its_key,
    21: kills_do_no_harm,
}
"""By the number of the check that they are a part of."""
