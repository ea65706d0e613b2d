"""What every `ports.papers.Papers` must do. A module that imports it has two fixtures.

`papers`, and `read`: what a reader sees of a paper, as one string with single blanks.
"""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as changed
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from registrar.domain.customer import Customer
from registrar.domain.guide import Guide, GuideStep, Prefilled, ProofOfPurchase
from registrar.domain.language import SPOKEN
from registrar.domain.manufacturer import Manufacturer, Privacy
from registrar.domain.outcome import Tier
from registrar.domain.paper import Basis, Paper, Proof, Subject
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import (
    Action,
    ActionKind,
    Priority,
    Registration,
    Result,
    State,
)
from registrar.domain.submission import Submission
from registrar.ports.papers import Papers

Read = Callable[[Paper], str]

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
HOSTILE = '#eval("1+1") *bold* _low_ $x^2$ `raw` <label> @ref \\ #import "x"'
MAKER = Manufacturer(
    id="hammer",
    name="Hämmer & Söhne",
    brands=("Hammer",),
    countries=("DE",),
    version="1",
    identifiers=(),
    required_fields=(),
    tiers=(),
    privacy=Privacy(contact="privacy@hammer.example"),
)
GUIDE = Guide(
    steps=(
        GuideStep("Open the page."),
        GuideStep(
            "Fill in what is asked.",
            (
                Prefilled("product.serial_number", "Serial number", "SN-0001"),
                Prefilled("product.model_number", "Model", ""),
            ),
        ),
        GuideStep("Send it."),
    ),
    link="https://hammer.example/register?serial=SN-0001",
    register_by=date(2026, 12, 1),
    register_for="extension",
    proof=ProofOfPurchase(
        required=True,
        media_types=("application/pdf", "image/png"),
        max_bytes=5_000_000,
        notes="A receipt.",
    ),
    contact="+49 30 1234567",
    follow_up_days=14,
    evidence="observed",
    notes=("Each battery is a registration of its own.",),
)


def subject(name: str = "Bohrhammer", **changes: object) -> Subject:
    """A drill that waits for a person; `changes` are those of the registration."""
    registration = Registration(
        id="reg_1",
        tenant_id="t",
        request_id="q",
        manufacturer_id=MAKER.id,
        brand="Hammer",
        state=State.ACTION_REQUIRED,
        revision=3,
        priority=Priority.NORMAL,
        allowed_tiers=(Tier.MANUAL,),
        created_at=NOW,
        updated_at=NOW,
        tier=Tier.MANUAL,
        action=Action(ActionKind.FILE_MANUALLY, "Register it."),
    )
    submission = Submission(
        customer=Customer("Ada", "Lovelace", "ada@example.com"),
        product=Product("SN-0001", name=name),
        purchase=Purchase(date(2026, 11, 3), "DE", retailer="Laden"),
    )
    made = replace(registration, **changes)
    return Subject(made, submission, MAKER, TODAY)


DAYS = {
    "en": "December 1, 2026",
    "de": "1. Dezember 2026",
    "fr": "1 décembre 2026",
    "es": "1 de diciembre de 2026",
}


@pytest.mark.parametrize("language", SPOKEN)
async def test_a_guide_speaks_the_language_it_is_asked_in(
    papers: Papers, read: Read, language: str
) -> None:
    """Its fixed words and its dates; what it names is in it."""
    paper = await papers.guide(subject(), GUIDE, language)
    seen = read(paper)
    assert (paper.language, len(paper.digest)) == (language, 64)
    for word in (DAYS[language], "SN-0001", "+49 30 1234567", "reg_1", GUIDE.link, "A receipt."):
        assert word in seen


async def test_the_same_order_gives_the_same_paper(papers: Papers) -> None:
    """So that one who asks again can compare."""
    first = await papers.guide(subject(), GUIDE, "en")
    assert await papers.guide(subject(), GUIDE, "en") == first


async def test_what_is_missing_is_said_to_be(papers: Papers, read: Read) -> None:
    """And gathered where a reader begins."""
    seen = read(await papers.guide(subject(), GUIDE, "en"))
    assert "Missing: please add" in seen
    assert "Have this at hand" in seen


async def test_a_hostile_name_is_only_a_name(papers: Papers, read: Read) -> None:
    """Whatever it looks like in some markup."""
    seen = read(await papers.guide(subject(HOSTILE), GUIDE, "en"))
    assert HOSTILE in seen or HOSTILE.replace("\\", "\\\\").replace('"', '\\"') in seen


async def test_who_may_have_succeeded_is_told_to_look_first(papers: Papers, read: Read) -> None:
    """Or it would be registered twice."""
    unclear = subject(action=Action(ActionKind.CONFIRM_OUTCOME, "Look."))
    assert "Look first" in read(await papers.guide(unclear, GUIDE, "en"))
    assert "Look first" not in read(await papers.guide(subject(), GUIDE, "en"))


@pytest.mark.parametrize(
    ("basis", "sentence"),
    [
        (Basis.ANSWER, "confirmed it in its own answer"),
        (Basis.LOOKUP, "looked up"),
        (Basis.PERSON, "A person told us so on November 25, 2026. We have not verified it"),
    ],
)
async def test_a_proof_says_how_it_is_known(
    papers: Papers, read: Read, basis: Basis, sentence: str
) -> None:
    """With the reference, and no more certainty than there is."""
    done = subject(
        state=State.SUCCEEDED,
        result=Result.REGISTERED,
        tier=Tier.API,
        action=None,
        manufacturer_reference="R-77",
    )
    paper = await papers.proof(done, Proof(NOW, basis, None, "observed"), "en")
    seen = read(paper)
    assert "R-77" in seen
    assert sentence in seen
    assert ("is not documented by the manufacturer" in seen) == (basis is not Basis.PERSON)


async def test_a_proof_of_a_fictitious_manufacturer_proves_nothing(
    papers: Papers, read: Read
) -> None:
    """And says so; a reference that was never given is not made up."""
    real = subject(state=State.SUCCEEDED, result=Result.ALREADY_REGISTERED, tier=None, action=None)
    unreal = changed(real, manufacturer=changed(MAKER, fictitious=True))
    seen = read(await papers.proof(unreal, Proof(NOW, Basis.ANSWER), "en"))
    assert "is not a real manufacturer" in seen
    assert "The manufacturer gave none" in seen
    assert "already registered to this owner" in seen
