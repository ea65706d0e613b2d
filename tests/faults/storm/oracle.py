"""The verdict: what was promised, against what callers, database and manufacturers say in the end.

Pure. Nothing here asks the code under test: the states and effects that it wrote are read as
claims, and the manufacturers' ledger is the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.storm.makers import BY_ID, Maker
from tests.faults.storm.records import Event, Row

NOTHING = frozenset({"not_sent", "refused"})
"""Effects that say: the manufacturer has nothing of it."""
DENIALS = frozenset({"cancelled", "rejected", "file_manually"})
"""Ends that say so, too."""

BLIND = frozenset({"tier_changed", "retry_requested"})
"""Events that lead to another try."""

_ENDED = frozenset({"succeeded", "rejected", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise (G1 … G6, or `sequence`, `truth`, `answer`) that was not kept."""

    promise: str
    of: str
    """The registration, or the request."""
    how: str

    def __str__(self) -> str:
        return f"{self.promise} {self.of}: {self.how}"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known in the end."""

    acknowledged: Mapping[str, set[str]]
    """Registration ids by request id, as callers were told."""
    rows: Sequence[Row]
    effects: Counter[str]
    """Acts in the manufacturers' ledger, by registration."""
    told: Mapping[str, Sequence[int]]
    """Sequences by registration, as the watcher was told."""
    wrong: Sequence[str] = field(default_factory=tuple)


def violations(facts: Facts) -> list[Broken]:
    """Every one."""
    checks = (accepted, once_a_request, settled, one_writer, one_effect, no_blind_step, true, told)
    found = [one for check in checks for one in check(facts)]
    return [*found, *(Broken("answer", "a caller", one) for one in facts.wrong)]


def accepted(facts: Facts) -> Iterator[Broken]:
    """G1: what was acknowledged is there."""
    there = {(row.request_id, row.id) for row in facts.rows}
    for request_id, ids in facts.acknowledged.items():
        for one in ids:
            if (request_id, one) not in there:
                yield Broken("G1", one, f"acknowledged under {request_id}, and is not there")


def once_a_request(facts: Facts) -> Iterator[Broken]:
    """G2: one registration a request, whoever asked how often."""
    for request_id, ids in facts.acknowledged.items():
        if len(ids) > 1:
            yield Broken("G2", request_id, f"acknowledged as {len(ids)} registrations")
    for request_id, count in Counter(row.request_id for row in facts.rows).items():
        if count > 1:
            yield Broken("G2", request_id, f"stored as {count} registrations")


def settled(facts: Facts) -> Iterator[Broken]:
    """G3: each has come to an end, or to a person."""
    for row in facts.rows:
        if not row.settled:
            yield Broken("G3", row.id, f"still {row.state}")


def one_writer(facts: Facts) -> Iterator[Broken]:
    """G4: one attempt at a time, ended by whoever held it, and nothing after the end."""
    for row in facts.rows:
        yield from (Broken("G4", row.id, how) for how in _overlaps(row.events))
        running = [one.number for one in row.attempts if one.state == "running"]
        if row.settled and running:
            yield Broken("G4", row.id, f"{row.state}, and attempt {running[0]} is still running")


def _overlaps(events: Sequence[Event]) -> Iterator[str]:
    live, final = "", ""
    for event in events:
        number = event.detail.get("attempt", "")
        if final and (final, event.kind) != ("failed", "retry_requested"):
            yield f"{event.kind} after {final}"
        if event.kind == "attempt_started":
            if live:
                yield f"attempt {number} began while {live} was under way"
            live = number
        elif event.kind == "attempt_ended":
            if live != number:
                yield f"attempt {number} ended, and was not under way"
            live = ""
        elif event.kind == "lease_lost":
            live = ""
        # The tier's own event belongs to the same change as the one before it.
        final = event.state if event.state in _ENDED else ""


def one_effect(facts: Facts) -> Iterator[Broken]:
    """G5: no product was registered twice."""
    for key, count in facts.effects.items():
        if count > 1:
            yield Broken("G5", key, f"registered {count} times")


def no_blind_step(facts: Facts) -> Iterator[Broken]:
    """G6: nothing is tried while the manufacturer may have acted, on this tier or another."""
    for row in facts.rows:
        maker = BY_ID[row.maker]
        yield from (Broken("G6", row.id, how) for how in _blind(row.events, maker))


def _blind(events: Sequence[Event], maker: Maker) -> Iterator[str]:
    known = _Known(maker)
    for event in events:
        detail = event.detail
        if event.kind == "verified":
            # First: by what it has found, the same event may cancel.
            known.look(detail["verdict"])
        if event.kind == "attempt_started":
            if known.forbids(detail["tier"]):
                yield f"attempt {detail['attempt']} began in doubt of {known.doubt}"
            known.begin(detail["tier"])
        elif known.doubt and (event.kind in BLIND or event.state == "cancelled"):
            yield f"{event.kind} in doubt of {known.doubt}"
        elif event.kind == "attempt_ended":
            known.end(f"attempt {detail['attempt']}", detail["effect"])
        elif event.kind == "lease_lost":
            known.lose()


@dataclass(slots=True)
class _Known:
    """What could be known of a manufacturer's acts, whatever was written of it."""

    maker: Maker
    doubt: str = ""
    tier: str = ""
    absences: int = 0
    live: bool = False

    def forbids(self, tier: str) -> bool:
        """The same key again is the look-up of a manufacturer that keeps keys."""
        return bool(self.doubt) and not (self.maker.keeps_keys and tier == self.tier)

    def begin(self, tier: str) -> None:
        self.tier, self.live = tier, True

    def end(self, what: str, effect: str) -> None:
        self.live = False
        if effect == "unknown":
            self.doubt, self.absences = what, 0
        elif effect == "accepted":
            self.doubt = ""

    def lose(self) -> None:
        """The claim of a request is its marker; of a look-up nothing is lost."""
        if self.live and self.tier == "api":
            self.doubt, self.absences = "a lost lease", 0
        self.live = False

    def look(self, verdict: str) -> None:
        self.absences += verdict == "absent"
        if verdict == "refused" or self.absences >= self.maker.absences:
            self.doubt = ""


def true(facts: Facts) -> Iterator[Broken]:
    """What is said of a registration is so: the ledger knows."""
    for row in facts.rows:
        acts, what = facts.effects[row.id], row.action or row.state
        if row.state == "succeeded" and not acts:
            yield Broken("truth", row.id, "succeeded, and the manufacturer has nothing")
        denied = row.effect in NOTHING or what in DENIALS
        if row.settled and row.state != "succeeded" and denied and acts:
            yield Broken("truth", row.id, f"{what} as {row.effect}, and the manufacturer has it")


def told(facts: Facts) -> Iterator[Broken]:
    """Sequences have no gap, and the watcher was told of each once, in order."""
    for row in facts.rows:
        expected = list(range(1, row.revision + 1))
        written = [event.sequence for event in row.events]
        if written != expected:
            yield Broken("sequence", row.id, f"revision {row.revision}, events {written}")
        heard = list(facts.told.get(row.id, ()))
        if heard != expected:
            yield Broken("sequence", row.id, f"the watcher was told {heard} of {row.revision}")


def count(found: Iterable[Broken], *promises: str) -> int:
    """How many registrations, or requests, of these promises."""
    return len({one.of for one in found if one.promise in promises})
