"""The kit as pytest items: each `scenarios.yaml` beside a manifest is 25 tests.

`pytest_plugins = ["registrar.testing.conformance.plugin"]` in `conftest.py`, then `pytest FOLDER`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registrar.connectors.kit import reading
from registrar.domain.errors import ConfigurationError
from registrar.testing.conformance import runner, scenarios
from registrar.testing.conformance.checks import ALL
from registrar.testing.conformance.report import Result, Status, level
from registrar.testing.conformance.subject import Check


class Failed(Exception):
    """The check did not pass; its reason is all that there is to show."""


class Item(pytest.Item):
    """One check of one manufacturer."""

    def __init__(self, *, check: Check, **rest: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**rest)
        self.check = check
        self.add_marker(level(check.id).value)

    def runtest(self) -> None:
        """Passes, fails, or is skipped with the reason."""
        result = asyncio.run(self._result())
        if result.status is Status.NOT_APPLICABLE:
            pytest.skip(result.reason)
        if result.status is Status.FAILED:
            raise Failed(result.reason)

    async def _result(self) -> Result:
        try:
            found = runner.subject(self.path.parent)
        except ConfigurationError as error:
            raise Failed(str(error)) from error
        return await runner.judged(self.check, found)

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ANN401 - pytest's own
    ) -> str:
        """A sentence: where the kit stood is of no interest."""
        if isinstance(excinfo.value, Failed):
            return f"{self.path.parent.name}, check {self.check.id}: {excinfo.value}"
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int, str]:
        """The scenarios, and which check."""
        return self.path, 0, self.name


class File(pytest.File):
    """The scenarios of one manufacturer."""

    def collect(self) -> Iterator[Item]:
        """Every check."""
        for check in ALL:
            name = f"{check.id:02d} {check.name}"
            yield Item.from_parent(self, name=name, check=check)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> File | None:
    """Beside a manifest alone."""
    if file_path.name != scenarios.FILE or not file_path.with_name(reading.FILE).is_file():
        return None
    made: File = File.from_parent(parent, path=file_path)
    return made


def pytest_configure(config: pytest.Config) -> None:
    """Levels are markers: `-m silver`."""
    for name in ("bronze", "silver", "gold"):
        config.addinivalue_line("markers", f"{name}: a check of this level of the conformance kit")
