"""What may be wished of many registrations at once; what was left out gets its usual meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from registrar.app import reasons
from registrar.domain.bulk import FITTING, USUAL, BulkFilter, BulkKind, BulkWish
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.registration import State

USUAL_RATE, MOST_RATE = 10, 100
"""Registrations a second."""
MOST_IDS = 1_000
MOST_VALUES = 50
LONGEST_VALUE = 128
_TEXTS = ("registration_ids", "manufacturer_ids", "failure_codes", "fingerprints")
_OF_FAILED = {
    "fingerprints": "fingerprints",
    "failed_after": "fail_time_after",
    "failed_before": "fail_time_before",
}


def checked(wish: BulkWish) -> BulkWish:
    """As it is kept. Raises InvalidRequest with all that is wrong."""
    wish = replace(wish, reason=wish.reason.strip(), rate=wish.rate or USUAL_RATE)
    wrong = [*reasons.of_reason(wish.reason), *_of_wish(wish), *_of_filter(wish)]
    if wrong:
        raise InvalidRequest(tuple(wrong))
    states = wish.where.states or USUAL[wish.kind]
    where = replace(wish.where, states=tuple(dict.fromkeys(states)))
    return replace(wish, where=where)


def _of_wish(wish: BulkWish) -> Iterator[Violation]:
    if not 1 <= wish.rate <= MOST_RATE:
        problem = f"Between 1 and {MOST_RATE}; {USUAL_RATE} where it is 0."
        yield Violation("items_per_second", "range", problem)
    if wish.acknowledge_duplicate_risk and wish.kind is not BulkKind.RETRY:
        problem = "Nothing but a retry can register something twice."
        yield Violation("acknowledge_duplicate_risk", "unsupported", problem)


def _of_filter(wish: BulkWish) -> Iterator[Violation]:
    where = wish.where
    if where == BulkFilter():
        yield Violation("filter", "required", "At least one condition is needed.")
    yield from _of_lists(where)
    yield from _of_states(wish)
    yield from _of_times("create", where.created_after, where.created_before)
    yield from _of_times("fail", where.failed_after, where.failed_before)


def _of_times(name: str, after: datetime | None, before: datetime | None) -> Iterator[Violation]:
    if after is not None and before is not None and after >= before:
        problem = f"Later than {name}_time_after is needed."
        yield Violation(f"filter.{name}_time_before", "order", problem)


def _of_lists(where: BulkFilter) -> Iterator[Violation]:
    for name in (*_TEXTS, "tiers", "states"):
        values: Sequence[str] = getattr(where, name)
        most = MOST_IDS if name == "registration_ids" else MOST_VALUES
        if len(values) > most:
            yield Violation(f"filter.{name}", "too_many", f"At most {most:,}.")
    for name in _TEXTS:
        for place, value in enumerate(getattr(where, name)):
            if not (1 <= len(value) <= LONGEST_VALUE and value.isprintable()):
                problem = f"Between 1 and {LONGEST_VALUE} printable characters are needed."
                yield Violation(f"filter.{name}[{place}]", "text", problem)


def _of_states(wish: BulkWish) -> Iterator[Violation]:
    fitting = FITTING[wish.kind]
    for place, state in enumerate(wish.where.states):
        if state not in fitting:
            one_of = ", ".join(one.name for one in fitting)
            problem = f"To {wish.kind} is possible from {one_of}."
            yield Violation(f"filter.states[{place}]", "unfit", problem)
    if set(wish.where.states or USUAL[wish.kind]) != {State.FAILED}:
        for name, field in _OF_FAILED.items():
            if getattr(wish.where, name):
                problem = "It says something of FAILED alone: name no other state."
                yield Violation(f"filter.{field}", "unfit", problem)
