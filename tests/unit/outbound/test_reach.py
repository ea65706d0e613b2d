"""Where one party may be connected to, told by looks; and what settings say of it."""

import asyncio
from dataclasses import replace

import pytest

from registrar.connectors.kit import manifest
from registrar.connectors.kit.addresses import ConnectorSettings
from registrar.connectors.kit.catalogue import PACKAGED, FileCatalogue
from registrar.connectors.kit.web.browser import Browsers, _reach
from registrar.connectors.kit.web.connector import WebConnector
from registrar.outbound import NotAllowed, NotListed, Reach, looked_up, refusal, resolved

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize("host", ["a.example", "A.Example", "a.example."])
def test_a_host_is_the_same_however_it_is_written(host: str) -> None:
    """Its case, and its last dot."""
    assert Reach.of(["https://a.example/path"]).entered(host, 443) is None


@pytest.mark.parametrize(
    ("host", "port"), [("b.example", 443), ("a.example", 80), ("a.a.example", 443), ("", 443)]
)
def test_another_host_is_not_reached(host: str, port: int) -> None:
    """Nor another port of the same one."""
    with pytest.raises(NotListed):
        Reach.of(["https://a.example/path"]).entered(host, port)


def test_only_the_operators_own_word_means_this_host() -> None:
    """A manifest's does not, although it is as plain."""
    told = Reach.of(["http://127.0.0.1:80/"], ["http://127.0.0.1:81/"])
    assert str(told.entered("127.0.0.1", 80)) == "127.0.0.1"
    with pytest.raises(NotAllowed):
        told.entered("127.0.0.1", 81)


@pytest.mark.parametrize("host", ["localhost", "[::1]", "127.0.0.1"])
def test_this_host_has_three_names(host: str) -> None:
    """With which an operator says that it is meant."""
    reach = Reach.of([f"http://{host}:80/"])
    reach.entered(host, 80)
    assert reach.checked(host, 80, ["::1"])


def test_all_addresses_of_a_name_count() -> None:
    """And a name without any leads nowhere."""
    reach = Reach()
    assert [str(one) for one in reach.checked("a", 80, [PUBLIC])] == [PUBLIC]
    for found in ([PUBLIC, "10.0.0.1"], ["127.0.0.1"], []):
        with pytest.raises(NotAllowed):
            reach.checked("a", 80, found)


async def test_an_address_is_not_looked_up() -> None:
    """It is what it is."""

    async def never(host: str, port: int) -> list[str]:
        raise AssertionError((host, port))

    assert [str(one) for one in await resolved(Reach(), PUBLIC, 80, never)] == [PUBLIC]


async def test_what_is_no_name_leads_nowhere() -> None:
    """Too long a label, say."""
    with pytest.raises(OSError, match="no name"):
        await looked_up("a" * 64 + ".example", 80)


def test_a_refusal_is_found_below_other_errors() -> None:
    """However deep; and not where there is none."""
    error, deep = NotAllowed("a"), OSError()
    deep.__cause__, around = error, ValueError()
    around.__context__ = deep
    assert refusal(around) is error
    assert refusal(asyncio.CancelledError()) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://good.example@127.0.0.1/", "user"),
        ("https://:secret@good.example/", "user"),
        ("http://10.0.0.1/", "Internet"),
        ("http://[::ffff:127.0.0.1]/", "Internet"),
        ("http://[fec0::1]/", "Internet"),
        ("http://2130706433/", "Internet"),
        ("http://0x7f.1/", "Internet"),
        ("http://127.0.0.1./", "Internet"),
        ("http://[::1/", "http"),
        ("http://a:port/", "http"),
        ("ftp://a/", "http"),
    ],
)
@pytest.mark.parametrize("name", ["acme", "acme.web"])
def test_an_address_in_the_settings_is_looked_at_at_the_start(
    name: str, url: str, why: str
) -> None:
    """And its manufacturer is put aside alone."""
    secrets = {"acme.api_key": "k"}
    settings = ConnectorSettings({name: url}, secrets, enabled_assumed=True, browser="")
    reason = FileCatalogue(settings).quarantined()["acme"]
    assert why in reason
    assert "secret@" not in reason


@pytest.mark.parametrize(
    ("start", "hosts"),
    [
        ("https://a.example/x", {("a.example", 443), ("b.example", 443)}),
        (
            "http://a.example/x",
            {(host, port) for host in ("a.example", "b.example") for port in (80, 443)},
        ),
        ("https://a.example:8443/x", {("a.example", 8443), ("b.example", 443)}),
    ],
)
def test_a_form_is_reached_in_clear_only_if_it_is_there_so(
    start: str, hosts: set[tuple[str, int]]
) -> None:
    """Its own host at its port, the others at the usual one."""
    reach = _reach(start, ["b.example"])
    assert (reach.hosts, reach.here) == (hosts, frozenset())


@pytest.mark.parametrize("path", ["/register", "//evil.example/", "/https://evil.example/", "/"])
def test_a_form_begins_below_its_address(path: str) -> None:
    """Whatever its manifest says."""
    tier = manifest.load(PACKAGED / "acme" / "manifest.yaml").web
    assert tier is not None
    form = WebConnector(replace(tier, start=path), "1", "http://127.0.0.1:80/acme/", Browsers())
    assert form.start == f"http://127.0.0.1:80/acme/{path.lstrip('/')}"
