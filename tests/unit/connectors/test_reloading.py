"""Manifests that change under a running process: what is in force, and what stays reachable."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.reloading import KEPT, Reloading
from registrar.domain.outcome import Tier

SETTINGS = ConnectorSettings({"acme": "http://a.example"}, {"acme.api_key": "k"})
VERSION = 'version: "1"'


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Its manifest, in a folder of one manufacturer."""
    shutil.copytree(PACKAGED / "acme", tmp_path / "acme")
    return tmp_path / "acme" / "manifest.yaml"


@pytest.fixture
def catalogue(acme: Path) -> FileCatalogue:
    """With acme enabled."""
    return FileCatalogue(SETTINGS, acme.parents[1])


def change(path: Path, old: str, new: str) -> None:
    """Of another length, or written at another nanosecond."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def version(catalogue: FileCatalogue, pinned: str = "") -> str | None:
    """Of the connector that is given out."""
    found = catalogue.connector("acme", Tier.API, pinned)
    return found.version if found else None


def test_nothing_is_read_again_that_has_not_changed(catalogue: FileCatalogue) -> None:
    """The connector is the same one."""
    before = catalogue.connector("acme", Tier.API)
    assert catalogue.reload() == {}
    assert catalogue.connector("acme", Tier.API) is before


def test_a_new_version_is_in_force_and_the_old_one_stays(
    catalogue: FileCatalogue, acme: Path
) -> None:
    """For what was sent with it, and for whoever holds it."""
    old = catalogue.connector("acme", Tier.API)
    change(acme, VERSION, 'version: "1.1"')
    assert catalogue.reload() == {"acme": "1.1"}
    assert catalogue.manufacturers()["acme"].version == "1.1"
    assert (version(catalogue), version(catalogue, "1.1")) == ("1.1", "1.1")
    assert catalogue.connector("acme", Tier.API, "1") is old


def test_a_version_that_is_gone_is_stood_in_for_by_one_of_its_major_number(
    catalogue: FileCatalogue, acme: Path
) -> None:
    """By the newest; never by another major, whose look-up may look elsewhere."""
    for new in ("1.1", "1.2", "2"):
        change(acme, "version:", f'version: "{new}" #')
        catalogue.reload()
    assert [version(catalogue, one) for one in ("1.1", "1.9", "2.7")] == ["1.1", "1.2", "2"]
    assert version(catalogue, "3") is None
    assert catalogue.connector("acme", Tier.WEB, "2") is None


def test_old_versions_are_kept_within_bounds(catalogue: FileCatalogue, acme: Path) -> None:
    """The newest so many."""
    for new in range(2, KEPT + 3):
        change(acme, "version:", f'version: "{new}" #')
        catalogue.reload()
    found = [one for one in range(1, KEPT + 3) if version(catalogue, str(one))]
    assert found == list(range(3, KEPT + 3))


def test_a_wrong_change_leaves_the_old_version_in_force(
    catalogue: FileCatalogue, acme: Path
) -> None:
    """And says what is wrong, until it is mended."""
    before = catalogue.connector("acme", Tier.API)
    change(acme, "method: POST", "method: GET")
    assert catalogue.reload() == {}
    assert "a submission is no GET" in catalogue.quarantined()["acme"]
    assert catalogue.manufacturers()["acme"].version == "1"
    assert catalogue.connector("acme", Tier.API) is before
    change(acme, "method: GET", "method: POST")
    assert catalogue.reload() == {}
    assert catalogue.quarantined() == {}
    assert catalogue.connector("acme", Tier.API) is before


def test_a_change_needs_a_new_version(catalogue: FileCatalogue, acme: Path) -> None:
    """Otherwise the one that is pinned on a job would say nothing."""
    change(acme, "max_in_flight: 64", "max_in_flight: 8")
    assert catalogue.reload() == {}
    assert catalogue.quarantined() == {"acme": "it has changed, and is still version 1"}
    assert catalogue.manufacturers()["acme"].max_in_flight == 64
    change(acme, VERSION, 'version: "2"')
    assert catalogue.reload() == {"acme": "2"}
    assert catalogue.manufacturers()["acme"].max_in_flight == 8


def test_a_comment_is_no_change(catalogue: FileCatalogue, acme: Path) -> None:
    """What it means is the same."""
    change(acme, VERSION, f"{VERSION} # the first")
    assert catalogue.reload() == {}
    assert catalogue.quarantined() == {}


def test_a_changed_hook_is_a_change(catalogue: FileCatalogue, acme: Path) -> None:
    """Beside the same manifest, too."""
    change(acme, VERSION, 'version: "2"')
    change(acme, "    network: {", "    hook: {step: health}\n    network: {")
    hook = acme.with_name("hooks.py")
    hook.write_text("def health():\n    return {'well': True}\n")
    assert catalogue.reload() == {"acme": "2"}
    hook.write_text("def health():\n    return {'well': False}\n")
    assert catalogue.reload() == {}
    assert "still version 2" in catalogue.quarantined()["acme"]


def test_a_manifest_that_has_gone_stays_in_force(catalogue: FileCatalogue, acme: Path) -> None:
    """What was sent with it is still verified."""
    shutil.rmtree(acme.parent)
    assert catalogue.reload() == {}
    assert version(catalogue) == "1"


def test_a_route_that_loses_its_ground_is_closed_for_new_work(
    catalogue: FileCatalogue, acme: Path
) -> None:
    """Assumed and not enabled: nothing more is sent, and what was sent is looked up."""
    change(acme, "evidence: documented", "evidence: assumed")
    change(acme, VERSION, 'version: "1.1"')
    assert catalogue.reload() == {"acme": "1.1"}
    assert (version(catalogue), version(catalogue, "1")) == (None, "1")
    assert catalogue.manufacturers()["acme"].offered == ()


def test_the_operators_folder_stands_beside_the_packaged_ones(tmp_path: Path) -> None:
    """A new manufacturer appears; the id of a packaged one is refused."""
    own = tmp_path / "own"
    own.mkdir()
    catalogue = FileCatalogue(ConnectorSettings(folder=own))
    assert "zenith" not in catalogue.manufacturers()
    shutil.copytree(PACKAGED / "acme", own / "zenith")
    change(own / "zenith" / "manifest.yaml", "id: acme", "id: zenith")
    shutil.copytree(PACKAGED / "acme", own / "acme")
    assert catalogue.reload() == {"zenith": "1"}
    assert {"acme", "samsung", "zenith"} <= set(catalogue.manufacturers())
    (refused,) = catalogue.quarantined().items()
    assert refused[0] == f"{own / 'acme'}:acme"
    assert refused[1].startswith("acme is there already: ")


class Counted:
    """A catalogue that counts how often it is asked to read."""

    def __init__(self) -> None:
        self.reloads = 0
        self.wrong: dict[str, str] = {}

    def reload(self) -> Mapping[str, str]:
        """Always finds something, and something wrong."""
        self.reloads += 1
        self.wrong = {"broken": "why"}
        return {"acme": str(self.reloads)}

    def quarantined(self) -> Mapping[str, str]:
        """As it was read last."""
        return self.wrong

    async def rest(self) -> None:
        """Nothing is held."""


async def reloads(catalogue: Counted, number: int) -> None:
    """Until it was asked so many times, at most five seconds."""
    for _ in range(500):
        if catalogue.reloads >= number:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"asked {catalogue.reloads} times")


@pytest.fixture
async def watched() -> AsyncIterator[Counted]:
    """Looked at once an hour."""
    made = Counted()
    task = asyncio.create_task(Reloading(made, 3600).run())
    await asyncio.sleep(0)
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


async def test_a_hangup_asks_at_once(watched: Counted) -> None:
    """Each time; what is wrong is said once."""
    with capture_logs() as lines:
        for number in (1, 2):
            os.kill(os.getpid(), signal.SIGHUP)
            await reloads(watched, number)
        await asyncio.sleep(0.05)
    said = [(one["event"], one["manufacturer"]) for one in lines]
    assert said.count(("manufacturer_reloaded", "acme")) == 2
    assert said.count(("manufacturer_quarantined", "broken")) == 1


async def test_it_looks_every_so_often() -> None:
    """Where nobody asks."""
    made = Counted()
    task = asyncio.create_task(Reloading(made, 0.01).run())
    await reloads(made, 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_off_the_main_thread_it_looks_all_the_same() -> None:
    """As in a worker, whose loop runs in a thread: no signal arrives there."""
    made = Counted()

    async def briefly() -> None:
        task = asyncio.create_task(Reloading(made, 0.01).run())
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await asyncio.to_thread(asyncio.run, briefly())
    assert made.reloads > 1
