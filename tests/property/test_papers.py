"""Any valid record makes a guide and a proof, for every manufacturer, in every language."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press
from registrar.domain.customer import Address, Customer
from registrar.domain.language import SPOKEN
from registrar.domain.outcome import Tier
from registrar.domain.paper import Basis, Paper, Proof, Subject
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import Action, ActionKind
from registrar.domain.submission import Submission
from registrar.testing.papers_suite import subject as sample

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KNOWN = FileCatalogue(ConnectorSettings())
BY_HAND = sorted(key for key, one in KNOWN.manufacturers().items() if one.listing(Tier.MANUAL))

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=256)
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40)
SUBJECTS = st.builds(
    lambda maker, name, serial, day, country, kind, lines: (
        maker,
        name,
        serial,
        day,
        country,
        kind,
        lines,
    ),
    st.sampled_from(BY_HAND),
    NAMES,
    ASCII,
    st.dates(date(1990, 1, 1), NOW.date()),
    st.sampled_from(["DE", "US", "JP", "TW", "KR", "IL", "XX"]),
    st.sampled_from(ActionKind),
    st.lists(NAMES, max_size=3),
)


def subject(drawn: tuple[Any, ...]) -> Subject:
    """Of what was drawn."""
    key, name, serial, day, country, kind, lines = drawn
    maker = KNOWN.manufacturers()[key]
    registration = sample(
        manufacturer_id=key,
        brand=maker.brands[0],
        action=Action(kind, ""),
        manufacturer_reference=serial,
    ).registration
    submission = Submission(
        customer=Customer(
            name, name, "a@example.com", address=Address(tuple(lines), name, country)
        ),
        product=Product(serial, name=name),
        purchase=Purchase(day, country, retailer=name),
    )
    return Subject(registration, submission, maker, NOW.date())


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One for all examples: a press belongs to its loop."""
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def papers(loop: asyncio.Runner) -> Iterator[TypstPapers]:
    """One child for all examples."""
    press = Press()
    yield TypstPapers(press)
    loop.run(press.close())


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(drawn=SUBJECTS, language=st.sampled_from(SPOKEN), basis=st.sampled_from(Basis))
def test_any_valid_record_is_printed(
    papers: TypstPapers, loop: asyncio.Runner, drawn: tuple[Any, ...], language: str, basis: Basis
) -> None:
    """Whatever people are called: as PDF/UA-1, which refuses a character without a glyph."""
    about = subject(drawn)
    guide = KNOWN.guide(about.registration, about.submission, language)
    assert guide is not None
    made: list[Paper] = [
        loop.run(papers.guide(about, guide, language)),
        loop.run(papers.proof(about, Proof(NOW, basis, None, "assumed"), language)),
    ]
    assert [one.content[:5] for one in made] == [b"%PDF-"] * 2
