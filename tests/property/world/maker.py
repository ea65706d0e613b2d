"""A manufacturer whose ledger is the truth, and how it may meet each request and look-up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from tests.property.world.virtual import VirtualClock

from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities


class Standing(StrEnum):
    """What has become of an entry."""

    REGISTERED = "registered"
    PENDING = "pending"
    """Taken, and not decided."""
    REFUSED = "refused"
    """Decided against: it is no registration."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that the manufacturer has taken."""

    registration_id: str
    key: str
    """The idempotency key that it came with."""
    by: Tier
    """The route that it came on; MANUAL: a person's own doing."""
    era: int
    """How often a person had taken the risk of a second one before it."""
    listed_at: float
    """From when on a look-up shows it."""
    standing: Standing


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """How one request is met. Without an outcome it raises, or hangs."""

    name: str
    outcome: Outcome | None = None
    takes: Standing | None = None
    hangs: bool = False

    def __repr__(self) -> str:
        return self.name


def _lost(name: str, code: Code, takes: Standing | None = None) -> Reply:
    return Reply(name, Outcome(code, Effect.UNKNOWN), takes)


REGISTERED, PENDING = Standing.REGISTERED, Standing.PENDING
MINUTE = timedelta(minutes=1)
ACCEPT = Reply("accept", Outcome(Code.REGISTERED, Effect.ACCEPTED, reference="M-1"), REGISTERED)
COMMIT_THEN_DROP = _lost("commit_then_drop", Code.OUTCOME_UNKNOWN, REGISTERED)
DROP = _lost("drop", Code.OUTCOME_UNKNOWN)
REFUSE = Reply("refuse", Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED))
SENDS = [
    ACCEPT,
    Reply(
        "accept_later", Outcome(Code.ACCEPTED_PENDING, Effect.ACCEPTED, reference="M-2"), PENDING
    ),
    COMMIT_THEN_DROP,
    DROP,
    _lost("commit_then_500", Code.UNAVAILABLE_SERVER, REGISTERED),
    _lost("500", Code.UNAVAILABLE_SERVER),
    _lost("take_then_drop", Code.UNMAPPED, PENDING),
    Reply("commit_then_hang", takes=REGISTERED, hangs=True),
    Reply("hang", hangs=True),
    Reply("commit_then_raise", takes=REGISTERED),
    Reply("raise"),
    Reply("unreachable", Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)),
    REFUSE,
    Reply("refuse_a_field", Outcome(Code.INVALID_FIELD, Effect.REFUSED, field="customer.email")),
    Reply("throttle", Outcome(Code.RATE_LIMITED, Effect.REFUSED, retry_after=MINUTE)),
    Reply("reject_the_key", Outcome(Code.AUTH_REJECTED, Effect.REFUSED)),
    Reply("ask_for_a_person", Outcome(Code.BLOCKED, Effect.REFUSED)),
]
GO_ON = Reply("go_on")
FILLS = [
    GO_ON,
    _lost("captcha", Code.CAPTCHA),
    _lost("crash", Code.INTERNAL),
    Reply("changed", Outcome(Code.FORM_CHANGED, Effect.NOT_SENT)),
    Reply("wants_a_field", Outcome(Code.INVALID_FIELD, Effect.NOT_SENT, field="customer.email")),
    Reply("raise"),
    Reply("hang", hangs=True),
]
"""Before a form's point of no return."""
HAND_OVER = Reply("hand_over", Outcome(Code.HANDED_OVER, Effect.NOT_SENT))
HANDS = [HAND_OVER, _lost("crash", Code.INTERNAL), Reply("raise"), Reply("hang", hangs=True)]


class Look(StrEnum):
    """How one look-up is met."""

    TRUE = "true"
    """As it is listed."""
    SILENT = "silent"
    RAISE = "raise"
    HANG = "hang"
    DECIDE = "decide"
    """What is pending is registered by now."""
    DECIDE_AGAINST = "decide_against"


class Broken(Exception):
    """A connector's bug."""


@dataclass(slots=True)
class Maker:
    """`lag`: the share of an eventual look-up's delay after which it lists what there is."""

    clock: VirtualClock
    routes: Mapping[Tier, Capabilities]
    lag: float
    era: Callable[[str], int]
    ledger: list[Entry] = field(default_factory=list)
    closed: set[Tier] = field(default_factory=set)
    """Routes that are not configured at present."""

    def of(self, registration_id: str) -> list[Entry]:
        """What it has of this registration, whoever sent it."""
        mine = [one for one in self.ledger if one.registration_id == registration_id]
        return [one for one in mine if one.standing is not Standing.REFUSED]

    def take(self, registration_id: str, key: str, tier: Tier, standing: Standing) -> Standing:
        """A request arrives: one more entry, unless it knows the repetition for what it is."""
        known = self._known(registration_id, key, tier)
        if known is None:
            lag = timedelta(0)
            if tier.sends and self.routes[tier].verify == "eventual":
                lag = self.routes[tier].absence_delay * self.lag
            known = Entry(
                registration_id,
                key,
                tier,
                self.era(registration_id),
                self.clock.seconds + lag.total_seconds(),
                standing,
            )
            self.ledger.append(known)
        return known.standing

    def _known(self, registration_id: str, key: str, tier: Tier) -> Entry | None:
        """By the product itself from wherever it came, by a key only on the key's own route."""
        told_by = self.routes[tier].idempotency if tier in self.routes else "none"
        known = self.of(registration_id)
        if told_by == "key":
            known = [one for one in known if (one.by, one.key) == (tier, key)]
        return known[0] if known and told_by != "none" else None

    def decide(self, registration_id: str, standing: Standing) -> None:
        """What is pending is so no longer."""
        now = self.clock.seconds
        self.ledger = [
            replace(one, standing=standing, listed_at=now)
            if (one.registration_id, one.standing) == (registration_id, PENDING)
            else one
            for one in self.ledger
        ]

    def listed(self, registration_id: str) -> Verification:
        """What a look-up shows."""
        mine = [one for one in self.ledger if one.registration_id == registration_id]
        shown = [one for one in mine if one.listed_at <= self.clock.seconds]
        standings = {one.standing for one in shown}
        if REGISTERED in standings:
            return Verification(Verdict.FOUND, reference="M-1")
        if PENDING in standings:
            return Verification(Verdict.PENDING)
        if shown and len(shown) == len(mine) and shown[-1].standing is Standing.REFUSED:
            return Verification(Verdict.REFUSED)
        return Verification(Verdict.ABSENT)
