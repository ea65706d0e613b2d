"""What a look-up asks of a record, and what its answers mean of that record."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.integration.connectors.test_lookups import JOB, connected, says, serving
from tests.manifests import hammer, looked_up

from registrar.domain.outcome import Code, Verdict
from registrar.domain.product import Product
from registrar.domain.purchase import PurchaseChannel
from registrar.ports.connector import Job

TYPED = {"from": ["product.product_number"], "to": "type", "with": [{"first": 4}, {"prefix": "."}]}


def _bought(channel: PurchaseChannel) -> Job:
    purchase = structs.replace(JOB.submission.purchase, channel=channel)
    return structs.replace(JOB, submission=structs.replace(JOB.submission, purchase=purchase))


def _numbered(product_number: str) -> Job:
    product = Product("h1", "DRILL", product_number)
    return structs.replace(JOB, submission=structs.replace(JOB.submission, product=product))


def _of_what_it_sold() -> dict[str, Any]:
    """A known tool is registered if the manufacturer itself has sold it."""
    section = looked_up()
    answer = {
        "when": {"status": [200], "path": "[0].invalid", "in": [False]},
        "where": {"path": "purchase.channel", "in": ["direct"]},
        "means": "already_registered",
    }
    for look in section["http"].values():
        look["answers"] = [answer, *look["answers"]]
    return section


@pytest.mark.parametrize(
    ("channel", "code", "verdict"),
    [
        (PurchaseChannel.DIRECT, Code.DUPLICATE_SAME_OWNER, Verdict.FOUND),
        (PurchaseChannel.RETAIL, Code.HANDED_OVER, Verdict.CANNOT_TELL),
    ],
)
async def test_an_answer_may_mean_something_of_some_records_alone(
    tmp_path: Path, channel: PurchaseChannel, code: Code, verdict: Verdict
) -> None:
    """The next answer that holds counts for the others."""
    async with (
        serving(says({"invalid": False})) as (url, _),
        connected(hammer(tmp_path, lookup=_of_what_it_sold()), url) as manual,
    ):
        outcome = await manual.submit(_bought(channel))
        found = await manual.verify(_bought(channel))
    assert (outcome.code, found.verdict) == (code, verdict)


async def test_an_answer_may_say_what_is_to_be_done(tmp_path: Path) -> None:
    """In the place of the usual sentence."""
    section = looked_up()
    section["http"]["precheck"]["answers"][0]["guidance"] = "Read the plate once more."
    async with (
        serving(says({"invalid": True})) as (url, _),
        connected(hammer(tmp_path, lookup=section), url) as manual,
    ):
        outcome = await manual.submit(JOB)
    assert outcome.user_message == "Read the plate once more."


@pytest.mark.parametrize(
    ("number", "asked"), [("10MM0030US", "/tools?serial=H1.10MM"), ("", "/tools?serial=H1")]
)
async def test_a_mapped_field_may_stand_in_an_address(
    tmp_path: Path, number: str, asked: str
) -> None:
    """One that is not needed and empty is nothing."""
    upper = {"from": ["product.serial_number"], "to": "serial", "with": ["upper"]}
    section: dict[str, Any] = looked_up() | {"fields": [upper, TYPED]}
    section["http"]["precheck"]["query"] = {"serial": "{field:serial}{field:type}"}
    async with (
        serving(says()) as (url, arrived),
        connected(hammer(tmp_path, lookup=section), url) as manual,
    ):
        await manual.submit(_numbered(number))
    assert [one.address for one in arrived] == [asked]


async def test_a_mapped_field_that_is_needed_is_needed_in_an_address(tmp_path: Path) -> None:
    """Nothing is asked without it."""
    section: dict[str, Any] = looked_up() | {"fields": [TYPED | {"required": True}]}
    section["http"]["precheck"]["query"] = {"type": "{field:type}"}
    async with (
        serving(says()) as (url, arrived),
        connected(hammer(tmp_path, lookup=section), url) as manual,
    ):
        outcome = await manual.submit(_numbered(""))
    assert (outcome.code, arrived) == (Code.HANDED_OVER, [])
