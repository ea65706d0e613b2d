"""Steps and answers that are meant for some records alone: checked, and left out of the others."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.manifests import hammer, looked_up

from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.manifest import load
from registrar.domain.customer import Address, Customer
from registrar.domain.errors import ConfigurationError
from registrar.domain.guide import Guide
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase, PurchaseChannel
from registrar.domain.submission import Submission
from registrar.ports.connector import Job


def guided(folder: Path, channel: str, serial: str = "83WUG49") -> Guide:
    """Of a product that came through this channel."""
    submission = Submission(
        Customer("Ada", "King", "ada@example.com", address=Address(("Weg 1",), "Berlin", "DE")),
        Product(serial),
        Purchase(date(2026, 11, 10), "DE", channel=PurchaseChannel(channel)),
    )
    made = guide(load(folder / "manifest.yaml"), Job("reg_1", "reg_1", "Dell", submission))
    assert made is not None
    return made


def _refused(folder: Path, **changes: Any) -> str:  # noqa: ANN401 - any section
    hammer(folder, **changes)
    with pytest.raises(ConfigurationError) as caught:
        load(folder / "hammer" / "manifest.yaml")
    return str(caught.value)


def _manual(*steps: dict[str, Any]) -> dict[str, Any]:
    head = {"audience": "anyone", "evidence": "documented", "sources": ["hammer.example"]}
    return {"manual": head | {"steps": list(steps)}}


TRANSFER = {"text": "Transfer it.", "when": {"path": "purchase.channel", "in": ["used"]}}


@pytest.mark.parametrize(
    ("channel", "texts"), [("used", ["Open.", "Transfer it."]), ("retail", ["Open."])]
)
def test_a_step_may_be_told_of_some_records_alone(
    tmp_path: Path, channel: str, texts: list[str]
) -> None:
    """The others are not bothered with it."""
    hammer(tmp_path, tiers=_manual({"text": "Open."}, TRANSFER))
    assert [one.text for one in guided(tmp_path / "hammer", channel).steps] == texts


@pytest.mark.parametrize(
    ("channel", "texts"),
    [
        ("used", ["Open.", "Transfer it."]),
        ("gift", ["Open.", "Transfer it."]),
        ("retail", ["Open."]),
    ],
)
def test_a_step_may_be_told_of_all_but_some(tmp_path: Path, channel: str, texts: list[str]) -> None:
    """Those are named."""
    rest = {"path": "purchase.channel", "not_in": ["retail", "direct"]}
    hammer(tmp_path, tiers=_manual({"text": "Open."}, {"text": "Transfer it.", "when": rest}))
    assert [one.text for one in guided(tmp_path / "hammer", channel).steps] == texts


def test_what_is_not_said_is_none_of_the_named(tmp_path: Path) -> None:
    """So a condition and its opposite hold for every record together."""
    steps = [
        {"text": text, "when": {"path": "purchase.retailer", key: ["MediaHaus"]}}
        for text, key in (("Its own.", "in"), ("Another.", "not_in"))
    ]
    hammer(tmp_path, tiers=_manual({"text": "Open."}, *steps))
    told = [one.text for one in guided(tmp_path / "hammer", "retail").steps]
    assert told == ["Open.", "Another."]


def test_a_guide_always_says_something(tmp_path: Path) -> None:
    """Not every step may have a condition."""
    said = _refused(tmp_path, tiers=_manual(TRANSFER))
    assert "each of them has a condition" in said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"path": "purchase.kind", "in": ["used"]}, "no canonical path: purchase.kind"),
        ({"path": "purchase.channel", "in": ["found"]}, "purchase.channel is never found"),
        ({"path": "purchase.channel", "not_in": ["lost"]}, "purchase.channel is never lost"),
    ],
)
def test_a_condition_that_no_record_meets_is_refused(
    tmp_path: Path, when: dict[str, Any], said: str
) -> None:
    """Of a step, and of an answer."""
    of_a_step = _refused(tmp_path, tiers=_manual({"text": "Open."}, {"text": "Go.", "when": when}))
    section = looked_up()
    section["http"]["precheck"]["answers"][0]["where"] = when
    of_an_answer = _refused(tmp_path, lookup=section)
    assert (said in of_a_step, said in of_an_answer) == (True, True)


def test_a_field_in_an_address_must_be_mapped(tmp_path: Path) -> None:
    """With its place."""
    section = looked_up()
    section["http"]["precheck"]["query"] = {"serial": "{field:serial}"}
    assert "no field goes to serial" in _refused(tmp_path, lookup=section)
