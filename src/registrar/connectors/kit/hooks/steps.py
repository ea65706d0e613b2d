"""A connector of which a hook overrides one step. What goes wrong in it is `connector_bug`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from registrar.connectors.kit import classify, mapping
from registrar.connectors.kit.auth import Refused
from registrar.connectors.kit.connector import HttpConnector, unfit
from registrar.connectors.kit.hooks import answers
from registrar.connectors.kit.hooks.declared import FILE, Hook
from registrar.connectors.kit.hooks.process import Hooks
from registrar.connectors.kit.hooks.requests import Requests
from registrar.connectors.kit.hooks.talk import HookFault, NoProcess
from registrar.connectors.kit.http import NoAnswer, NotSent, Reply
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.unanswered import unheard, unsent
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.ports.connector import UNATTENDED, Job, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hooked(HttpConnector):
    """`hook` runs in `hooks`."""

    hook: Hook
    hooks: Hooks

    async def _ran(self, arguments: list[Any], requests: Requests | None = None) -> Any:  # noqa: ANN401 - JSON
        if requests is None:
            return await self.hooks.run(self.hook, arguments)
        return await self.hooks.run(self.hook, arguments, requests.perform)


class Prepare(_Hooked):
    """`prepare(record, body)`: another body. Nothing has been sent when it fails."""

    __slots__ = ()

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """As the connector does, with the hook's body."""
        del run  # the claim was the marker of a request
        try:
            request = self.prepare(self.tier.submit, job)
            body = answers.body(await self._ran([mapping.record(job), request.json]))
        except Unmappable as error:
            return unfit(error)
        except HookFault as fault:
            return _bug(fault, Effect.NOT_SENT)
        return await self.send(replace(request, json=body))


class Classify(_Hooked):
    """`classify(evidence, outcome)`: another outcome, from the answer and what the rules say."""

    __slots__ = ()

    async def classify(self, reply: Reply) -> Outcome:
        """The request was sent: what became of it is unknown when the hook fails."""
        ruled = await HttpConnector.classify(self, reply)
        try:
            said = await self._ran([answers.evidence(reply), answers.told(ruled)])
            return ruled if said is None else answers.outcome(said, reply)
        except HookFault as fault:
            return _bug(fault, Effect.UNKNOWN)


class Submit(_Hooked):
    """`submit(record, body)` yields requests, and returns the outcome of the last one."""

    __slots__ = ()

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """What was sent before something went wrong decides whether its effect is known."""
        del run  # the claim was the marker of its requests
        requests = Requests(self, job, reading=False)
        try:
            body = self.prepare(self.tier.submit, job).json
            said = await self._ran([mapping.record(job), body], requests)
            return answers.outcome(said, requests.last, sent=requests.effects > 0)
        except Unmappable as error:
            return unfit(error) if not requests.effects else _unknown(error)
        except HookFault as fault:
            return _bug(fault, Effect.UNKNOWN if requests.effects else Effect.NOT_SENT)
        except (NotSent, Refused, NoAnswer) as error:
            return _interrupted(error, requests.effects)


class Verify(_Hooked):
    """`verify(record)` yields look-ups, and returns a verdict; what fails is none."""

    __slots__ = ()

    async def verify(self, job: Job) -> Verification:
        """Read-only: a request that may change something is refused."""
        requests = Requests(self, job, reading=True)
        try:
            said = await self._ran([mapping.record(job)], requests)
            return answers.verification(said, requests.last)
        except (HookFault, Unmappable) as error:
            return Verification(Verdict.CANNOT_TELL, message=_named(error))
        except (NotSent, NoAnswer, Refused) as error:
            return classify.untold(unheard(error))


class Health(_Hooked):
    """`health()` yields look-ups, and says whether it is well."""

    __slots__ = ()

    async def health(self) -> Outcome:
        """Read-only."""
        requests = Requests(self, None, reading=True)
        try:
            well = answers.health(await self._ran([], requests))
        except HookFault as fault:
            return _bug(fault, Effect.NOT_SENT)
        except (NotSent, NoAnswer, Refused) as error:
            return _interrupted(error, 0)
        code = Code.REGISTERED if well and requests.last else Code.UNAVAILABLE_SERVER
        return Outcome(code, Effect.NOT_SENT)


_STEPS: dict[str, type[_Hooked]] = {
    "prepare": Prepare,
    "submit": Submit,
    "classify": Classify,
    "verify": Verify,
    "health": Health,
}


def hooked(connector: HttpConnector, hook: Hook, hooks: Hooks) -> HttpConnector:
    """The connector with its one step overridden."""
    parts = {one.name: getattr(connector, one.name) for one in dataclasses.fields(connector)}
    return _STEPS[hook.step](**parts, hook=hook, hooks=hooks)


def _bug(fault: HookFault, effect: Effect) -> Outcome:
    code = Code.INTERNAL if isinstance(fault, NoProcess) else Code.CONNECTOR_BUG
    return Outcome(code, effect, _named(fault), rule=FILE)


def _named(error: Exception) -> str:
    return f"{FILE}: {error}" if isinstance(error, HookFault) else str(error)


def _unknown(error: Exception) -> Outcome:
    return Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, str(error))


def _interrupted(error: NotSent | NoAnswer | Refused, effects: int) -> Outcome:
    """The request that failed counts among `effects`, if it could have changed something."""
    if isinstance(error, NoAnswer):
        return _unknown(error) if effects else _unavailable(error)
    if effects > 1:
        return _unknown(error)
    return unsent(error)


def _unavailable(error: Exception) -> Outcome:
    """Only look-ups were lost."""
    return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, str(error))
