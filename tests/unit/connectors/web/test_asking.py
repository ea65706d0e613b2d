"""What the page of fields says of forms, beside what the forms' connectors do."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from registrar.connectors.kit import mapping, probe, reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import load
from registrar.connectors.kit.manifest.web import WebTier
from registrar.connectors.kit.manifest.web import web as read
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web.asking import asked
from registrar.connectors.kit.web.browser import Browsers
from registrar.connectors.kit.web.connector import WebConnector
from registrar.connectors.kit.web.values import Upload
from registrar.ports.connector import Job
from registrar.testing.conformance import scenarios

TIER: dict[str, Any] = {
    "start": "/",
    "fields": [
        {"from": ["product.serial_number"], "to": "serial", "required": True},
        {"from": ["product.model_number", "product.name"], "to": "model", "required": True},
        {"from": ["customer.given_name", "customer.family_name"], "to": "name", "take": "all"},
        {"from": ["customer.phone"], "to": "phone"},
        {
            "from": ["customer.company"],
            "to": "company",
            "required": {"when": {"path": "customer.type", "in": ["business"]}},
        },
        {"from": ["product.identifiers[kind=imei]"], "to": "imei"},
    ],
    "steps": [
        {
            "name": "first",
            "ready": {"heading": "a"},
            "fill": [
                {"label": "Serial", "value": "serial"},
                {"label": "Model", "value": "model"},
                {"label": "Name", "value": "name"},
                {"label": "Company", "value": "company"},
            ],
            "next": "Continue",
        },
        {
            "name": "more",
            "when": {"path": "usage", "in": ["commercial"]},
            "ready": {"heading": "b"},
            "fill": [
                {"label": "Telephone", "value": "phone"},
                {"label": "Receipt", "upload": {"types": ["application/pdf"], "most": 9}},
            ],
            "next": "Continue",
        },
        {
            "name": "last",
            "ready": {"heading": "c"},
            "fill": [
                {"label": "IMEI", "value": "imei", "when": {"path": "brand", "in": ["Acme"]}},
                {"label": "Terms", "consent": "consents.terms"},
                {"label": "Offers", "consent": "consents.marketing_email"},
            ],
            "send": "Register",
        },
    ],
    "pages": [],
}


def test_each_field_is_asked_as_the_steps_say() -> None:
    """Required, in the place of another, of some alone, agreed to, or never."""
    said = {path: word for path, word in asked(read(TIER)).items() if word != probe.NEVER}
    assert said == {
        "brand": "sent",
        "customer.given_name": "sent",
        "customer.family_name": "sent",
        "customer.type": "sent",
        "customer.phone": "sent of some",
        "customer.company": "required of some",
        "product.serial_number": "required",
        "product.model_number": "sent",
        "product.name": "instead of product.model_number",
        "product.identifiers": "sent of some",
        "purchase.proofs": "sent of some",
        "consents.terms": "sent",
        "usage": "sent",
    }


def test_without_a_form_nothing_is_asked() -> None:
    """Of any path."""
    assert set(asked(None).values()) == {probe.NEVER}


FORMS = [path.parent for path in reading.files(PACKAGED) if load(path).web]


def tier(folder: Path) -> WebTier:
    """Of a packaged manufacturer."""
    found = load(folder / reading.FILE).web
    assert found is not None
    return found


def filled(form: WebTier, job: Job) -> list[tuple[str, str, object]] | None:
    """All that goes into the form; None where the record is not one for it."""
    try:
        values = WebConnector(form, "1", "https://forms.example", Browsers()).values(job)
    except Unmappable:
        return None
    if not mapping.meets(form.when, values.record):
        return None
    proven = Upload("application/pdf", b"%PDF") if job.submission.purchase.proofs else None
    values = dataclasses.replace(values, proof=proven)
    return [
        (step.name, f"{fill.label}{fill.group}", values.wanted(fill) if not fill.advertises else "")
        for step in form.steps
        if mapping.meets(step.when, values.record)
        for fill in step.fill
        if values.concerns(fill)
    ]


def with_proof(job: Job) -> Job:
    """Of the purchase."""
    purchase = replace(job.submission.purchase, proofs=("art_1",))
    return replace(job, submission=replace(job.submission, purchase=purchase))


@pytest.mark.parametrize("folder", FORMS, ids=lambda one: one.name)
def test_the_forms_do_what_is_said_of_them(folder: Path) -> None:
    """Without what is required nothing is filled in, and without what is never asked all is."""
    form = tier(folder)
    said = asked(form)
    jobs = [with_proof(one.job()) for one in scenarios.load(folder).valid]
    fitting = [one for one in jobs if filled(form, one) is not None]
    assert fitting
    for job in fitting:
        without = {path: filled(form, probe.blanked(job, path)) for path in said}
        refused = {path for path, made in without.items() if made is None}
        same = {path for path, made in without.items() if made == filled(form, job)}
        required = {path for path, word in said.items() if word == probe.REQUIRED}
        never = {path for path, word in said.items() if word == probe.NEVER}
        assert required - refused == set()
        assert never - same == set()
