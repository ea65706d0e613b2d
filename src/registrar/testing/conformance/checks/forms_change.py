"""19: a form that is another one today is filled rightly, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from registrar.domain.outcome import Code, Effect, Outcome
from registrar.testing.conformance.checks.forms import Rule, rightly, unsent
from registrar.testing.conformance.filling import Filling, at_once, declared, filling
from registrar.testing.conformance.subject import Check, Subject, need

_CHANGED = frozenset({Code.FORM_CHANGED})
_ABSENT = frozenset({Code.UNAVAILABLE_SERVER, Code.UNAVAILABLE_CONNECT})

CHANGES: Mapping[str, tuple[Rule, frozenset[Code]]] = {
    "reordered": ({"fault": "form_reordered"}, _CHANGED),
    "a label renamed": ({"fault": "form_renamed"}, _CHANGED),
    "labels swapped": ({"fault": "form_relabelled_wrong"}, _CHANGED | {Code.INVALID_FIELD}),
    "one more required field": ({"fault": "form_extra_required"}, _CHANGED),
    "a field gone": ({"fault": "form_missing"}, _CHANGED),
    "other ids and names": ({"fault": "form_moved"}, _CHANGED),
    "a honeypot": ({"fault": "form_honeypot"}, _CHANGED),
    "new terms": ({"fault": "terms_box"}, frozenset({Code.TERMS_CHANGED, Code.FORM_CHANGED})),
    "half loaded": ({"fault": "half_loaded"}, _CHANGED | _ABSENT),
}
"""What may be said where it is not filled."""
WALLS: Mapping[str, Code] = {
    "captcha": Code.CAPTCHA,
    "login": Code.LOGIN_REQUIRED,
    "otp": Code.OTP_REQUIRED,
    "blocked": Code.BLOCKED,
    "maintenance": Code.UNAVAILABLE_SERVER,
}


async def changed_forms_are_noticed(subject: Subject) -> None:
    """Success with the right data, or a stop before the last click with an empty ledger."""
    declared(subject)

    async def one(what: str, rule: Rule, codes: frozenset[Code], *, stops: bool) -> None:
        async with filling(subject) as here:
            here.told({"step": "form", **rule})
            outcome = await here.wrapped.submit(here.record.job())
            _judged(here, outcome, what, codes, stops=stops)

    todo = [one(what, *changed, stops=False) for what, changed in CHANGES.items()]
    for number, (wall, code) in enumerate(WALLS.items()):
        rule = {"fault": wall, "after": number % 2}
        todo.append(one(wall, rule, frozenset({code}), stops=True))
    await at_once(*todo)


def _judged(
    here: Filling, outcome: Outcome, what: str, codes: frozenset[Code], *, stops: bool
) -> None:
    if outcome.effect is Effect.ACCEPTED and not stops:
        need(here.effects() == 1, f"{what}: {outcome.code}, and {here.effects()} acts")
        rightly(here, here.record, what)
        return
    unsent(here, outcome, what)
    need(outcome.code in codes, f"{what}: {outcome.code} and not {' or '.join(sorted(codes))}")


CHECKS = (Check(19, "a changed web form is noticed", changed_forms_are_noticed),)
