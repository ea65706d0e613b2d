"""The field probe, and the page that is made of the functions' table."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.manifests import packaged

from registrar.connectors.kit import mapping, pages, probe
from registrar.connectors.kit.manifest import ApiTier
from registrar.domain.errors import ConfigurationError

DOCS = Path(__file__).parents[3] / "docs" / "connectors"


def tier(fields: str) -> ApiTier:
    """Acme's, with these fields."""
    rules: list[dict[str, Any]] = yaml.safe_load(fields)
    return replace(packaged("acme"), fields=tuple(map(mapping.field_map, rules)))


def test_a_field_is_required_sent_or_never_asked() -> None:
    """Each found by leaving it empty."""
    found = probe.asked(
        tier("""
        - {from: [purchase.date], to: date, required: true}
        - {from: [customer.phone, customer.email], to: contact, required: true}
        - {from: [consents.terms], to: terms}
        """)
    )
    asked = {path: word for path, word in found.items() if word != probe.NEVER}
    assert asked == {
        "idempotency_key": "required",
        "purchase.date": "required",
        "customer.phone": "sent",
        "customer.email": "instead of customer.phone",
        "consents.terms": "sent",
    }


def test_what_only_a_business_is_asked_is_said() -> None:
    """The type itself decides over the request."""
    found = probe.asked(
        tier("""
        - from: [customer.company]
          to: company
          when: {path: customer.type, in: [business]}
          required: true
        """)
    )
    assert found["customer.company"] == "consumer: never, business: required"
    assert found["customer.type"] == "consumer: never, business: sent"


def test_a_manifest_that_no_record_fits_is_told() -> None:
    """A page of guesses would be worse than none."""
    with pytest.raises(ConfigurationError, match=r"a full record does not fit: customer\.email"):
        probe.asked(tier("- {from: [customer.email], to: a, most: 3}"))


def test_every_path_of_the_record_is_probed() -> None:
    """In parts that are sent as one."""
    assert {"brand", "customer.address.lines", "consents.given_at", "usage"} < set(probe.PATHS)
    assert "customer.address" not in probe.PATHS


def test_the_page_of_functions_is_as_their_table() -> None:
    """`registrar connectors functions --output docs/connectors/functions.md` writes it."""
    assert pages.functions() == (DOCS / "functions.md").read_text(encoding="utf-8")
