"""The section `lookup`: checked, listed, and off until it is configured."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.manifests import hammer, looked_up

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.manifest import load
from registrar.domain.errors import ConfigurationError
from registrar.domain.manufacturer import LookupListing
from registrar.domain.outcome import Tier


@pytest.mark.parametrize("enabled", [False, True])
def test_a_look_up_is_off_until_it_has_an_address(tmp_path: Path, *, enabled: bool) -> None:
    """Listed with its evidence, and what it can tell."""
    urls = {"hammer.lookup": "https://api.hammer.example"} if enabled else {}
    settings = ConnectorSettings(urls, {"hammer.key": "k"})
    catalogue = FileCatalogue(settings, hammer(tmp_path, lookup=looked_up()))
    assert catalogue.quarantined() == {}
    assert catalogue.manufacturers()["hammer"].lookup == LookupListing(
        "business", "documented", enabled, ("hammer.example/api",), precheck=True, verify=True
    )


def test_a_look_up_without_its_secret_is_named(tmp_path: Path) -> None:
    """Half configured is a mistake."""
    settings = ConnectorSettings({"hammer.lookup": "https://api.hammer.example"})
    catalogue = FileCatalogue(settings, hammer(tmp_path, lookup=looked_up()))
    assert catalogue.quarantined() == {"hammer": "hammer.lookup: no secret hammer.key"}


def test_a_manufacturer_has_a_route(tmp_path: Path) -> None:
    """A look-up alone registers nothing."""
    hammer(tmp_path, tiers={}, lookup=looked_up())
    with pytest.raises(ConfigurationError, match=r"\$\.tiers"):
        load(tmp_path / "hammer" / "manifest.yaml")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("http", "precheck", "answers", 0, "means"), "registered", "'registered' is not one of"),
        (("http", "precheck", "answers", 0, "canonical"), "a.b", "no canonical path: a.b"),
        (("http", "precheck", "method"), "PUT", "'PUT' is not one of"),
        (("http", "precheck", "body"), "fields", "there are no fields to send"),
        (("http", "precheck", "query"), {"s": "{product.serial}"}, "no canonical path"),
        (("http", "precheck", "headers"), {"x-key": "1"}, "auth gives this header"),
        (("http", "verify", "answers"), [{"when": {"status": [200]}, "means": "found"}], "none of"),
        (("http",), {}, "lookup.http"),
        (("when",), {"path": "customer.sort", "in": ["business"]}, "when.path: no canonical"),
        (("when",), {"path": "customer.type", "in": ["firm"]}, "customer.type is never firm"),
        (("capabilities",), {}, "'capabilities' was unexpected"),
    ],
)
def test_a_wrong_look_up_is_refused_with_its_place(
    tmp_path: Path, place: tuple[str | int, ...], value: object, said: str
) -> None:
    """It has no capabilities, and no way to register."""
    section: Any = looked_up()
    holder = section
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    hammer(tmp_path, lookup=section)
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "hammer" / "manifest.yaml")
    assert said in str(caught.value)


def test_a_get_has_no_body(tmp_path: Path) -> None:
    """Nobody would read it."""
    section: dict[str, Any] = looked_up() | {"fields": [{"from": ["brand"], "to": "brand"}]}
    section["http"]["verify"]["body"] = "fields"
    hammer(tmp_path, lookup=section)
    with pytest.raises(ConfigurationError, match="a GET has no body"):
        load(tmp_path / "hammer" / "manifest.yaml")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, timedelta(hours=6)), ({"watch_interval": 600}, timedelta(minutes=10))],
)
def test_a_look_up_that_verifies_watches_at_its_pace(
    tmp_path: Path, changes: dict[str, Any], expected: timedelta
) -> None:
    """Six hours, if nothing else is stated."""
    assert _watched(hammer(tmp_path, lookup=looked_up() | changes)) == expected


def test_a_look_up_that_cannot_tell_watches_nothing(tmp_path: Path) -> None:
    """It is only asked before a person is."""
    section = looked_up()
    del section["http"]["verify"]
    assert _watched(hammer(tmp_path, lookup=section)) is None


def _watched(folder: Path) -> timedelta | None:
    urls = {"hammer.lookup": "https://api.hammer.example"}
    catalogue = FileCatalogue(ConnectorSettings(urls, {"hammer.key": "k"}), folder)
    found = catalogue.connector("hammer", Tier.MANUAL)
    assert found is not None
    return found.capabilities.watch_interval
