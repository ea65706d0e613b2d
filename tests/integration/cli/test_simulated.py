"""What `dev` configures: every route that the sandbox can play, and no guess about the others."""

import json
from pathlib import Path

import pytest
from tests.manifests import hammer

from registrar.cli import demo, simulated
from registrar.client import Client
from registrar.client.messages import Manufacturer, SubmitRegistrationRequest
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Tier
from registrar.sandbox.profiles import packaged, profiles

BASE = "http://127.0.0.1:1"
OURS = {"bosch", "ge", "lg", "milwaukee", "sony", "whirlpool"}
"""Reached by our contract alone, if there were one."""


def _dev(*, assumed: bool) -> FileCatalogue:
    settings = ConnectorSettings(simulated.urls(BASE), simulated.secrets(), assumed)
    return FileCatalogue(settings)


def _by_api(catalogue: FileCatalogue) -> set[str]:
    makers = catalogue.manufacturers()
    return {key for key, one in makers.items() if Tier.API in one.offered}


def test_nothing_is_half_configured() -> None:
    """Each route has all its secrets, and nobody is put aside."""
    catalogue = _dev(assumed=True)
    assert catalogue.quarantined() == {}
    held = {key: catalogue.held(key, Tier.API) for key in catalogue.manufacturers()}
    assert [one for one in held.values() if one] == []


def test_an_assumed_route_waits_for_the_switch_in_dev_too() -> None:
    """The addresses are there; the six are reached once it is set."""
    without, with_it = _by_api(_dev(assumed=False)), _by_api(_dev(assumed=True))
    assert {"acme", "samsung"} <= without
    assert with_it - without == OURS


def test_every_address_is_one_of_the_sandbox() -> None:
    """A token service lies below its manufacturer's interface, or beside it."""
    known = [one.base for one in profiles(packaged())]
    found = simulated.urls(BASE)
    assert {"acme", "samsung", "samsung.token"} <= set(found)
    assert [
        url for url in found.values() if not url.startswith(tuple(BASE + one for one in known))
    ] == []


def test_one_that_nobody_plays_has_no_address(tmp_path: Path) -> None:
    """And one whose manifest is wrong is the catalogue's to tell of."""
    folder = hammer(tmp_path)
    (folder / "hammer" / "scenarios.yaml").write_text("record: {brand: Hammer}\n")
    (folder / "broken").mkdir()
    (folder / "broken" / "manifest.yaml").write_text("identity: [")
    assert (simulated.urls(BASE, folder), simulated.secrets(folder)) == ({}, {})


def test_whoever_has_an_account_is_given_a_session() -> None:
    """Of the sandbox's host, as a browser's storage has it."""
    found = simulated.sessions(BASE)
    makers = ("apple", "bosch", "ge", "microsoft", "samsung", "sony")
    assert sorted(found) == [f"{one}.web_session" for one in makers]
    state = json.loads(found["apple.web_session"])
    assert [one["domain"] for one in state["cookies"]] == ["127.0.0.1"]


class _Two(Client):
    """That knows of two manufacturers."""

    def __init__(self) -> None:
        """Without a channel."""

    async def manufacturers(self) -> list[Manufacturer]:
        """Both."""
        return [Manufacturer(id="acme"), Manufacturer(id="lg")]


async def test_the_demo_takes_who_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    """And says who is not."""
    wanted = [SubmitRegistrationRequest(manufacturer_id=one) for one in ("lg", "hp", "acme", "hp")]
    served = await demo._served(_Two(), wanted)  # noqa: SLF001 - the command runs a whole system
    assert [one.manufacturer_id for one in served] == ["lg", "acme"]
    assert "not loaded here: hp" in capsys.readouterr().err
