"""8, 9, 11 to 14 of a form: what its pages say, and what nobody has foreseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from registrar.domain.outcome import Code, Effect, Outcome, Verdict
from registrar.testing.conformance.compared import wrong
from registrar.testing.conformance.filling import Filling, Wanted, at_once, filling, fitting
from registrar.testing.conformance.scenarios import Record, merged
from registrar.testing.conformance.subject import Subject, need

Rule = Mapping[str, object]
SOMEBODY_ELSE = {"customer": {"email": "somebody.else@example.com"}}
UNKNOWN_PAGES: tuple[Rule, ...] = (
    {"fault": "captcha"},
    {"fault": "status", "status": 404, "committed": True},
    {"fault": "blocked", "committed": True},
)
ERROR_PAGES: tuple[Rule, ...] = (
    {"fault": "html_ok", "committed": True},
    {"fault": "html", "status": 502},
)


async def happy_path_is_confirmed(subject: Subject) -> None:
    """A reference, and one act that holds what was submitted, field by field."""

    async def one(record: Record) -> None:
        async with filling(subject, Wanted(quick=False)) as here:
            await _happy(here, record, needed=record == here.record)

    await at_once(*map(one, subject.scenarios.valid))


async def _happy(here: Filling, record: Record, *, needed: bool) -> None:
    """A record that the form is not for is told so, or that it does not fit."""
    outcome = await here.wrapped.submit(record.job())
    told = f"the form, {record.name}: {outcome.code} ({outcome.effect}) {outcome.field}".strip()
    acts = here.effects()
    if outcome.code in {Code.NOT_ELIGIBLE, Code.INVALID_FIELD} and not needed:
        need(outcome.effect is not Effect.ACCEPTED and acts == 0, f"{told}, and {acts} acts")
        return
    need(outcome.code is Code.REGISTERED, told)
    need(outcome.reference, f"{told}, without a reference")
    need(acts == 1, f"{told}, and {acts} acts in the ledger")
    rightly(here, record, told)


def rightly(here: Filling, record: Record, told: str) -> None:
    """Raises Violated where the act holds something else than the record."""
    values = here.connector.values(record.job())
    fields = wrong(here.connector.tier, values, here.bodies()[0])
    need(not fields, f"{told}: wrong in the ledger: {', '.join(fields)}")


async def duplicates_are_told(subject: Subject) -> None:
    """By the same owner it is ours already; another's is refused, and nothing is registered."""
    first = fitting(subject)
    other = Record("somebody else", merged(first.data, SOMEBODY_ELSE))
    cases = {
        Code.DUPLICATE_SAME_OWNER: (first, Effect.ACCEPTED),
        Code.DUPLICATE_OTHER_OWNER: (other, Effect.REFUSED),
    }
    async with filling(subject, Wanted(quick=False)) as here:
        await here.wrapped.submit(first.job())
        for code, (record, effect) in cases.items():
            outcome = await here.wrapped.submit(record.job(2))
            told = f"the form, filled again: {outcome.code} ({outcome.effect}) and not {code}"
            need(outcome.code is code and outcome.effect is effect, told)
            need(here.effects() == 1, f"the form, filled again: {here.effects()} acts")


async def unknown_pages_are_no_success(subject: Subject) -> None:
    """After the last click nobody knows, whatever the page looks like."""
    await at_once(*(_after_the_click(subject, rule) for rule in UNKNOWN_PAGES))


async def error_pages_are_nobodys_word(subject: Subject) -> None:
    """Whatever their status: before the last click nothing is sent, after it nobody knows."""

    async def before() -> None:
        async with filling(subject) as here:
            here.told({"fault": "html_ok", "step": "form", "after": 1})
            outcome = await here.wrapped.submit(here.record.job())
            unsent(here, outcome, "an error page with 200")

    await at_once(before(), *(_after_the_click(subject, rule) for rule in ERROR_PAGES))


async def _after_the_click(subject: Subject, rule: Rule) -> None:
    async with filling(subject) as here:
        here.told({"step": "submit", **rule})
        outcome = await here.wrapped.submit(here.record.job())
        what = f"{' '.join(map(str, rule.values()))} after the last click"
        need(here.pressed(), f"{what}: the form was not sent: {outcome.code}")
        unclear(outcome, what)


def unclear(outcome: Outcome, what: str) -> None:
    """Nobody knows. Raises Violated."""
    known = outcome.code is not Code.OUTCOME_UNKNOWN or outcome.effect is not Effect.UNKNOWN
    need(not known, f"{what}: {outcome.code} ({outcome.effect})")


def unsent(here: Filling, outcome: Outcome, what: str) -> None:
    """Nothing happened, and it is said. Raises Violated."""
    need(outcome.effect is Effect.NOT_SENT, f"{what}: {outcome.code} ({outcome.effect})")
    need(here.effects() == 0, f"{what}: not sent, and {here.effects()} acts in the ledger")


async def time_outs_say_their_phase(subject: Subject) -> None:
    """Before the last click it may be filled again; after it nobody knows."""
    await at_once(_nobody(subject), _no_page(subject), _no_last_page(subject))


async def _nobody(subject: Subject) -> None:
    async with filling(subject, Wanted(nobody=True)) as here:
        outcome = await here.wrapped.submit(here.record.job())
        unsent(here, outcome, "nobody serves the form")
        need(outcome.code is Code.UNAVAILABLE_CONNECT, f"nobody serves the form: {outcome.code}")


async def _no_page(subject: Subject) -> None:
    async with filling(subject) as here:
        here.told({"fault": "reset_before_commit", "step": "form", "after": 1})
        unsent(here, await here.wrapped.submit(here.record.job()), "a page that does not come")


async def _no_last_page(subject: Subject) -> None:
    async with filling(subject) as here:
        here.told({"fault": "reset_before_commit", "step": "submit"})
        unclear(await here.wrapped.submit(here.record.job()), "a last page that does not come")


async def commit_then_drop_is_unknown(subject: Subject) -> None:
    """It acted and crashed: unknown, once, and found where its look-up can tell."""
    async with filling(subject) as here:
        here.told({"fault": "commit_then_drop", "step": "submit"})
        outcome = await here.wrapped.submit(here.record.job())
        unclear(outcome, "a form that acted, then hung up")
        need(here.effects() == 1, f"it acted, then hung up: {here.effects()} acts in the ledger")
        if here.wrapped.capabilities.verify == "strong":
            found = await here.wrapped.verify(here.record.job())
            need(found.verdict is Verdict.FOUND, f"what a form has done is {found.verdict}")


FORMS: Mapping[int, Callable[[Subject], Awaitable[None]]] = {
    8: happy_path_is_confirmed,
    9: duplicates_are_told,
    11: unknown_pages_are_no_success,
    12: error_pages_are_nobodys_word,
    13: time_outs_say_their_phase,
    14: commit_then_drop_is_unknown,
}
"""By the number of the check that they are a part of."""
