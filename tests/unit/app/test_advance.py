"""Which way a registration goes."""

from msgspec.structs import replace

from registrar.app.calling import route
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Registration
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer

STRONG = Capabilities(verify="strong", idempotency="key")


def test_the_route_is_that_of_the_tier(registration: Registration) -> None:
    """None where there is no such route, and none before a registration was submitted."""
    connector = LedgerConnector(STRONG)
    catalogue = OneManufacturer(connector)
    assert route(catalogue, registration) is connector
    assert route(catalogue, replace(registration, tier=Tier.WEB)) is None
    assert route(catalogue, replace(registration, tier=None)) is None
