"""Each check of the gold level turns red where it is violated."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import yaml
from msgspec import structs
from tests.integration.conformance.planted import (
    Stubborn,
    copied,
    forgetful,
    judged,
    packaged,
    telling,
    violation,
    wrapped,
)

from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import HttpClient
from registrar.domain.outcome import Outcome
from registrar.outbound import Reach
from registrar.ports.connector import Job
from registrar.testing.conformance import runner
from registrar.testing.conformance.report import Status


async def test_a_second_act_after_a_kill_fails_check_21() -> None:
    """A manufacturer without keys, whose look-up finds nothing."""
    said = "killed after the manufacturer has answered: 2 acts in the ledger"
    assert await violation(21, packaged("acme", forgetful())) == said


def _message(job: Job, outcome: Outcome) -> Outcome:
    return structs.replace(outcome, message=f"of {job.submission.customer.email}")


def _log(job: Job, outcome: Outcome) -> Outcome:
    logging.getLogger("somebody").debug("registers %s", job.submission.customer.family_name)
    return outcome


def _line(job: Job, outcome: Outcome) -> Outcome:
    structlog.get_logger("somebody").info("registers", serial=job.submission.product.serial_number)
    return outcome


def _secret(_job: Job, outcome: Outcome) -> Outcome:
    return structs.replace(outcome, raw_code="sandbox-acme")


@pytest.mark.parametrize("leak", [_message, _log, _line, _secret])
async def test_a_canary_that_is_told_fails_check_22(
    leak: Callable[[Job, Outcome], Outcome],
) -> None:
    """In an outcome, a log, a line, or for a secret a code."""
    assert (await violation(22, packaged("acme", telling(leak)))).startswith("all is well: canary")


async def test_a_redirect_that_is_followed_fails_check_23(clients: list[HttpClient]) -> None:
    """Somebody else has the customer's data."""

    class Following(HttpClient):
        """Goes wherever it is sent."""

        def _open(self) -> httpx.AsyncClient:
            client = super()._open()
            client.follow_redirects = True
            return client

    def following(connector: HttpConnector) -> HttpConnector:
        clients.append(Following(reach=Reach(local=True)))
        return replace(connector, exchange=replace(connector.exchange, http=clients[-1]))

    said = await violation(23, packaged("acme", wrapped(following)))
    assert said.endswith("connections to a host that is not allowed")


async def test_a_deadline_that_is_ignored_fails_check_24() -> None:
    """It goes on when its time is up."""
    said = await violation(24, packaged("acme", wrapped(Stubborn)))
    assert said.endswith("s instead of 1.0")


def _pinned(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    old = folder / "versions" / "0"
    old.mkdir(parents=True)
    data = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
    data["version"] = "0"
    change(data)
    (old / "manifest.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")


async def test_a_pinned_version_passes_check_25(tmp_path: Path) -> None:
    """With today's kit."""
    folder = copied(tmp_path, "acme")
    _pinned(folder, lambda _: None)
    assert (await judged(25, runner.subject(folder))).status is Status.PASSED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one.update(version="7"), "version 7 is in the folder 0"),
        (lambda one: one.pop("tiers"), "version 0: "),
        (
            lambda one: one["tiers"]["api"]["http"]["submit"].update(path="/elsewhere"),
            "version 0: plain: ",
        ),
    ],
)
async def test_a_pinned_version_that_no_longer_works_fails_check_25(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    """Or cannot be read, or is in the wrong folder."""
    folder = copied(tmp_path, "acme")
    _pinned(folder, change)
    assert (await violation(25, runner.subject(folder))).startswith(said)
