"""`registrar connectors new`: by options, on a terminal, and as a package of its own."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner
from typer.testing import Result as Ran

from registrar.cli import main
from registrar.connectors.kit import reading

NEW = [sys.executable, "-m", "registrar.cli", "connectors", "new", "--output"]
ANSWERS = "Fenwick\nfenwick\n\nFenwick, Moor\nDE,AT\nletters\nregister-async\nbasic\n"


def run(*arguments: str) -> Ran:
    """In this process; its standard input is no terminal."""
    return CliRunner().invoke(main.build("connectors"), ["connectors", *arguments])


def written(folder: Path) -> dict[str, object]:
    """The manifest's own words."""
    loaded: dict[str, object] = yaml.safe_load((folder / reading.FILE).read_text(encoding="utf-8"))
    return loaded


def test_options_say_everything(tmp_path: Path) -> None:
    """And the folder's name is what standard output has."""
    options = ("--name", "Fenwick & Co", "--brand", "Fenwick", "--brand", "Moor")
    done = run("new", "fenwick", *options, "--country", "DE", "--output", str(tmp_path))
    assert (done.exit_code, done.stdout.strip()) == (0, str(tmp_path / "fenwick"))
    identity = written(tmp_path / "fenwick")["identity"]
    assert identity == {
        "id": "fenwick",
        "name": "Fenwick & Co",
        "brands": ["Fenwick", "Moor"],
        "countries": ["DE"],
        "owner": "connectors",
    }
    assert run("lint", str(tmp_path)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "there is no terminal to ask on"),
        (("Fenwick",), "no id of a manufacturer: 'Fenwick'"),
        (("fenwick", "--country", "de"), "no country by ISO 3166-1 alpha-2: de"),
    ],
)
def test_what_cannot_be_is_wrong_usage(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    """Exit code 2 with the reason, and nothing is written."""
    done = run("new", *arguments, "--output", str(tmp_path))
    assert done.exit_code == 2
    assert reason in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    """Again where an answer is none; an empty one takes what is offered."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - our own program
        [*NEW, str(tmp_path)], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, ANSWERS.encode())
        said, _ = process.communicate(timeout=120)
        os.close(ours)
    assert said.decode().strip() == str(tmp_path / "fenwick")
    found = written(tmp_path / "fenwick")
    identity, tiers = found["identity"], found["tiers"]
    assert isinstance(identity, dict)
    assert isinstance(tiers, dict)
    assert identity["name"] == "Fenwick"
    assert identity["brands"] == ["Fenwick", "Moor"]
    assert identity["countries"] == ["DE", "AT"]
    assert tiers["api"]["auth"]["kind"] == "basic"
    assert tiers["api"]["capabilities"]["verify"] == "eventual"


def built(source: Path, site: Path) -> None:
    """The wheel of a project, installed where `site` is."""
    for command in (
        ("hatchling", "build", "-t", "wheel", "-d", "dist"),
        ("pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(site)),
    ):
        wheels = [str(one) for one in source.glob("dist/*.whl")]
        subprocess.run([sys.executable, "-m", *command, *wheels], cwd=source, check=True)  # noqa: S603 - our own interpreter


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_package_is_built_found_and_tested_by_itself(tmp_path: Path) -> None:
    """Its own tests: one finds the entry point, the kit's fail in check 1 alone."""
    assert run("new", "fenwick", "--package", "--output", str(tmp_path)).exit_code == 0
    source, site = tmp_path / "registrar-fenwick", tmp_path / "site"
    built(source, site)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1, done.stdout + done.stderr
    assert "01 schema and lints" in failed[0]
    assert "1 failed, 22 passed, 3 skipped" in done.stdout
