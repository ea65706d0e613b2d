"""Settings that are more than a value."""

from datetime import timedelta

import pytest

from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError
from registrar.domain.outcome import Tier
from registrar.domain.registration import LATENESS, Priority


def test_a_limit_of_lateness_is_set_alone() -> None:
    """The others stay as they are."""
    made = load(backlog_minutes={"bulk": 5})
    assert made.lateness == {**LATENESS, Priority.BULK: timedelta(minutes=5)}
    assert load().lateness == LATENESS


@pytest.mark.parametrize("given", [{"bulk": 0}, {"soon": 5}, {"bulk": "much"}])
def test_a_wrong_limit_of_lateness_is_named(given: dict[str, object]) -> None:
    """At the start."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_BACKLOG_MINUTES"):
        load(backlog_minutes=given)


@pytest.mark.parametrize("given", ["bounces", "a@b@c", "bücher@shop.example", f"{'b' * 36}@c.de"])
def test_a_wrong_address_of_bounces_is_named(given: str) -> None:
    """It and the id of a letter have to fit into a return address."""
    with pytest.raises(ConfigurationError, match="REGISTRAR_BOUNCE_ADDRESS"):
        load(bounce_address=given)


def test_the_routes_of_a_tenant_are_named() -> None:
    """As the contract names them; another word is none."""
    assert load(tenant_tiers={"a": ["api"]}).routes == {"a": frozenset({Tier.API})}
    assert load().routes == {}
    with pytest.raises(ConfigurationError, match="REGISTRAR_TENANT_TIERS"):
        load(tenant_tiers={"a": ["fax"]})
