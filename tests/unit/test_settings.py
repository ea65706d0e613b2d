"""Settings that are more than a value."""

from datetime import timedelta

import pytest

from registrar.config.settings import load
from registrar.domain.errors import ConfigurationError
from registrar.domain.outcome import Tier
from registrar.domain.registration import LATENESS, Priority
from registrar.resilience.quota import USUAL, Quota


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


def test_a_rate_limit_is_set_alone_or_taken_away() -> None:
    """The others stay as they are; of a tenant, only what is said."""
    made = load(rate_limits={"read": {"calls": 5, "seconds": 60}, "user": None})
    assert made.quotas == {**USUAL, "read": Quota(5, 60, 5), "user": None}
    assert load().quotas == USUAL
    made = load(tenant_rate_limits={"shop": {"submit": {"calls": 9, "burst": 90}}})
    assert made.tenant_quotas == {"shop": {"submit": Quota(9, 1, 90)}}
    assert load().tenant_quotas == {}


@pytest.mark.parametrize(
    "given",
    [
        {"write": {"calls": 1}},
        {"read": {"calls": 0}},
        {"read": {"calls": 1, "seconds": 0}},
        {"read": {"calls": 1, "burst": -1}},
        {"read": {"call": 1}},
        {"read": 5},
    ],
)
def test_a_wrong_rate_limit_is_named(given: dict[str, object]) -> None:
    """At the start, by its place."""
    with pytest.raises(ConfigurationError, match=r"REGISTRAR_RATE_LIMITS\.(READ|WRITE)"):
        load(rate_limits=given)
    with pytest.raises(ConfigurationError, match=r"REGISTRAR_TENANT_RATE_LIMITS\.SHOP"):
        load(tenant_rate_limits={"shop": given})


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
