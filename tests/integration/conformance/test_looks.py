"""What the kit asks of look-ups turns red where it is violated."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from tests.integration.conformance.planted import copied, judged, lying, packaged, violation

from registrar.sandbox import Sandbox
from registrar.testing.conformance import runner
from registrar.testing.conformance.report import Status
from registrar.testing.conformance.subject import Seams

Data = dict[str, Any]


def _answers(data: Data) -> list[Data]:
    """Of verify alone: both look-ups are one object there."""
    http = data["lookup"]["http"]
    http["verify"] = deepcopy(http["precheck"])
    found: list[Data] = http["verify"]["answers"]
    return found


def _alone(data: Data) -> None:
    """Without others in its request: the lints let no answer speak of all of them."""
    del data["lookup"]["http"]["verify"]["batch"]


def _found_always(data: Data) -> None:
    _alone(data)
    _answers(data).insert(0, {"when": {"status": [200, 500]}, "means": "already_registered"})


def _absent_always(data: Data) -> None:
    _alone(data)
    _answers(data).append({"when": {"status": [200, 404]}, "means": "absent"})


def _needs_a_name(data: Data) -> None:
    name = {"from": ["product.name"], "to": "name", "required": True}
    data["lookup"]["fields"].append(name)


def _tells_the_tag(data: Data) -> None:
    tag = "[0].serviceTag"
    answer = {"when": {"status": [200]}, "means": "already_registered", "reference": tag}
    data["lookup"]["http"]["precheck"]["answers"] = [answer]


def _without_session(data: Data) -> None:
    data["lookup"]["errors"][0]["when"] = {"status": [403]}


def _two_more(data: Data) -> None:
    _alone(data)
    _answers(data).append({"when": {"status": [299]}, "means": "found"})
    rule = {"name": "odd", "when": {"status": [298]}, "code": "rate_limited", "effect": "refused"}
    data["lookup"]["errors"].append(rule)


@pytest.mark.parametrize(
    ("check", "change", "said"),
    [
        (5, _needs_a_name, "precheck of a valid record: product.name: is needed"),
        (10, _found_always, "a tag that Dell does not know: verify is answered already_registered"),
        (10, _two_more, "no scenario for rule odd, verify 3"),
        (11, _found_always, "verify, answered 200 None: found"),
        (11, _absent_always, "verify, answered 200 None: absent"),
        (12, _absent_always, "verify, answered by a page with 200: absent"),
        (22, _tells_the_tag, "a look-up, all is well: canary 8 is told"),
        (17, _without_session, "precheck after an expired token tells nothing"),
    ],
)
async def test_a_wrong_manifest_fails(
    tmp_path: Path, check: int, change: Callable[[Data], None], said: str
) -> None:
    """With what was seen instead."""
    subject = runner.subject(copied(tmp_path, "dell", change))
    assert await violation(check, subject) == said


@pytest.mark.parametrize(
    ("check", "row", "change", "said"),
    [
        (9, 1, {"says": {"precheck": "handed_over"}}, "precheck says duplicate.same_owner and not"),
        (10, 0, {"field": "product.model_number"}, "names product.serial_number"),
        (10, 0, {"means": "found"}, "precheck is answered unknown_product"),
        (10, 5, {"rule": "throttled"}, "rule none comes first"),
        (10, 8, {"rule": "token_or_throttled"}, "rule throttled comes first"),
        (10, 8, {"waits": 29}, "waits 0:00:30"),
    ],
)
async def test_a_scenario_that_does_not_hold_fails(
    tmp_path: Path, check: int, row: int, change: Data, said: str
) -> None:
    """Nothing is taken on the word of the scenarios."""

    def changed(data: Data) -> None:
        data["looks"][row] |= change

    subject = runner.subject(copied(tmp_path, "dell", scenarios=changed))
    assert said in await violation(check, subject)


def _acting() -> Seams:
    """A manufacturer that takes a look-up for a registration."""

    async def lie(sandbox: Sandbox, request: web.Request, handler: Handler) -> web.StreamResponse:
        sandbox.world.ledger.write(
            manufacturer="dell", serial_number="T", owner="", key="", body=""
        )
        return await handler(request)

    return lying(lie)


async def test_an_act_of_a_look_up_fails_check_20() -> None:
    """Whoever only looks leaves no trace."""
    assert (await violation(20, packaged("dell", _acting()))).endswith("acts of a look-up")


async def test_a_manufacturer_without_a_look_up_is_not_asked() -> None:
    """Its checks are those of its API."""
    assert (await judged(6, packaged("acme", Seams()))).status is Status.NOT_APPLICABLE
    assert (await judged(20, packaged("acme", Seams()))).status is Status.PASSED


@pytest.mark.parametrize(("check", "status"), [(8, Status.NOT_APPLICABLE), (15, Status.PASSED)])
async def test_a_look_up_alone_is_asked_what_applies(check: int, status: Status) -> None:
    """It has no happy path of its own, and waits as it is told."""
    assert (await judged(check, packaged("dell", Seams()))).status is status
