"""1 to 4: what can be told from the manifest and its scenarios."""

from __future__ import annotations

from datetime import timedelta

from registrar.connectors.kit import manifest, probe, reading
from registrar.connectors.kit.manifest import ApiTier, Operation
from registrar.domain.outcome import Verdict
from registrar.testing.conformance import scenarios, todo
from registrar.testing.conformance.stage import stage
from registrar.testing.conformance.subject import Check, Subject, need

ALWAYS = frozenset({
    "brand", "idempotency_key", "customer.given_name", "customer.family_name", "customer.email",
    "product.serial_number", "purchase.date", "purchase.country", "consents.terms", "customer.type",
    "purchase.channel", "usage",
})  # fmt: skip
"""The gateway takes no registration without them, or gives them itself."""


async def schema_and_lints(subject: Subject) -> None:
    """Manifest and scenarios have no problem, and no fact is left to find."""
    found = [f"{reading.FILE}:{one}" for one in manifest.problems(subject.folder / reading.FILE)]
    found += [f"{scenarios.FILE}:{one}" for one in scenarios.problems(subject.folder)]
    found += todo.left(subject.folder)
    need(not found, "; ".join(found))


async def coherent_capabilities(subject: Subject) -> None:
    """What is declared is what the steps can do, and what the simulated manufacturer shows."""
    api = subject.api()
    _declared(api)
    job = subject.scenarios.first.job()
    caps = api.capabilities
    async with stage(subject) as here:
        if caps.verify != "none":
            before = await here.wrapped.verify(job)
            need(before.verdict is Verdict.ABSENT, f"verify finds {before.verdict} of nothing")
        first = await here.finished(job)
        if caps.verify != "none":
            found = await here.settled(job)
            need(found.verdict is Verdict.FOUND, f"verify finds {found.verdict} of a registration")
        if caps.resend_is_safe:
            again = await here.finished(job)
            need(again.registered, f"idempotency {caps.idempotency}, but again: {again.said}")
            need(again.reference == first.reference, "the same key has another reference")
            acts = here.effects()
            need(acts == 1, f"idempotency {caps.idempotency}, but {acts} acts of one key")


def _declared(api: ApiTier) -> None:
    caps = api.capabilities
    if caps.verify != "none":
        missing = {"found", "absent"} - _means(api.verify)
        need(not missing, f"verify {caps.verify} is never {', '.join(sorted(missing))}")
    if caps.verify == "eventual":
        need(caps.absence_delay > timedelta(0), "eventual verify without an absence_delay")
    longest = timedelta(seconds=api.read_timeout)
    need(longest <= caps.send_deadline, "read_timeout is longer than send_deadline")


def _means(operation: Operation) -> set[str]:
    return {one.means for one in operation.answers}


async def required_fields_are_mapped(subject: Subject) -> None:
    """What is asked is sent or said not to be; what is needed is asked."""
    asked = probe.asked(subject.api())
    wanted = subject.manifest.manufacturer.required_fields
    unsent = {path for path in wanted if asked.get(path, probe.NEVER) == probe.NEVER}
    reasons = set(subject.scenarios.unsent)
    need(unsent <= reasons, f"asked, and not sent: {_list(unsent - reasons)}")
    need(reasons <= unsent, f"unsent names what is sent or not asked: {_list(reasons - unsent)}")
    # What is needed of some alone, such as businesses, is asked of them when it is missing.
    needed = {path for path, word in asked.items() if word == probe.REQUIRED}
    missing = needed - ALWAYS - set(wanted)
    need(not missing, f"needed, and no required field: {_list(missing)}")


def _list(paths: set[str]) -> str:
    return ", ".join(sorted(paths))


async def probed_fields(subject: Subject) -> None:
    """The field probe finds what the scenarios say."""
    found = probe.asked(subject.api())
    said = {path: word for word, paths in subject.scenarios.asks.items() for path in paths}
    for path in sorted({*found, *said}):
        is_, was = found.get(path, probe.NEVER), said.get(path, probe.NEVER)
        need(is_ == was, f"asks: {path} is {is_}, the scenarios say {was}")


CHECKS = (
    Check(1, "schema and lints", schema_and_lints),
    Check(2, "capabilities and steps agree", coherent_capabilities),
    Check(3, "required fields are mapped", required_fields_are_mapped),
    Check(4, "field probe equals the committed one", probed_fields),
)
