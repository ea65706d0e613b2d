"""Runs the checks of one manufacturer; what goes wrong in one is its result, not the run's end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from structlog.testing import capture_logs

from registrar.connectors.kit import manifest, reading
from registrar.connectors.kit.web import browser
from registrar.domain.errors import ConfigurationError
from registrar.domain.outcome import Tier
from registrar.testing.conformance import filling, kept, scenarios, simulated
from registrar.testing.conformance.checks import ALL
from registrar.testing.conformance.report import Card, Result, Status
from registrar.testing.conformance.scenarios import Exemption
from registrar.testing.conformance.subject import Check, NotApplicable, Seams, Subject, Violated


def subject(folder: Path, seams: Seams | None = None, *, forms: bool = False) -> Subject:
    """Of a manufacturer's folder; raises ConfigurationError where it cannot be tested at all."""
    return Subject(
        folder,
        manifest.load(folder / reading.FILE),
        scenarios.load(folder),
        seams or Seams(simulate=simulated.simulation(folder), forms=forms),
    )


async def examined(
    folder: Path,
    seams: Seams | None = None,
    checks: Sequence[Check] = ALL,
    *,
    forms: bool = False,
) -> Card:
    """Every check of the manufacturer in this folder."""
    try:
        found = subject(folder, seams, forms=forms)
    except ConfigurationError as error:
        return Card(folder.name, "", _untestable(str(error), checks))
    # The lifecycle's lines are of no use here, and standard output may be somebody's JSON.
    with capture_logs():
        async with filling.warm():
            results = [await judged(check, found) for check in checks]
    maker = found.manifest.manufacturer
    automatic = any(one.tier is not Tier.MANUAL for one in maker.tiers)
    return Card(
        maker.id,
        maker.version,
        tuple(results),
        automatic=automatic,
        form=kept.mark(found),
        tried=filling.applies(found) and browser.found() is not None,
    )


def _untestable(reason: str, checks: Sequence[Check]) -> tuple[Result, ...]:
    return tuple(Result(one.id, one.name, Status.FAILED, reason) for one in checks)


async def judged(check: Check, found: Subject) -> Result:
    """The check's result, its exemption considered."""
    started = time.perf_counter()
    status, reason = await _outcome(check, found)
    result = Result(check.id, check.name, status, reason, time.perf_counter() - started)
    mine = [one for one in found.scenarios.exemptions if one.check == check.id]
    return exempted(result, mine[0], datetime.now(UTC).date()) if mine else result


async def _outcome(check: Check, found: Subject) -> tuple[Status, str]:
    try:
        await check.run(found)
    except NotApplicable as error:
        return Status.NOT_APPLICABLE, str(error)
    except Violated as error:
        return Status.FAILED, str(error)
    except Exception as error:  # noqa: BLE001 - a check that breaks has not passed
        return Status.FAILED, f"{type(error).__name__}: {error}"
    return Status.PASSED, ""


def exempted(result: Result, exemption: Exemption, today: date) -> Result:
    """A failure is let by until the day; after it the exemption itself is the failure."""
    if today > exemption.until:
        reason = f"its exemption ended on {exemption.until}: {exemption.reason}"
        return replace(result, status=Status.FAILED, reason=reason)
    if result.status is not Status.FAILED:
        reason = f"it needs no exemption: {result.status}"
        return replace(result, status=Status.FAILED, reason=reason)
    reason = f"exempted until {exemption.until}: {exemption.reason} ({result.reason})"
    return replace(result, status=Status.NOT_APPLICABLE, reason=reason)
