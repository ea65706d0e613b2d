"""partner-v1: the published document is valid, and what the sandbox says fits it."""

from pathlib import Path
from typing import Any

import jsonschema
import yaml
from openapi_spec_validator import validate
from tests.integration.sandbox.test_sandbox import KEY, Session, body, post
from tests.manifests import packaged

DOCUMENT = Path(__file__).parents[3] / "docs" / "partner-api" / "openapi.yaml"
SPEC: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))


def fits(name: str, value: object) -> None:
    """A value and one of the document's schemas."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": SPEC["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


def test_the_document_is_openapi() -> None:
    """3.1, whole."""
    validate(SPEC)


async def test_every_answer_of_the_sandbox_fits(session: Session) -> None:
    """Registered, repeated, found, and each refusal."""
    fits("NewRegistration", body())
    for sent, key, name in (
        (body(), "k1", "Registration"),
        (body(), "k1", "Registration"),
        (body("AC26XY000009"), "k1", "Problem"),
        (body(), "k2", "Problem"),
        (body(email="eve@example.com"), "k3", "Problem"),
        ({}, "k4", "Problem"),
        (body(), "", "Problem"),
    ):
        fits(name, (await post(session, sent, key))[1])
    url = "/acme/partner/v1/registrations"
    both = {"serial_number": "AC26XY000001", "owner_email": "ada@example.com"}
    async with session.get(url, params=both, headers=KEY) as reply:
        fits("Found", await reply.json())
    async with session.get(url, params=both) as reply:
        fits("Problem", await reply.json())


def test_the_manifest_knows_every_code_of_the_document() -> None:
    """Or it is one that a registration cannot be answered with."""
    codes = set(SPEC["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    rules = packaged("acme").errors
    named = {value for rule in rules for value in rule.when.values}
    by_status = {"unauthorized", "forbidden", "rate_limited"}
    assert codes - named - by_status == {"not_found", "internal"}
