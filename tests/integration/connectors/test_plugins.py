"""A connector in a wheel of its own: built, installed, found, allowed, and at work."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.connectors.conftest import SECRETS
from tests.integration.connectors.maker import job

from registrar.connectors.kit import plugins
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Code, Effect, Tier
from registrar.sandbox import Sandbox

PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "Registrar.Zenith"
version = "1.0"
[project.entry-points."registrar.manufacturers"]
zenith = "registrar_zenith.manufacturers"
acme = "registrar_zenith.second.acme"
empty = "registrar_zenith.nothing"
[tool.hatch.build.targets.wheel]
packages = ["registrar_zenith"]
"""
LOUD = "raise RuntimeError('a plug-in is data: nobody imports it')\n"
HOOK = """def prepare(record, body):
    return {"body": body | {"brand": "Acme"}}
"""


def project(folder: Path) -> Path:
    """Its sources: zenith, which speaks partner-v1 with a hook, and another acme."""
    package = folder / "registrar_zenith"
    for name in ("manufacturers/zenith", "second/acme"):
        (package / name).mkdir(parents=True)
    acme = (PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8")
    (package / "second/acme/manifest.yaml").write_text(acme, encoding="utf-8")
    zenith = acme.replace("id: acme", "id: zenith", 1).replace("acme.api_key", "zenith.key")
    hooked = zenith.replace("    network: {", "    hook: {step: prepare}\n    network: {", 1)
    (package / "manufacturers/zenith/manifest.yaml").write_text(hooked, encoding="utf-8")
    (package / "manufacturers/zenith/hooks.py").write_text(HOOK, encoding="utf-8")
    (package / "__init__.py").write_text(LOUD, encoding="utf-8")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return folder


def run(*command: str, cwd: Path) -> None:
    """To its end, without a network."""
    subprocess.run([sys.executable, "-m", *command], cwd=cwd, check=True, capture_output=True)  # noqa: S603 - our own interpreter


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel was installed to."""
    source = project(tmp_path_factory.mktemp("zenith"))
    run("hatchling", "build", "-t", "wheel", "-d", str(source / "dist"), cwd=source)
    (wheel,) = (source / "dist").glob("*.whl")
    site = tmp_path_factory.mktemp("site")
    run(
        *("pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(site)),
        str(wheel),
        cwd=source,
    )
    return site


@pytest.fixture
def site(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On the path, as in a virtual environment."""
    monkeypatch.syspath_prepend(str(installed))
    return installed


def test_what_is_not_allowed_is_found_and_not_loaded(site: Path) -> None:
    """Listed, for the operator to decide."""
    catalogue = FileCatalogue(ConnectorSettings())
    found = {(one.distribution, one.name): one.allowed for one in catalogue.plugins()}
    names = ("acme", "empty", "zenith")
    assert found == {("registrar-zenith", name): False for name in names}
    assert "zenith" not in catalogue.manufacturers()
    assert catalogue.quarantined() == {}
    assert "registrar_zenith" not in sys.modules
    assert site.is_dir()


async def test_an_allowed_plugin_registers(site: Path, sandbox: tuple[Sandbox, str]) -> None:
    """With its hook, from its own place."""
    settings = ConnectorSettings(
        {"zenith": f"{sandbox[1]}/acme/partner/v1"},
        {"zenith.key": SECRETS["acme.api_key"]},
        plugins=("registrar_ZENITH",),
    )
    catalogue = FileCatalogue(settings)
    connector = catalogue.connector("zenith", Tier.API)
    assert connector is not None
    outcome = await connector.submit(job())
    await catalogue.close()
    assert (outcome.code, outcome.effect) == (Code.REGISTERED, Effect.ACCEPTED)
    assert len(sandbox[0].world.ledger.report()["effects"]) == 1
    assert "registrar_zenith" not in sys.modules
    assert {one.path.parents[2].parent for one in catalogue.plugins()[2].places} == {site}


@pytest.mark.usefixtures("site")
def test_a_plugin_cannot_take_a_packaged_manufacturers_place() -> None:
    """It is put aside with the reason; one that holds no manifest is, too."""
    catalogue = FileCatalogue(ConnectorSettings(plugins=("registrar-zenith",)))
    wrong = catalogue.quarantined()
    assert set(wrong) == {"registrar-zenith:acme", "registrar-zenith"}
    assert wrong["registrar-zenith:acme"].startswith(f"acme is there already: {PACKAGED}")
    assert wrong["registrar-zenith"].startswith("no manifest.yaml in the package")
    assert {"acme", "zenith"} <= set(catalogue.manufacturers())


def test_without_plugins_there_are_none() -> None:
    """As the tests' own environment is."""
    assert plugins.found(["registrar-zenith"]) == ()
