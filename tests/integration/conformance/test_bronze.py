"""Each check of the bronze level turns red where it is violated."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec.structs import replace
from tests.integration.conformance.planted import (
    Hasty,
    copied,
    lying,
    packaged,
    saying,
    telling,
    violation,
    wrapped,
)

from registrar.connectors.kit.http import Request
from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.connector import Job
from registrar.sandbox import Sandbox
from registrar.testing.conformance import runner
from registrar.testing.conformance.checks import fields
from registrar.testing.conformance.report import Status
from registrar.testing.conformance.subject import Seams, Violated

Data = dict[str, Any]
Change = Callable[[Data], object]


def api(data: Data) -> Data:
    """The API of a manifest."""
    found: Data = data["tiers"]["api"]
    return found


def put(at: Callable[[Data], Any], key: Any, value: Any) -> Callable[[Data], None]:  # noqa: ANN401 - YAML
    """A change: this value in that place."""

    def change(data: Data) -> None:
        at(data)[key] = value

    return change


@pytest.mark.parametrize(
    ("manifest", "scenarios", "said"),
    [
        (put(lambda one: one, "required_fields", ["no.such.path"]), None, "no canonical path"),
        (None, put(lambda one: one["rows"][0], "code", "duplicate"), "no code of the taxonomy"),
        (None, put(lambda one: one, "record", {"purchase": {"date": "today"}}), "Invalid RFC3339"),
    ],
)
async def test_a_manifest_or_scenario_with_a_problem_fails_check_1(
    tmp_path: Path,
    manifest: Change | None,
    scenarios: Change | None,
    said: str,
) -> None:
    """And every other check with it: nothing can be tried."""
    folder = copied(tmp_path, "acme", manifest, scenarios)
    card = await runner.examined(folder)
    assert {one.status for one in card.results} == {Status.FAILED}
    assert said in card.results[0].reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: api(one)["http"]["verify"]["answers"].pop(0), "is never absent"),
        (put(lambda one: api(one)["network"], "read_timeout", 20), "longer than send_deadline"),
    ],
)
async def test_a_capability_that_no_step_has_fails_check_2(
    tmp_path: Path,
    change: Change,
    said: str,
) -> None:
    """From the manifest alone."""
    found = runner.subject(copied(tmp_path, "acme", change))
    assert said in await violation(2, found)


async def test_a_key_that_the_manufacturer_forgets_fails_check_2() -> None:
    """It acts a second time on the same key."""

    async def lie(sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        sandbox.world.script.replace([{"fault": "ignore_idempotency"}])
        return await handler(request)

    said = "the same key has another reference"
    assert await violation(2, packaged("acme", lying(lie))) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(lambda one: one, "required_fields", ["customer.tax_id"]), "asked, and not sent"),
        (
            put(lambda one: api(one)["http"]["submit"]["headers"], "X-Phone", "{customer.phone}"),
            "needed, and no required field: customer.phone",
        ),
    ],
)
async def test_a_required_field_without_a_place_fails_check_3(
    tmp_path: Path,
    change: Change,
    said: str,
) -> None:
    """And a place whose field is not required."""
    found = runner.subject(copied(tmp_path, "acme", change))
    assert said in await violation(3, found)


async def test_another_field_matrix_fails_check_4(tmp_path: Path) -> None:
    """The manifest has changed, the committed matrix has not."""
    found = runner.subject(copied(tmp_path, "acme", lambda one: api(one)["fields"].pop()))
    said = "consents.marketing_email is never, the scenarios say sent"
    assert said in await violation(4, found)


async def test_a_valid_record_without_a_plan_fails_check_5(tmp_path: Path) -> None:
    """Either of two fields is needed, and the gateway asks for neither."""
    either = {"from": ["customer.phone", "customer.tax_id"], "to": "contact", "required": True}
    found = runner.subject(
        copied(
            tmp_path,
            "acme",
            lambda one: api(one)["fields"].append(either),
            put(lambda one: one, "valid", []),
        )
    )
    assert "customer.phone is needed" in await violation(5, found)


def test_a_plan_beyond_a_limit_is_none() -> None:
    """The kit looks at what was made."""
    tier = packaged("acme", Seams()).api()
    long = {"brand": "Acme", "product": {"serial_number": "A" * 41}}
    with pytest.raises(Violated, match="longer than its limit"):
        fields.within(tier, Request("POST", f"{fields.BASE}/registrations", {}, {}, long))
    with pytest.raises(Violated, match="leaves its place"):
        fields.within(tier, Request("POST", "https://other.example/", {}, {}, {}))
    with pytest.raises(Violated, match="header breaks"):
        fields.within(tier, Request("POST", f"{fields.BASE}/x", {"X": "a\nb"}, {}, {}))


@pytest.mark.parametrize("form", ["%d/%m", "%H:%M"])
async def test_a_formatter_that_loses_something_fails_check_6(tmp_path: Path, form: str) -> None:
    """A date without its year, or without its day."""
    field = {"from": ["purchase.date"], "to": "day", "with": [{"date": form}]}
    found = runner.subject(copied(tmp_path, "acme", lambda one: api(one)["fields"].append(field)))
    assert await violation(6, found) == "purchase.date: date cannot be read back"


async def test_invalid_input_that_is_taken_fails_check_7(tmp_path: Path) -> None:
    """A pattern that everything matches."""
    loose = put(lambda one: one["identifiers"][0], "patterns", [".*"])
    found = runner.subject(copied(tmp_path, "acme", loose))
    said = "a serial number of somebody else: something was sent"
    assert await violation(7, found) == said


async def test_sending_before_looking_fails_check_7() -> None:
    """The record is refused, and the manufacturer has heard of it."""
    said = "a number that is too long: something was sent"
    assert await violation(7, packaged("samsung", wrapped(Hasty))) == said


@pytest.mark.parametrize(
    ("text", "instead", "said"),
    [
        ("registration_id", "number", "outcome_unknown"),
        ("registered", "noted", "outcome_unknown"),
    ],
)
async def test_a_success_without_a_confirmation_fails_check_8(
    text: str, instead: str, said: str
) -> None:
    """The manufacturer says something else, or names no reference."""
    assert said in await violation(8, packaged("acme", saying(text, instead)))


async def test_a_success_without_an_act_fails_check_8() -> None:
    """The manufacturer says that it did, and did nothing."""

    async def lie(sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        sandbox.world.ledger.clear()
        return response

    said = "plain: 0 acts in the ledger"
    assert await violation(8, packaged("acme", lying(lie))) == said


async def test_another_owner_that_is_taken_for_the_same_fails_check_9() -> None:
    """That would be a success of which the customer has nothing."""
    said = await violation(9, packaged("acme", saying("owned_by_other", "already_registered")))
    assert said.startswith("other_owner: ")


async def test_a_rule_without_a_scenario_fails_check_10(tmp_path: Path) -> None:
    """What nobody tries is not declared."""
    folder = copied(tmp_path, "acme", scenarios=lambda one: one["rows"].pop())
    assert await violation(10, runner.subject(folder)) == "no scenario for rule maintenance"


async def test_a_rule_that_another_one_hides_fails_check_10(tmp_path: Path) -> None:
    """The first that holds counts."""
    hiding = {"name": "all", "when": {"status": [429]}, "code": "not_eligible", "effect": "refused"}
    row = {"rule": "all", "code": "not_eligible", "answer": {"status": 429}}
    folder = copied(
        tmp_path,
        "acme",
        lambda one: api(one)["errors"].insert(0, hiding),
        lambda one: one["rows"].append(row),
    )
    said = "throttled: not_eligible (refused) and not rate_limited"
    assert await violation(10, runner.subject(folder)) == said


@pytest.mark.parametrize(
    ("operation", "when", "said"),
    [
        ("submit", {"status": [200, 201]}, "is a success"),
        ("verify", {"status": [200]}, "says found"),
    ],
)
async def test_success_by_its_status_alone_fails_check_11(
    tmp_path: Path, operation: str, when: Data, said: str
) -> None:
    """Half an expected answer is another answer."""
    answers = put(lambda one: api(one)["http"][operation]["answers"][-1], "when", when)
    reference = put(
        lambda one: api(one)["http"][operation]["answers"][-1], "reference", "registration_id"
    )

    def both(data: Data) -> None:
        answers(data)
        reference(data)

    assert said in await violation(11, runner.subject(copied(tmp_path, "acme", both)))


async def test_an_unknown_answer_taken_for_a_refusal_fails_check_11() -> None:
    """It may have been carried out."""

    def refused(_job: Job, outcome: Outcome) -> Outcome:
        return replace(outcome, effect=Effect.REFUSED) if not outcome.rule else outcome

    said = "200 None has no rule, and is outcome_unknown (refused)"
    assert await violation(11, packaged("acme", telling(refused))) == said


async def test_a_page_taken_for_an_absence_fails_check_12(tmp_path: Path) -> None:
    """A proxy's 404 would send it a second time."""
    absent = {"when": {"status": [404]}, "means": "absent"}
    folder = copied(
        tmp_path, "acme", lambda one: api(one)["http"]["verify"]["answers"].append(absent)
    )
    said = "a look-up answered by a page with 404 says absent"
    assert await violation(12, runner.subject(folder)) == said


async def test_a_time_out_that_hides_its_phase_fails_check_13() -> None:
    """After sending it says that nothing was sent, or before it that nobody knows."""

    def never(_job: Job, outcome: Outcome) -> Outcome:
        return replace(outcome, code=Code.UNAVAILABLE_CONNECT, effect=Effect.NOT_SENT)

    def always(_job: Job, outcome: Outcome) -> Outcome:
        return replace(outcome, code=Code.OUTCOME_UNKNOWN, effect=Effect.UNKNOWN)

    said = "a server that hangs after the request: unavailable.connect (not_sent)"
    assert await violation(13, packaged("acme", telling(never))) == said
    said = "nobody listens, and the effect is unknown"
    assert await violation(13, packaged("acme", telling(always))) == said
