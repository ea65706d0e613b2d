"""A form that only a browser is missing for says so."""

import pytest

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain.customer import CustomerType
from registrar.domain.outcome import Tier
from registrar.domain.plan import Reason, barred

URLS = {"acme.web": "http://127.0.0.1:9/acme/web"}


@pytest.mark.parametrize(
    ("urls", "browser", "reason"),
    [
        (URLS, None, Reason.NO_BROWSER),
        ({}, None, Reason.NOT_CONFIGURED),
        (URLS, "/bin/true", None),
    ],
)
async def test_why_a_form_is_not_in_use(
    urls: dict[str, str], browser: str | None, reason: Reason | None
) -> None:
    """By what this installation has."""
    catalogue = FileCatalogue(ConnectorSettings(urls, browser=browser))
    acme = catalogue.manufacturers()["acme"]
    assert barred(acme, CustomerType.CONSUMER, Tier.WEB) is reason
    await catalogue.close()
