"""`uses: partner-v1`: one file says of all manufacturers what the contract says."""

from pathlib import Path
from typing import Any

import pytest
from tests.manifests import hammer, packaged

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.manifest import load, problems
from registrar.domain.outcome import Tier

SECTION = {"uses": "partner-v1", "audience": "anyone", "evidence": "assumed", "sources": ["ours"]}
URLS = {"hammer": "https://api.hammer.example/partner/v1"}
SECRETS = {"hammer.api_key": "k"}


def _written(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any key of the section
    hammer(folder, tiers={"api": SECTION | changes})
    return folder / "hammer" / "manifest.yaml"


def test_the_manufacturer_has_its_own_secret_and_all_else_as_the_others(tmp_path: Path) -> None:
    """Acme, which was made up to speak it, is where it stands."""
    made = load(_written(tmp_path)).api
    acme = packaged("acme")
    assert made is not None
    assert (made.secrets, acme.secrets) == ({"hammer.api_key"}, {"acme.api_key"})
    assert (made.fields, made.submit, made.verify) == (acme.fields, acme.submit, acme.verify)
    assert (made.errors, made.capabilities) == (acme.errors, acme.capabilities)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"uses": "partner-v9"}, "$.tiers.api.uses: 'partner-v9' is not one of ['partner-v1']"),
        ({"errors": []}, "$.tiers.api: Additional properties are not allowed"),
        ({"evidence": None}, "$.tiers.api.evidence: None is not one of"),
    ],
)
def test_what_the_contract_says_is_not_said_again(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    """Nor is there a second contract."""
    (found,) = problems(_written(tmp_path, **change))
    assert said in str(found)


@pytest.mark.parametrize(
    ("urls", "secrets", "assumed", "enabled"),
    [
        ({}, {}, False, False),
        (URLS, SECRETS, False, False),
        ({}, SECRETS, True, False),
        (URLS, SECRETS, True, True),
    ],
)
def test_it_takes_an_address_a_secret_and_the_switch(
    tmp_path: Path, urls: dict[str, str], secrets: dict[str, str], *, assumed: bool, enabled: bool
) -> None:
    """An assumed route is off by default, and is listed as what it is."""
    _written(tmp_path)
    catalogue = FileCatalogue(ConnectorSettings(urls, secrets, enabled_assumed=assumed), tmp_path)
    assert catalogue.quarantined() == {}
    listing = catalogue.manufacturers()["hammer"].listing(Tier.API)
    assert listing is not None
    assert (listing.evidence, listing.enabled) == ("assumed", enabled)
    assert (catalogue.connector("hammer", Tier.API) is not None) == enabled


def test_half_a_contract_is_named(tmp_path: Path) -> None:
    """The secret that is missing, of this manufacturer alone; its registrations wait."""
    _written(tmp_path)
    catalogue = FileCatalogue(ConnectorSettings(URLS, {}, enabled_assumed=True), tmp_path)
    assert catalogue.held("hammer", Tier.API) == "hammer: no secret hammer.api_key"
