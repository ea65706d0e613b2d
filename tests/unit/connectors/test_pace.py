"""What a gate holds a connector to, from its manifest."""

from dataclasses import replace

import pytest

from registrar.connectors.kit import manifest, pace
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.hooks.declared import Hook
from registrar.domain.manufacturer import Limits, QuietHours, RateWindow
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.resilience.settings import Settings, Window
from registrar.testing.manufacturer import LedgerConnector

ACME = manifest.load(PACKAGED / "acme" / "manifest.yaml")
NOON = 1_764_417_600_000
"""29 November 2025, 12:00 UTC."""


def test_what_is_stated_is_kept() -> None:
    """Windows, at once, a day, quiet hours, and when it counts as failing."""
    limits = Limits(
        windows=(RateWindow(5, 60),),
        concurrency=3,
        daily_requests=100,
        daily_zone="UTC",
        quiet=(QuietHours("11:00", "13:00", "UTC"),),
    )
    maker = replace(ACME.manufacturer, limits=limits, max_in_flight=9)
    loaded = replace(ACME, manufacturer=maker, resilience=Settings(failure_rate=250, min_calls=4))
    connector = LedgerConnector(Capabilities("strong", "key"))
    made = pace.settings(loaded, Tier.API, connector, NOON)
    assert (made.windows, made.concurrency, made.daily) == ((Window(5, 60_000),), 3, 100)
    assert (made.failure_rate, made.min_calls, made.open_for) == (250, 4, 30_000)
    assert any(start <= NOON < end for start, end in made.days)
    assert any(start <= NOON < end for start, end in made.quiet)
    assert (made.probed, made.lease) == (True, 30_000)


def test_what_is_not_stated_has_its_default() -> None:
    """As many at once as are released at once; nothing can be asked of what is not in use."""
    loaded = replace(ACME, manufacturer=replace(ACME.manufacturer, limits=Limits()))
    made = pace.settings(loaded, Tier.API, None, NOON)
    usual = Settings(concurrency=ACME.manufacturer.max_in_flight, probed=False, lease=40_000)
    assert replace(made, probing_for=usual.probing_for) == usual
    assert made.probing_for == 80_000


def test_a_form_has_a_persons_pace() -> None:
    """What the manufacturer states is said of its API."""
    limits = Limits(windows=(RateWindow(5, 60),))
    loaded = replace(ACME, manufacturer=replace(ACME.manufacturer, limits=limits, max_forms=3))
    connector = LedgerConnector(Capabilities("none", "none"))
    made = pace.settings(loaded, Tier.WEB, connector, NOON)
    assert (made.windows, made.concurrency, made.slow) == ((), 3, 20_000)


@pytest.mark.parametrize(
    ("step", "sends", "reads"),
    [("submit", 3, 1), ("verify", 1, 3), ("health", 1, 3), ("classify", 1, 1), ("prepare", 1, 1)],
)
def test_a_hook_pays_for_all_that_it_may_send(step: str, sends: int, reads: int) -> None:
    """Where requests are counted."""
    counted = replace(ACME.manufacturer, limits=Limits(windows=(RateWindow(9, 60),)))
    hooked = replace(ACME, manufacturer=counted, hook=Hook(step, "", requests=3))
    made = pace.settings(hooked, Tier.API, None, NOON)
    assert (made.sends, made.reads) == (sends, reads)
    form = pace.settings(hooked, Tier.WEB, None, NOON)
    assert (form.sends, form.reads) == (1, 1)
    free = replace(ACME.manufacturer, limits=Limits(concurrency=2))
    made = pace.settings(replace(hooked, manufacturer=free), Tier.API, None, NOON)
    assert (made.sends, made.reads) == (1, 1)


def test_the_catalogue_gives_the_same_object_until_something_changes() -> None:
    """So that it is packed once; of an unknown manufacturer, the usual."""
    catalogue = FileCatalogue(ConnectorSettings())
    first = catalogue.pace("acme", Tier.API)
    assert catalogue.pace("acme", Tier.API) is first
    assert catalogue.pace("nobody", Tier.API) == Settings()
