"""5 to 7: the pure way from the canonical record to a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import phonenumbers

from registrar.app.validation.rules import validated
from registrar.connectors.kit import mapping, prepare
from registrar.connectors.kit.conditions import Condition
from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.http import Request
from registrar.connectors.kit.limits import Limits
from registrar.connectors.kit.manifest import ApiTier
from registrar.connectors.kit.mapping import FieldMap, Unmappable
from registrar.connectors.kit.pipeline import Call
from registrar.domain.outcome import Code, Effect
from registrar.ports.connector import Job
from registrar.testing.conformance.scenarios import Record
from registrar.testing.conformance.stage import stage
from registrar.testing.conformance.subject import (
    Check,
    NotApplicable,
    Subject,
    Violated,
    need,
)

BASE = "https://manufacturer.example"
MOST_BODY = 256 * 1024


def plan(api: ApiTier, job: Job) -> Request:
    """The request of a submission; raises Unmappable."""
    secrets = dict.fromkeys(api.secrets, "secret")
    return prepare.request(api, api.submit, job, BASE, secrets)


async def any_valid_record_has_a_plan(subject: Subject) -> None:
    """Within every limit, or it is refused for one that the manifest declares."""
    from registrar.testing.conformance import records  # noqa: PLC0415 - hypothesis is an extra

    maker = subject.manifest.manufacturer
    if subject.manifest.api is None and subject.manifest.manual is not None:
        for one in subject.scenarios.valid:
            _guided(subject, one.job(), one.name)
        return records.tried(subject.scenarios, maker, lambda job: _guided(subject, job))
    api = subject.api()

    def planned(job: Job) -> None:
        try:
            within(api, plan(api, job))
        except Unmappable as error:
            _declared(api, job, error)

    for one in subject.scenarios.valid:
        try:
            within(api, plan(api, one.job()))
        except Unmappable as error:
            raise Violated(f"valid record {one.name}: {error}") from error
    return records.tried(subject.scenarios, maker, planned)


def _guided(subject: Subject, job: Job, valid: str = "") -> None:
    """A person has steps; with the link, for a record that the scenarios call valid."""
    made = guide(subject.manifest, job)
    need(made is not None and made.steps, "a valid record has no guide")
    need(made is None or "{" not in made.link, "the link has a hole left in it")
    linked = subject.manifest.manual is not None and bool(subject.manifest.manual.link)
    need(not valid or not linked or (made and made.link), f"valid record {valid}: no link")


def within(api: ApiTier, request: Request) -> None:
    """Looked up in what was made, not taken from how it is made."""
    need(request.url.startswith(f"{BASE}/"), "the address leaves its place")
    texts = [request.url, *request.headers.values()]
    need(all(one.isascii() and one.isprintable() for one in texts), "an address or header breaks")
    need(len(json.dumps(request.json)) <= MOST_BODY, "the body is too large")
    for one in api.fields:
        _fits(one.target, _reached(request.json, one.target), one.limits)


def _reached(body: Any, target: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON
    for step in target:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def _fits(target: object, value: object, limits: Limits) -> None:
    if isinstance(value, list):
        for item in value:
            _fits(target, item, limits)
    if not isinstance(value, str):
        return
    need(limits.most is None or len(value) <= limits.most, f"{target} is longer than its limit")
    need(limits.charset == "any" or _encodes(value, limits.charset), f"{target}: its characters")


def _encodes(value: str, charset: str) -> bool:
    try:
        value.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _declared(api: ApiTier, job: Job, error: Unmappable) -> None:
    """A refusal counts where the field has a limit or a function that can refuse."""
    value = mapping.canonical(mapping.record(job), error.field)
    mine = [one for one in api.fields if error.field in one.source]
    if any(isinstance(one.required, Condition) for one in mine):
        return
    need(value not in (None, "", [], {}), f"{error.field} is needed, and no required field")
    limited = any(one.functions or one.limits != Limits() for one in mine)
    need(limited, f"a valid record is refused without a limit: {error}")


async def formatters_round_trip(subject: Subject) -> None:
    """Nothing is lost on the way to the manufacturer's form."""
    api = subject.api()
    tried = 0
    for one in subject.scenarios.valid:
        data = mapping.record(one.job())
        for field in api.fields:
            tried += _round_trip(field, data)
    if not tried:
        raise NotApplicable("no field goes through a function that can be read back")


def _round_trip(field: FieldMap, data: Mapping[str, Any]) -> int:
    """How many functions of the field were read back."""
    found = [mapping.canonical(data, path) for path in field.source]
    value = next((one for one in found if one not in (None, "", [], {})), None)
    tried = 0
    for call in field.functions if value is not None else ():
        made = call(value)
        back = BACK.get(call.name)
        if back is not None and isinstance(value, str) and isinstance(made, str):
            need(back(call, value, made), f"{field.source[0]}: {call.name} cannot be read back")
            tried += 1
        value = made
    return tried


def _date(call: Call, value: str, made: str) -> bool:
    try:
        # Only the day is compared, and a form that names another one is what is looked for.
        read = datetime.strptime(made, call.argument).replace(tzinfo=UTC)
    except ValueError:
        return False
    return read.date() == datetime.fromisoformat(value).date()


def _phone(call: Call, value: str, made: str) -> bool:
    whole = phonenumbers.parse(value)
    region = phonenumbers.region_code_for_number(whole)
    parts = {"country_code": str(whole.country_code)}
    if call.argument in parts:
        return made == parts[call.argument]
    return phonenumbers.parse(made, region) == phonenumbers.parse(value, region)


def _again(call: Call, _value: str, made: str) -> bool:
    return bool(call(made) == made)


BACK: Mapping[str, Callable[[Call, str, str], bool]] = {
    "date": _date,
    "phone": _phone,
    "decimal": lambda _, value, made: Decimal(made) == Decimal(value),
    "minor_units": lambda call, value, made: Decimal(made).scaleb(-call.argument) == Decimal(value),
    "upper": _again,
    "lower": _again,
    "compact": _again,
    "alphanumeric": _again,
    "digits": _again,
    "trim": _again,
}
"""Reads back what a function has made; one that only cleans is asked a second time."""


async def invalid_input_is_refused(subject: Subject) -> None:
    """Before the network, with the field's path."""
    for one in subject.scenarios.invalid:
        field = _refused_at_the_door(subject, one)
        if not field and subject.manifest.api is not None:
            field = await _refused_by_the_plan(subject, one)
        need(field == one.field, f"{one.name}: {one.field} is not refused but {field or 'nothing'}")


def _refused_at_the_door(subject: Subject, one: Record) -> str:
    today = datetime.now(UTC).date()
    _, broken = validated(one.job().submission, subject.manifest.manufacturer, today)
    fields = [violation.field for violation in broken]
    return one.field if one.field in fields else next(iter(fields), "")


async def _refused_by_the_plan(subject: Subject, one: Record) -> str:
    async with stage(subject) as here:
        outcome = await here.wrapped.submit(one.job())
        need(not here.wire.arrived and not here.wire.tokens, f"{one.name}: something was sent")
    refused = outcome.code is Code.INVALID_FIELD and outcome.effect is Effect.NOT_SENT
    return outcome.field if refused else ""


CHECKS = (
    Check(5, "any valid record has a plan within limits", any_valid_record_has_a_plan),
    Check(6, "formatters round trip", formatters_round_trip),
    Check(7, "invalid input is refused before the network", invalid_input_is_refused),
)
