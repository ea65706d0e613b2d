"""One walk through a form: step by step up to the point of no return, past it, and to an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from registrar.connectors.kit import mapping
from registrar.connectors.kit.connector import unfit
from registrar.connectors.kit.manifest.web import Step, WebTier
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web import locating, planning, recognising
from registrar.connectors.kit.web.ended import Ended, changed, late
from registrar.connectors.kit.web.fingerprint import Sights
from registrar.connectors.kit.web.locating import Lost, Renamed
from registrar.connectors.kit.web.planning import Action, Plan, TermsChanged
from registrar.connectors.kit.web.survey import Control, Survey
from registrar.connectors.kit.web.tab import LOOKS, Gone, NoPage, Stuck, Tab
from registrar.connectors.kit.web.values import Values
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.connector import Run

ROUNDS = 12
"""Looks at one step while its fields come to light, each after something was filled in."""
PATIENCE_SECONDS = 1.0
"""How long to wait for the next page before looking whether there is one: not all pages change."""
SETTLE_SECONDS = 3.0
"""How long a field may take to come to light, or a list to offer something.

Longer while the page itself waits for an answer.
"""
LIST_SECONDS = 0.25
"""Between two looks at a page that is to bring something to light."""


_ENDS = (Ended, Unmappable, TermsChanged, Lost, Stuck, NoPage, Gone)


@dataclass(slots=True)
class Walk:
    """Of one job in one tab."""

    tier: WebTier
    values: Values
    tab: Tab
    run: Run
    passed: bool = False
    """The marker is durable: from here on nothing is certain but what a page says."""
    renamed: list[Renamed] = field(default_factory=list)
    reached: str = ""
    """The step that was last seen."""
    sought: str = ""
    """The step that was last looked for."""
    sights: Sights = field(default_factory=Sights)

    async def outcome(self, start: str) -> Outcome:
        """To the end. Raises Withdrawn."""
        try:
            await self.tab.open(start, self.tier.step_seconds)
            for step in self.tier.steps:
                if mapping.meets(step.when, self.values.record):
                    await self._step(step)
            return self._told(await self._answered())
        except _ENDS as error:
            return self._told(self._end(error))

    def _end(self, error: Exception) -> Outcome:
        match error:
            case Ended():
                return error.outcome
            case Unmappable():
                return unfit(error)
            case TermsChanged():
                return changed(Code.TERMS_CHANGED, self.reached, str(error))
            case NoPage():
                return self._no_page(error)
            case Gone():
                return Outcome(Code.INTERNAL, Effect.UNKNOWN, str(error))
            case _:
                return changed(Code.FORM_CHANGED, self.reached, str(error))

    def _told(self, outcome: Outcome) -> Outcome:
        """Before the point nothing was sent; after it only a page's own word is certain."""
        certain = outcome.effect in {Effect.ACCEPTED, Effect.REFUSED}
        if not self.passed:
            if outcome.code is Code.REGISTERED:
                message = f"{self.reached}: it says registered before anything was sent"
                return Outcome(Code.FORM_CHANGED, Effect.NOT_SENT, message, rule=outcome.rule)
            return outcome if certain else replace(outcome, effect=Effect.NOT_SENT)
        if certain:
            return outcome
        return replace(outcome, code=Code.OUTCOME_UNKNOWN, effect=Effect.UNKNOWN)

    def _no_page(self, error: NoPage) -> Outcome:
        if self.tab.strange:
            message = f"it leads to another host: {self.tab.strange[-1]}"
            return Outcome(Code.FORM_CHANGED, Effect.NOT_SENT, message)
        return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, str(error))

    async def seen(self, step: Step) -> Outcome:
        """Whether the tab shows this step; nothing is touched."""
        try:
            self.sights.look(step, await self._look_at(step), touched=False)
        except Ended as end:
            return replace(end.outcome, effect=Effect.NOT_SENT)
        except Gone as error:
            return Outcome(Code.INTERNAL, Effect.NOT_SENT, str(error))
        return Outcome(Code.REGISTERED, Effect.NOT_SENT)

    async def _step(self, step: Step) -> None:
        self.sought = step.name
        survey = await self._dismissed(step, await self._look_at(step))
        self.reached = step.name
        survey = await self._filled(step, survey)
        button = locating.button(step.press, survey)
        await (self._send(step, button) if step.sends else self._go_on(step, button))

    async def _send(self, step: Step, button: Control) -> None:
        """A person's own click, once."""
        element = await self.tab.ready_to_press(button.index, step.frame)
        # Durable first: whoever finds this attempt without an end must know.
        await self.run.point_of_no_return()
        self.passed = True
        await self.tab.press(element, step.frame)
        await self.tab.arrival(PATIENCE_SECONDS)

    async def _go_on(self, step: Step, button: Control) -> None:
        """Some pages take only a click that a hand has made; the others are there sooner.

        One that has asked for anything since has taken the click, however long it takes.
        """
        await self.tab.follow(button.index, step.frame)
        await self.tab.arrival(PATIENCE_SECONDS)
        if self.tab.reacted:
            return
        seen = await self.tab.look(self.tier.selectors, step.frame)
        if seen.left and recognising.shows(step.ready, seen) and not seen.alerts:
            again = locating.button(step.press, seen)
            element = await self.tab.ready_to_press(again.index, step.frame)
            await self.tab.press(element, step.frame)
            await self.tab.arrival(PATIENCE_SECONDS)

    async def _filled(self, step: Step, survey: Survey) -> Survey:
        """Until the page holds what it should, read back from it."""
        ends = time.monotonic() + self.tier.step_seconds
        patience = time.monotonic() + SETTLE_SECONDS
        plan, rounds = Plan(), 0
        while rounds < ROUNDS and time.monotonic() < ends:
            self.sights.look(step, survey, touched=bool(plan.actions))
            plan = planning.plan(step, self.values, survey, plan.picked)
            if not plan.actions and not plan.awaited:
                self.renamed += plan.renamed
                return survey
            rounds += bool(plan.actions)
            if not plan.actions and time.monotonic() > patience and not self.tab.busy:
                break
            survey = await self._act(step, plan)
        if self.tab.busy:
            raise Ended(late(step.name))
        raise plan.unoffered or Lost(plan.lack)

    async def _act(self, step: Step, plan: Plan) -> Survey:
        """What is to be done, or a moment's patience; and how it looks then."""
        if not plan.actions:
            await asyncio.sleep(LIST_SECONDS)
            return await self.tab.look(self.tier.selectors, step.frame)
        if self.values.proof:
            for one in plan.actions:
                if one.does == "attach":
                    await self.tab.attach(one.index, self.values.proof, step.frame)
        rest = [one for one in plan.actions if one.does != "attach"]
        return await self.tab.act(rest, self.tier.selectors, step.frame)

    async def _look_at(self, step: Step) -> Survey:
        """The page of this step. Raises Ended for any other that means something, or for none."""

        def there(seen: Survey) -> bool:
            return recognising.shows(step.ready, seen)

        def known(seen: Survey) -> bool:
            if seen.ready == "loading":
                return False
            if not there(seen):
                self._stop_at(seen)
                return False
            return True

        survey = await self._look_until(step.frame, known)
        if not there(survey):
            raise Ended(self._nowhere(step, survey))
        self._stop_at_wall(survey)
        return survey

    async def _dismissed(self, step: Step, survey: Survey) -> Survey:
        """Without what lies over the page, such as a question about cookies."""
        over = planning.covering(self.tier.dismiss, survey)
        if not over:
            return survey
        actions = [Action(one.index, "click") for one in over]
        return await self.tab.act(actions, self.tier.selectors, step.frame)

    def _stop_at(self, survey: Survey) -> None:
        """A page that the manifest knows, a wall, or the last step again with what is wrong."""
        if not survey.left:
            said = recognising.answer(self.tier, survey)
            if said is not None:
                raise Ended(said)
            self._stop_at_wall(survey)
        self._stop_at_refusal(survey)

    def _stop_at_wall(self, survey: Survey) -> None:
        found = recognising.wall(survey)
        if found is not None:
            raise Ended(found)

    def _stop_at_refusal(self, survey: Survey) -> None:
        step = next((one for one in self.tier.steps if one.name == self.reached), None)
        found = recognising.refusal(step, self.values, survey) if step else None
        if found is not None:
            raise Ended(found)

    def _nowhere(self, step: Step, survey: Survey) -> Outcome:
        """The page did not come, or another one did."""
        if self.tab.strange:
            return self._no_page(NoPage())
        if survey.failed or survey.ready != "complete" or survey.left or not survey.text:
            return late(step.name)
        return changed(Code.FORM_CHANGED, step.name, "another page is shown")

    async def _look_until(self, frame: str, there: Callable[[Survey], bool]) -> Survey:
        ends = time.monotonic() + self.tier.step_seconds
        looks = iter(LOOKS)
        while True:
            survey = await self.tab.look(self.tier.selectors, frame)
            if there(survey) or survey.failed or time.monotonic() > ends:
                return survey
            await asyncio.sleep(next(looks, LOOKS[-1]))

    async def _answered(self) -> Outcome:
        """The manufacturer's word, if the page has one."""

        def said(seen: Survey) -> bool:
            return recognising.answer(self.tier, seen) is not None

        survey = await self._look_until(self.tier.steps[-1].frame, said)
        found = recognising.answer(self.tier, survey) or recognising.wall(survey)
        message = "No page that is known came after the last click."
        return found or Outcome(Code.UNMAPPED, Effect.UNKNOWN, message)
