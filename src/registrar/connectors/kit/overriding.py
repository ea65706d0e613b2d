"""Operators' overrides of error rules, heeded before a manifest's own answers and rules.

None of them makes a success: a duplicate of the same owner needs its reference in the answer. Where
an override leaves the effect open, the look-up decides, as after any unclear answer.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from registrar.connectors.kit import classify
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.manifest import ApiTier, Rule
from registrar.connectors.kit.manifest.operations import rule
from registrar.domain import policy
from registrar.domain.outcome import Effect, Outcome, Verdict, Verification
from registrar.domain.override import ErrorOverride
from registrar.domain.policy import Next
from registrar.ports.error_overrides import InForce

_FINAL = frozenset({Next.ASK, Next.FALL_BACK})
"""What a manufacturer says of a registration; all else it says of the request alone."""


@dataclass(frozen=True, slots=True)
class _Applied:
    rule: Rule
    ends: float


class Overrides:
    """`ports.error_overrides.Applied`: by manufacturer. Written by one task, read by any.

    Each ends by itself, on a clock that nobody sets: also while the database is away.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: Mapping[str, Sequence[_Applied]] = {}

    def put(self, found: Sequence[InForce], at: float) -> Sequence[str]:
        """In place of those before; `at` is when the store was asked."""
        known: dict[str, list[_Applied]] = defaultdict(list)
        unread = []
        for one in found:
            try:
                made = _Applied(_made(one.override), at + one.left.total_seconds())
            except (LookupError, TypeError, ValueError):
                # A newer version has taken it. What is not understood is not heeded.
                unread.append(one.override.id)
            else:
                known[one.override.manufacturer_id].append(made)
        self._known = dict(known)
        return unread

    def rules(self, manufacturer_id: str) -> Sequence[Rule]:
        """In the order in which they count."""
        known = self._known.get(manufacturer_id)
        if not known:
            return ()
        now = self._clock()
        return [one.rule for one in known if one.ends > now]


def _made(override: ErrorOverride) -> Rule:
    return rule({**override.rule, "name": override.name})


def submitted(tier: ApiTier, rules: Sequence[Rule], reply: Reply) -> Outcome | None:
    """Of a submission that was answered; None where no override holds."""
    found = classify.rule(rules, reply)
    return classify.ruled(tier, found, reply) if found else None


def verified(tier: ApiTier, rules: Sequence[Rule], reply: Reply) -> Verification | None:
    """Of a look-up that was answered; None where none holds, or the manifest knows better."""
    found = classify.rule(rules, reply)
    if found is None:
        return None
    outcome = classify.ruled(tier, found, reply)
    if outcome.effect is not Effect.REFUSED:
        told = classify.refused(outcome)
        return told if told.verdict is Verdict.FOUND else _silent(found, outcome)
    answer = classify.expected(tier.verify.answers, reply)
    if answer is None:
        return classify.refused(outcome) if _of_registration(found) else _silent(found, outcome)
    return classify.refused(outcome) if answer.means == "refused" else None


def _of_registration(found: Rule) -> bool:
    """By its status alone an answer refuses the look-up, not what it looks for."""
    return bool(found.when.conditions) and policy.NEXT[found.code] in _FINAL


def _silent(found: Rule, outcome: Outcome) -> Verification:
    return classify.untold(replace(outcome, message=found.name))
