"""Imports of many devices in one request: each keeps its own outcome. Against the sandbox."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.connectors.batching import (
    World,
    at_once,
    connected,
    job,
    ledger,
    requests,
    settled,
    told,
)

from registrar.app.advance import send
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict
from registrar.ports.connector import Connector, Job
from registrar.testing.conformance import scenarios

MICROSOFT = "microsoft"
BROKEN = "217563424995"
"""The sandbox finds its hash bad."""


def jobs(count: int, start: int = 0) -> list[Job]:
    """So many devices; none of them is trouble."""
    return [job(MICROSOFT, f"2175{number:05d}605") for number in range(start, start + count)]


def serials(of: list[Job]) -> list[str]:
    """In order."""
    return sorted(one.submission.product.serial_number for one in of)


def both(outcome: Outcome) -> tuple[Code, Effect]:
    """What decides."""
    return outcome.code, outcome.effect


PENDING = (Code.ACCEPTED_PENDING, Effect.ACCEPTED)
UNKNOWN = (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)


@pytest.fixture
async def graph(sandbox: World) -> AsyncIterator[Connector]:
    """The API."""
    async with connected(sandbox, MICROSOFT, Tier.API) as made:
        yield made


async def test_two_hundred_attempts_are_four_requests(graph: Connector, sandbox: World) -> None:
    """All succeed by themselves, and the ledger has each once."""
    many = jobs(200)
    outcomes = await at_once(graph.submit, many)
    assert {both(one) for one in outcomes} == {PENDING}
    assert len({one.reference for one in outcomes}) == 200
    assert requests(sandbox, MICROSOFT, "submit") == 4
    assert requests(sandbox, MICROSOFT, "token") == 1
    found = await settled(graph, many)
    assert [(one.verdict, one.reference) for one in found] == [
        (Verdict.FOUND, outcome.reference) for outcome in outcomes
    ]
    assert ledger(sandbox, MICROSOFT) == serials(many)


async def test_a_lost_answer_is_everybodys_question(graph: Connector, sandbox: World) -> None:
    """Each looks up its own; nothing is sent again, and each is there once."""
    told(sandbox, MICROSOFT, fault="commit_then_drop", step="submit")
    many = jobs(20)
    outcomes = await at_once(graph.submit, many)
    assert {both(one) for one in outcomes} == {UNKNOWN}
    assert {one.verdict for one in await settled(graph, many)} == {Verdict.FOUND}
    assert requests(sandbox, MICROSOFT, "submit") == 1
    assert ledger(sandbox, MICROSOFT) == serials(many)


async def test_a_request_that_never_came_is_nobodys(graph: Connector, sandbox: World) -> None:
    """Each looks up, and finds nothing of its own."""
    told(sandbox, MICROSOFT, fault="reset_before_commit", step="submit")
    many = jobs(5)
    outcomes = await at_once(graph.submit, many)
    assert {both(one) for one in outcomes} == {UNKNOWN}
    assert {one.verdict for one in await settled(graph, many)} == {Verdict.ABSENT}
    assert ledger(sandbox, MICROSOFT) == []


async def test_one_bad_device_spoils_no_other(graph: Connector, sandbox: World) -> None:
    """It alone is refused, with its field."""
    good, bad = jobs(9), job(MICROSOFT, BROKEN)
    await at_once(graph.submit, [*good, bad])
    *found, refused = await settled(graph, [*good, bad])
    assert requests(sandbox, MICROSOFT, "submit") == 1
    assert {one.verdict for one in found} == {Verdict.FOUND}
    assert refused.verdict is Verdict.REFUSED
    assert refused.outcome is not None
    assert refused.outcome.code is Code.INVALID_FIELD
    assert ledger(sandbox, MICROSOFT) == serials(good)


async def test_what_cannot_be_mapped_never_enters(graph: Connector, sandbox: World) -> None:
    """A business without a hash is asked for it; the others go."""
    good = jobs(3)
    bare = job(MICROSOFT, "217599999605", product={"identifiers": []})
    *outcomes, refused = await at_once(graph.submit, [*good, bare])
    assert {both(one) for one in outcomes} == {PENDING}
    assert both(refused) == (Code.INVALID_FIELD, Effect.NOT_SENT)
    assert ledger(sandbox, MICROSOFT) == serials(good)


async def test_who_is_left_out_of_the_answer_looks_up(graph: Connector, sandbox: World) -> None:
    """It was carried out all the same."""
    told(sandbox, MICROSOFT, fault="short_answer", step="submit", size=3)
    many = jobs(5)
    outcomes = await at_once(graph.submit, many)
    assert [both(one) for one in outcomes] == [PENDING] * 3 + [UNKNOWN] * 2
    assert {one.verdict for one in await settled(graph, many)} == {Verdict.FOUND}
    assert ledger(sandbox, MICROSOFT) == serials(many)


async def test_throttling_is_everybodys(graph: Connector, sandbox: World) -> None:
    """All wait as they are told; nothing was carried out."""
    told(sandbox, MICROSOFT, fault="throttle", step="submit", retry_after=7)
    outcomes = await at_once(graph.submit, jobs(10))
    assert {(*both(one), one.retry_after) for one in outcomes} == {
        (Code.RATE_LIMITED, Effect.REFUSED, timedelta(seconds=7))
    }
    assert requests(sandbox, MICROSOFT, "submit") == 1
    assert ledger(sandbox, MICROSOFT) == []


@pytest.mark.parametrize("fault", ["storm", "html", "html_ok", "truncated"])
async def test_trouble_leaves_all_unknown(graph: Connector, sandbox: World, fault: str) -> None:
    """A page, a 500, half an answer: nobody's success."""
    told(sandbox, MICROSOFT, fault=fault, step="submit")
    outcomes = await at_once(graph.submit, jobs(4))
    assert {one.effect for one in outcomes} == {Effect.UNKNOWN}


async def test_a_token_that_ends_is_renewed_once(graph: Connector, sandbox: World) -> None:
    """For the request, and not for each attempt in it."""
    told(sandbox, MICROSOFT, fault="session_expired", step="submit")
    many = jobs(30)
    outcomes = await at_once(graph.submit, many)
    assert {both(one) for one in outcomes} == {PENDING}
    assert requests(sandbox, MICROSOFT, "token") == 2
    assert requests(sandbox, MICROSOFT, "submit") == 2
    assert ledger(sandbox, MICROSOFT) == serials(many)


async def test_who_gives_up_does_not_stop_the_others(graph: Connector, sandbox: World) -> None:
    """Its own outcome is unknown: it was sent."""
    told(sandbox, MICROSOFT, fault="latency", step="submit", seconds=0.3)
    many = jobs(3)
    tasks = [asyncio.create_task(graph.submit(one)) for one in many]
    await asyncio.sleep(0.15)
    tasks[0].cancel()
    gone, *outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(gone, asyncio.CancelledError)
    assert [both(one) for one in outcomes if isinstance(one, Outcome)] == [PENDING] * 2
    assert {one.verdict for one in await settled(graph, many)} == {Verdict.FOUND}
    assert ledger(sandbox, MICROSOFT) == serials(many)


async def test_a_bug_in_one_harms_it_alone(graph: Connector, sandbox: World) -> None:
    """What cannot be put into a request is found before it enters one."""
    many = [*jobs(2), job(MICROSOFT, "217\ud800605")]
    *outcomes, broken = await at_once(lambda one: send(graph, one), many)
    assert {both(one) for one in outcomes} == {PENDING}
    assert both(broken) == (Code.CONNECTOR_BUG, Effect.UNKNOWN)
    assert ledger(sandbox, MICROSOFT) == serials(many[:2])


async def test_the_same_device_twice_goes_in_two_requests(graph: Connector, sandbox: World) -> None:
    """The manufacturer tells which of them is the duplicate."""
    first, *_ = jobs(1)
    outcomes = await at_once(graph.submit, [first, first, *jobs(2, 10)])
    assert {both(one) for one in outcomes} == {PENDING}
    assert requests(sandbox, MICROSOFT, "submit") == 2


async def test_two_versions_of_a_manifest_share_no_request(sandbox: World, tmp_path: Path) -> None:
    """What is under way ends as it began; the new one begins its own."""
    place = scenarios.load(PACKAGED / MICROSOFT).place
    urls = {
        MICROSOFT: sandbox[1] + place.path,
        f"{MICROSOFT}.token": sandbox[1] + place.token,
    }
    text = (PACKAGED / MICROSOFT / "manifest.yaml").read_text(encoding="utf-8")
    (tmp_path / MICROSOFT).mkdir()
    manifest = tmp_path / MICROSOFT / "manifest.yaml"
    manifest.write_text(text.replace("within: 0.05", "within: 0.5"), encoding="utf-8")
    catalogue = FileCatalogue(ConnectorSettings(urls, place.secrets), tmp_path)
    old, before = catalogue.connector(MICROSOFT, Tier.API), jobs(2)
    assert old is not None
    sent = [asyncio.create_task(old.submit(one)) for one in before]
    await asyncio.sleep(0)
    manifest.write_text(text.replace('version: "2"', 'version: "3"'), encoding="utf-8")
    assert catalogue.reload() == {MICROSOFT: "3"}
    new, after = catalogue.connector(MICROSOFT, Tier.API), jobs(2, 10)
    assert new is not None
    outcomes = [*await at_once(new.submit, after), *await asyncio.gather(*sent)]
    await catalogue.close()
    assert {both(one) for one in outcomes} == {PENDING}
    assert requests(sandbox, MICROSOFT, "submit") == 2
    assert ledger(sandbox, MICROSOFT) == serials([*before, *after])
