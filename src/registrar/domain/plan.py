"""Which routes have their turn, in which order, and why not the others. Pure.

A registration's course and what is told of it beforehand come from here: `chosen` at submission,
`following` at every change of the tier, `plan` for whoever asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import msgspec

from registrar.domain.customer import CustomerType
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Effect, Tier


class Turn(StrEnum):
    """Whether a route is tried."""

    WILL_TRY = "will_try"
    WILL_WAIT = "will_wait"
    """It has its turn, and then waits until what is in its way is over."""
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a route waits or is skipped."""

    NOT_IN_MANIFEST = "not_in_manifest"
    NOT_FOR_BUSINESS = "not_for_business"
    NOT_FOR_CONSUMER = "not_for_consumer"
    NOT_ALLOWED = "not_allowed_by_caller"
    ASSUMED = "assumed_not_enabled"
    NO_BROWSER = "no_browser"
    NOT_CONFIGURED = "not_configured"
    SECRET_MISSING = "held_secret_missing"  # noqa: S105 - no password
    PAUSED = "paused"
    STOPPED = "stopped"
    BREAKER_OPEN = "breaker_open"
    EFFECT_UNCLEAR = "effect_unclear"
    WINDOW_CLOSED = "window_closed"
    PERSON_ASKED = "person_asked"
    PASSED = "passed"
    FINISHED = "finished"


SENTENCES: Mapping[Reason, str] = {
    Reason.NOT_IN_MANIFEST: "The manufacturer has no such route.",
    Reason.NOT_FOR_BUSINESS: "The manufacturer offers it to consumers only.",
    Reason.NOT_FOR_CONSUMER: "The manufacturer offers it to businesses only.",
    Reason.NOT_ALLOWED: "It is not among the routes that this registration may take.",
    Reason.ASSUMED: "It is only assumed to exist, and nobody has enabled it here.",
    Reason.NO_BROWSER: "It needs a browser, and there is none here.",
    Reason.NOT_CONFIGURED: "It is not configured here.",
    Reason.SECRET_MISSING: "A secret that it needs is missing here.",
    Reason.PAUSED: "An operator has paused it.",
    Reason.STOPPED: "It was stopped: its form has changed, or lets nobody through.",
    Reason.BREAKER_OPEN: "The manufacturer fails for everyone on it at the moment.",
    Reason.EFFECT_UNCLEAR: "The manufacturer may already have it: that is found out first.",
    Reason.WINDOW_CLOSED: "The time for this registration is over.",
    Reason.PERSON_ASKED: "A person has been asked to go on.",
    Reason.PASSED: "The registration has gone past it.",
    Reason.FINISHED: "The registration is finished.",
}


class Planned(msgspec.Struct, frozen=True):
    """A route and its turn; `reason` is None where it is tried."""

    tier: Tier
    enabled: bool
    evidence: str
    turn: Turn
    reason: Reason | None = None

    @property
    def explanation(self) -> str:
        """In a sentence; empty where it is tried."""
        return SENTENCES[self.reason] if self.reason else ""

    @property
    def why(self) -> str:
        """For programs; empty where it is tried."""
        return self.reason.value if self.reason else ""


class Course(msgspec.Struct, frozen=True):
    """Where a registration stands. `allowed` in order; `tier` is None before submission."""

    allowed: tuple[Tier, ...]
    tier: Tier | None = None
    effect: Effect = Effect.NOT_SENT
    resend: bool = False
    """An unclear send is repeated under the same key, on this tier only."""
    overdue: bool = False
    """Its `complete_by` has passed."""
    asked: bool = False
    finished: bool = False


class Standing(msgspec.Struct, frozen=True):
    """What is in the way of routes now: `shut` are passed over, `waiting` are waited for."""

    shut: Mapping[Tier, Reason] = msgspec.field(default_factory=dict)
    waiting: Mapping[Tier, Reason] = msgspec.field(default_factory=dict)


def barred(maker: Manufacturer, kind: CustomerType, tier: Tier) -> Reason | None:
    """Why no registration of this kind of owner takes this route here; None where it may."""
    listing = maker.listing(tier)
    if listing is None:
        return Reason.NOT_IN_MANIFEST
    if not listing.serves(kind):
        consumer = kind is CustomerType.CONSUMER
        return Reason.NOT_FOR_CONSUMER if consumer else Reason.NOT_FOR_BUSINESS
    if listing.enabled:
        return None
    if listing.lacks_browser:
        return Reason.NO_BROWSER
    return Reason.ASSUMED if listing.evidence == "assumed" else Reason.NOT_CONFIGURED


def chosen(maker: Manufacturer, kind: CustomerType, wanted: Collection[Tier]) -> tuple[Tier, ...]:
    """A new registration's routes in order; `wanted` by its caller, empty for all."""
    free = (tier for tier in Tier if barred(maker, kind, tier) is None)
    return tuple(tier for tier in free if not wanted or tier in wanted)


def following(
    allowed: Sequence[Tier], tier: Tier | None, shut: Collection[Tier] = ()
) -> Tier | None:
    """The route after `tier` (None: the first) that is not shut; None where there is none left.

    Where all that are left are shut, the last of them: it is waited for.
    """
    rest = allowed if tier is None else _past(allowed, tier)
    return next((one for one in rest if one not in shut), rest[-1] if rest else None)


def _past(allowed: Sequence[Tier], tier: Tier) -> Sequence[Tier]:
    return allowed[allowed.index(tier) + 1 :] if tier in allowed else ()


def turns(course: Course, shut: Collection[Tier]) -> tuple[Tier, ...]:
    """The routes that have their turn from here on if each of them fails, in order."""
    if course.finished or course.asked:
        return ()
    if course.effect not in {Effect.NOT_SENT, Effect.REFUSED}:
        return (course.tier,) if course.resend and course.tier is not None else ()
    if course.overdue:
        return (Tier.MANUAL,) if Tier.MANUAL in course.allowed else ()
    found: list[Tier] = []
    tier = course.tier if course.tier is not None else following(course.allowed, None, shut)
    while tier is not None:
        after = following(course.allowed, tier, shut)
        if tier not in shut or after is None:
            found.append(tier)
        tier = after
    return tuple(found)


def plan(
    maker: Manufacturer, kind: CustomerType, course: Course, standing: Standing
) -> tuple[Planned, ...]:
    """All routes in the order in which they are tried, with those that are skipped."""
    ahead = turns(course, standing.shut)
    return tuple(_planned(maker, kind, tier, course, standing, ahead) for tier in _order(course))


def _order(course: Course) -> tuple[Tier, ...]:
    return course.allowed + tuple(tier for tier in Tier if tier not in course.allowed)


def _planned(  # noqa: PLR0913, PLR0917 - what a turn depends on
    maker: Manufacturer,
    kind: CustomerType,
    tier: Tier,
    course: Course,
    standing: Standing,
    ahead: tuple[Tier, ...],
) -> Planned:
    listing = maker.listing(tier)
    enabled = listing.enabled if listing else False
    evidence = listing.evidence if listing else ""
    if tier in ahead:
        reason = standing.waiting.get(tier) or standing.shut.get(tier)
        turn = Turn.WILL_WAIT if reason else Turn.WILL_TRY
        return Planned(tier, enabled, evidence, turn, reason)
    reason = _skipped(maker, kind, tier, course, standing)
    return Planned(tier, enabled, evidence, Turn.SKIPPED, reason)


def _skipped(
    maker: Manufacturer, kind: CustomerType, tier: Tier, course: Course, standing: Standing
) -> Reason:
    if tier not in course.allowed:
        return barred(maker, kind, tier) or Reason.NOT_ALLOWED
    if course.finished:
        return Reason.FINISHED
    if course.asked:
        return Reason.PERSON_ASKED
    if course.effect not in {Effect.NOT_SENT, Effect.REFUSED}:
        return Reason.EFFECT_UNCLEAR
    if course.overdue:
        return Reason.WINDOW_CLOSED
    return standing.shut.get(tier, Reason.PASSED)
