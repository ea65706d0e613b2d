"""An own `guide.typ` printed in every language, with a record in which something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.manifest import Manifest
from registrar.connectors.kit.paper import guides, own, printing
from registrar.connectors.kit.paper.words import Words
from registrar.domain.customer import Customer
from registrar.domain.language import SPOKEN
from registrar.domain.paper import Subject
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import Action, ActionKind, Priority, Registration, State
from registrar.domain.submission import Submission
from registrar.ports.connector import Job

TODAY = date(2026, 1, 31)


def findings(manifest: Manifest) -> Iterator[own.Finding]:
    """Of a manifest that has been loaded; blocks for a tenth of a second."""
    if manifest.own_guide is None:
        return
    press = printing.press()
    for language in SPOKEN:
        order = {
            "template": own.FILE,
            "source": manifest.own_guide,
            "data": _data(manifest, language),
            "made_at": int(datetime.combine(TODAY, time(), UTC).timestamp()),
        }
        kind, said = printing.printed(press, order)
        if kind != printing.PRINTED:
            yield own.PLACE, f"{own.FILE}: {language}: {said.decode()}"
            return


def _data(manifest: Manifest, language: str) -> dict[str, object]:
    subject = _subject(manifest)
    registration = subject.registration
    job = Job(registration.id, registration.id, registration.brand, subject.submission)
    made = guide(manifest, job, language)
    assert made is not None  # noqa: S101 - an own guide without a manual tier is a finding before
    return guides.data(subject, made, Words(language, subject.manufacturer.name))


def _subject(manifest: Manifest) -> Subject:
    maker, now = manifest.manufacturer, datetime.combine(TODAY, time(), UTC)
    registration = Registration(
        id="reg_sample",
        tenant_id="sample",
        request_id="sample",
        manufacturer_id=maker.id,
        brand=maker.brands[0],
        state=State.ACTION_REQUIRED,
        revision=1,
        priority=Priority.NORMAL,
        allowed_tiers=(),
        created_at=now,
        updated_at=now,
        action=Action(ActionKind.FILE_MANUALLY, ""),
    )
    submission = Submission(
        customer=Customer("Ada", "Lovelace", "ada@example.com"),
        product=Product("SAMPLE0001"),
        purchase=Purchase(date(2026, 1, 1), next(iter(maker.countries), "DE")),
    )
    return Subject(registration, submission, maker, TODAY)
