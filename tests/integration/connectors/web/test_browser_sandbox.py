"""Chromium holds its pages in a sandbox where it can, and who insists on that gets it or nothing.

The program is a script before the real one, so that kernel and user of the tests do not matter.
"""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from registrar.connectors.kit.web.browser import Browsers, found
from registrar.connectors.kit.web.switches import Sandbox
from registrar.connectors.kit.web.tab import Gone

FORM = "http://127.0.0.1:9/"
WITHOUT = "--no-sandbox"


@dataclass(frozen=True)
class Program:
    """A Chromium of a host that lets users have namespaces, or not."""

    path: Path
    asked: Path

    @staticmethod
    def of(folder: Path, *, lets: bool) -> "Program":
        """It notes what it is started with; the real one is started without, as root needs it."""
        real = found()
        assert real, "no browser of the system: the suite needs one"
        made = Program(folder / "chromium", folder / "asked")
        refusal = "" if lets else f'case "$*" in *{WITHOUT}*) ;; *) exit 1 ;; esac\n'
        made.path.write_text(
            f'#!/bin/sh\necho "$*" >> {shlex.quote(str(made.asked))}\n{refusal}'
            f'exec {shlex.quote(real)} {WITHOUT} "$@"\n'
        )
        made.path.chmod(0o755)
        return made

    async def started(self, sandbox: Sandbox) -> tuple[list[str], list[str]]:
        """With or without one, at each try; and what was said."""
        browsers = Browsers(str(self.path), sandbox=sandbox)
        with capture_logs() as logs:
            try:
                async with browsers.visit(FORM):
                    pass
            except Gone:
                pass
            finally:
                await browsers.close()
        lines = self.asked.read_text().splitlines()
        told = [one["event"] for one in logs if one["event"].startswith("browser_")]
        return ["without" if WITHOUT in line.split() else "with" for line in lines], told


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not root, whoever runs the tests."""
    monkeypatch.setattr(os, "geteuid", lambda: 10_001)


@pytest.mark.slow
@pytest.mark.usefixtures("somebody")
@pytest.mark.parametrize(
    ("sandbox", "lets", "tried", "told"),
    [
        ("auto", True, ["with"], []),
        ("auto", False, ["with", "without"], ["browser_without_sandbox"]),
        ("on", True, ["with"], []),
        ("on", False, ["with"], ["browser_does_not_start"]),
        ("off", True, ["without"], []),
    ],
)
async def test_a_sandbox_is_had_or_done_without_aloud(
    tmp_path: Path, sandbox: Sandbox, *, lets: bool, tried: list[str], told: list[str]
) -> None:
    """Silent is only who was told to do without."""
    assert await Program.of(tmp_path, lets=lets).started(sandbox) == (tried, told)


@pytest.mark.slow
async def test_root_does_without_aloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chromium would refuse: it is not even tried."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    started = await Program.of(tmp_path, lets=True).started("auto")
    assert started == (["without"], ["browser_without_sandbox"])
