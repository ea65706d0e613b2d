"""Forms are offered where nobody could fill them, if they are filled elsewhere."""

import base64
from pathlib import Path

import pytest

from registrar.bootstrap.parts import core
from registrar.bootstrap.vaults import migrated
from registrar.config.settings import load
from registrar.domain.customer import CustomerType
from registrar.domain.outcome import Tier
from registrar.domain.plan import Reason, barred


@pytest.mark.parametrize(
    ("told", "reason"), [("off", Reason.NO_BROWSER), ("elsewhere", None), ("/bin/true", None)]
)
async def test_a_form_is_offered_where_somebody_has_a_browser(
    tmp_path: Path, redis_url: str, told: str, reason: Reason | None
) -> None:
    """The process itself starts none."""
    settings = load(
        database_url=f"sqlite:///{tmp_path / 'r.db'}",
        redis_url=redis_url,
        artifacts_url=str(tmp_path / "files"),
        root_key=base64.b64encode(bytes(32)).decode(),
        connector_urls={"acme.web": "http://127.0.0.1:9/acme/web"},
        browser=told,
    )
    await migrated(settings)
    async with core(settings) as parts:
        acme = parts.catalogue.manufacturers()["acme"]
        assert barred(acme, CustomerType.CONSUMER, Tier.WEB) is reason
        assert (parts.catalogue.connector("acme", Tier.WEB) is None) is (reason is not None)
