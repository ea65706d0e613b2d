"""Everything that can happen next to the one registration of a `scope.World`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.property.world.maker import (
    FILLS,
    GO_ON,
    HAND_OVER,
    SENDS,
    Entry,
    Reply,
    Standing,
)
from tests.property.world.scope import MOMENT, Routes, World, maker_of, written
from tests.property.world.virtual import START

from registrar.domain import lifecycle
from registrar.domain.errors import StateConflict
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Attempt, Step, Transition

LATE, FENCE = Moment(START + timedelta(days=2)), 1
HANG = Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
BUG = Outcome(Code.CONNECTOR_BUG, Effect.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far it is followed."""

    attempts: int = 2
    retries: int = 1
    risks: int = 1


def moves(world: World, routes: Routes, limits: Limits) -> Iterator[tuple[str, World]]:
    """Everything that can happen next, by name."""
    if world.held:
        yield from _held(world, routes)
    elif world.step is not None:
        yield from _due(world, routes, limits)
    yield from _asked(world, routes, limits)


def _due(world: World, routes: Routes, limits: Limits) -> Iterator[tuple[str, World]]:
    row = world.row
    yield "deadline", written(world, lifecycle.pass_deadline(row, MOMENT), routes)
    if world.step is Step.VERIFY:
        yield "look", written(world, lifecycle.start_check(row, FENCE), routes)
        return
    yield "stop", written(world, lifecycle.pass_by(row, MOMENT, FENCE), routes)
    if row.attempt_count < limits.attempts:
        claim = lifecycle.start_attempt(row, MOMENT, FENCE, "1")
        yield "claim", written(world, claim, routes)


def _held(world: World, routes: Routes) -> Iterator[tuple[str, World]]:
    row, caps = world.row, _caps(world, routes)
    lost = lifecycle.lose_lease(row, world.attempt, caps, MOMENT, FENCE)
    yield "crash", written(world, lost, routes)
    if world.attempt is None:
        yield from _looked(world, routes)
    elif world.reply is not None:
        yield "learn", _ended(world, world.reply, routes)
    elif world.attempt.tier is Tier.MANUAL:
        yield "hand over", _handed(world, routes)
    elif world.attempt.tier is Tier.WEB and world.attempt.effect is not Effect.UNKNOWN:
        yield from _filled(world, world.attempt, routes)
    else:
        for reply in SENDS:
            yield reply.name, _sent(world, reply, routes)


def _caps(world: World, routes: Routes) -> Capabilities:
    assert world.row.tier is not None
    return routes[world.row.tier]


def _filled(world: World, attempt: Attempt, routes: Routes) -> Iterator[tuple[str, World]]:
    for reply in FILLS:
        if reply is not GO_ON:
            yield f"fill: {reply.name}", _ended(world, reply, routes)
    try:
        marked = lifecycle.point_of_no_return(world.row, attempt, MOMENT, FENCE)
    except StateConflict:
        return
    yield "mark", written(world, marked, routes)


def _sent(world: World, reply: Reply, routes: Routes) -> World:
    maker = maker_of(world, routes)
    assert world.row.tier is not None
    if reply.takes is not None:
        taken = maker.take(world.row.id, world.row.id, world.row.tier, reply.takes)
        accepted = reply.outcome is not None and reply.outcome.effect is Effect.ACCEPTED
        if accepted and taken is Standing.PENDING:
            reply = next(one for one in SENDS if one.takes is taken)
    return replace(world, reply=reply, ledger=tuple(maker.ledger))


def _ended(world: World, reply: Reply, routes: Routes) -> World:
    assert world.attempt is not None
    outcome = reply.outcome or (HANG if reply.hangs else BUG)
    caps = _caps(world, routes)
    made = lifecycle.conclude(world.row, world.attempt, outcome, caps, MOMENT, FENCE)
    return written(world, made, routes)


def _handed(world: World, routes: Routes) -> World:
    found = maker_of(world, routes).listed(world.row.id).verdict is Verdict.FOUND
    known = Outcome(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
    return _ended(world, Reply("known", known) if found else HAND_OVER, routes)


def _looked(world: World, routes: Routes) -> Iterator[tuple[str, World]]:
    caps, row = _caps(world, routes), world.row
    silent = Verification(Verdict.CANNOT_TELL)
    yield "silent", written(world, lifecycle.check(row, silent, caps, MOMENT, FENCE), routes)
    if caps.verify == "none" and not caps.watch_interval:
        return
    for decided in (None, Standing.REGISTERED, Standing.REFUSED):
        maker = maker_of(world, routes)
        if decided:
            maker.decide(row.id, decided)
        found, by_then = maker.listed(row.id), replace(world, ledger=tuple(maker.ledger))
        for moment in (MOMENT, LATE):
            made = lifecycle.check(row, found, caps, moment, FENCE)
            yield f"{found.verdict}", written(by_then, made, routes)


def _asked(world: World, routes: Routes, limits: Limits) -> Iterator[tuple[str, World]]:
    """What people can bring about now."""
    row, safe = world.row, lifecycle.settled(world.row)
    wishes: dict[str, Callable[[], Transition]] = {
        "cancel": lambda: lifecycle.cancel(row, "", MOMENT),
        "give up": lambda: lifecycle.give_up(row, "", MOMENT),
        "complete": lambda: lifecycle.complete(row, "", None, MOMENT),
    }
    if world.retries < limits.retries and safe:
        wishes["retry"] = lambda: lifecycle.retry(row, MOMENT, acknowledge_duplicate_risk=False)
    if world.risks < limits.risks and not safe:
        wishes["risk"] = lambda: lifecycle.retry(row, MOMENT, acknowledge_duplicate_risk=True)
    for name, wish in wishes.items():
        try:
            made = wish()
        except StateConflict:
            continue
        yield name, written(_counted(world, name, routes), made, routes)


def _counted(world: World, name: str, routes: Routes) -> World:
    """Who completes it has registered it by hand where it was not there."""
    if name == "complete" and not maker_of(world, routes).of(world.row.id):
        mine = Entry(world.row.id, "", Tier.MANUAL, world.risks, 0.0, Standing.REGISTERED)
        return replace(world, ledger=(*world.ledger, mine))
    retries, risks = world.retries + (name == "retry"), world.risks + (name == "risk")
    return replace(world, retries=retries, risks=risks)
