"""What is said to a whole request: to whom it is told, and who is sent again."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from tests.integration.connectors.batch_maker import (
    BAD,
    GOOD,
    OTHER,
    PENDING,
    REFUSED,
    Device,
    Maker,
    both,
    connected,
    jobs,
    row,
    rows,
)
from tests.integration.connectors.batching import at_once

from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.manifest import operations
from registrar.domain.outcome import Code, Effect, Outcome

UNMAPPED = (Code.UNMAPPED, Effect.UNKNOWN)
UNKNOWN = (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
STALE = {"error": {"code": "InvalidAuthenticationToken"}}


def ruled(graph: HttpConnector, quick: float = 0, **rule: Any) -> HttpConnector:  # noqa: ANN401 - any field of a rule
    """With one more rule before all others; `quick` is its patience in seconds."""
    first = (operations.rule({"name": "more", **rule}),) if rule else ()
    patience = quick or graph.tier.read_timeout
    tier = replace(graph.tier, errors=(*first, *graph.tier.errors), read_timeout=patience)
    return replace(graph, tier=tier, exchange=replace(graph.exchange, section=tier))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, UNMAPPED),
        (401, (Code.AUTH_REJECTED, Effect.REFUSED)),
        (403, (Code.AUTH_REJECTED, Effect.REFUSED)),
        (404, UNMAPPED),
        (409, UNMAPPED),
        (413, UNMAPPED),
        (422, UNMAPPED),
        (429, (Code.RATE_LIMITED, Effect.REFUSED)),
        (500, UNKNOWN),
        (503, UNKNOWN),
    ],
)
async def test_what_is_said_to_all_is_told_to_each(status: int, said: tuple[Code, Effect]) -> None:
    """By one request: without a rule nobody knows, and nothing is sent again."""
    maker = Maker(lambda _: web.json_response({"error": {"code": "no"}}, status=status))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, BAD, OTHER))
    assert maker.asked == [[GOOD, BAD, OTHER]]
    assert both(outcomes) == [said] * 3
    waits = timedelta(seconds=20) if status == 429 else None
    assert {one.retry_after for one in outcomes} == {waits}


async def test_a_token_that_is_refused_twice_ends_it() -> None:
    """Two requests and two tokens, whatever the number of those who wait."""
    maker = Maker(lambda _: web.json_response(STALE, status=401))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, BAD, OTHER))
    assert (len(maker.asked), maker.tokens) == (2, 2)
    assert both(outcomes) == [(Code.AUTH_REJECTED, Effect.REFUSED)] * 3


async def test_an_item_that_speaks_of_a_token_repeats_nothing() -> None:
    """The others were carried out. A lint forbids such a rule; here it is, nevertheless."""

    def stale(devices: list[Device]) -> web.Response:
        first, *others = map(row, devices)
        return web.json_response({"value": [first | {"error": "stale"}, *others]})

    maker = Maker(stale)
    when = {"status": [200], "path": "value[*].error", "in": ["stale"]}
    async with connected(maker) as graph:
        strange = ruled(graph, when=when, code="auth.session_expired", effect="refused")
        outcomes = await at_once(strange.submit, jobs(GOOD, OTHER))
    assert (maker.asked, maker.tokens) == ([[GOOD, OTHER]], 1)
    assert both(outcomes)[1] == PENDING


def strict(devices: list[Device]) -> web.Response:
    """Refuses a list for one bad device in it, and does nothing."""
    if any(one["serialNumber"] == BAD for one in devices):
        return web.json_response({"error": {"code": "BadRequest"}}, status=400)
    return rows(devices)


BAD_REQUEST = {
    "when": {"status": [400], "path": "error.code", "in": ["BadRequest"]},
    "code": "invalid.field",
    "effect": "refused",
}


async def test_a_list_that_is_refused_for_one_goes_one_by_one() -> None:
    """Once: the good ones are accepted, the bad one alone is refused."""
    maker = Maker(strict)
    async with connected(maker) as graph:
        outcomes = await at_once(ruled(graph, **BAD_REQUEST).submit, jobs(GOOD, BAD, OTHER))
    first, *alone = maker.asked
    assert (first, sorted(alone)) == ([GOOD, BAD, OTHER], [[GOOD], [BAD], [OTHER]])
    assert both(outcomes) == [PENDING, REFUSED, PENDING]


async def test_who_gives_up_meanwhile_is_not_sent_alone() -> None:
    """Its lease may be another worker's."""
    maker = Maker(strict, held=asyncio.Event())
    async with connected(maker) as graph:
        submit = ruled(graph, **BAD_REQUEST).submit
        tasks = [asyncio.create_task(submit(one)) for one in jobs(GOOD, BAD, OTHER)]
        await arrived(maker)
        tasks[0].cancel()
        assert maker.held is not None
        maker.held.set()
        _, *outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(maker.asked[1:]) == [[BAD], [OTHER]]
    assert both([one for one in outcomes if isinstance(one, Outcome)]) == [REFUSED, PENDING]


@pytest.mark.parametrize("status", [400, 422])
async def test_a_refusal_beside_items_is_no_word_of_them(status: int) -> None:
    """One was carried out in spite of the status: it is looked up, and not shown as refused."""
    maker = Maker(
        lambda devices: web.json_response({"value": [row(one) for one in devices]}, status=status)
    )
    rule = {"when": {"status": [400, 422]}, "code": "invalid.field", "effect": "refused"}
    async with connected(maker) as graph:
        outcomes = await at_once(ruled(graph, **rule).submit, jobs(GOOD, OTHER))
    assert (len(maker.asked), both(outcomes)) == (1, [UNMAPPED] * 2)


@pytest.mark.parametrize("code", ["blocked", "captcha", "login_required", "terms_changed"])
async def test_a_wall_before_all_is_knocked_at_once(code: str) -> None:
    """To send each alone would be more of what it was built against."""
    maker = Maker(lambda _: web.json_response({"wall": True}, status=418))
    rule = {"when": {"status": [418]}, "code": code, "effect": "refused"}
    async with connected(maker) as graph:
        outcomes = await at_once(ruled(graph, **rule).submit, jobs(GOOD, BAD, OTHER))
    assert len(maker.asked) == 1
    assert both(outcomes) == [(Code(code), Effect.REFUSED)] * 3


async def test_a_request_that_takes_too_long_is_everybodys_question() -> None:
    """It may have been carried out, and is not sent again."""
    maker = Maker(rows, held=asyncio.Event())
    async with connected(maker) as graph:
        outcomes = await at_once(ruled(graph, quick=0.2).submit, jobs(GOOD, BAD, OTHER))
    assert (maker.asked, both(outcomes)) == ([[GOOD, BAD, OTHER]], [UNKNOWN] * 3)


async def arrived(maker: Maker) -> None:
    """One request has come."""
    async with asyncio.timeout(5):
        await maker.came.wait()


async def test_a_worker_that_ends_while_it_gathers_sends_nothing() -> None:
    """Not one of them."""
    maker = Maker(rows)
    async with connected(maker) as graph:
        tasks = [asyncio.create_task(graph.submit(one)) for one in jobs(GOOD, BAD, OTHER)]
        await asyncio.sleep(0)
        for one in tasks:
            one.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.2)
    assert {type(one) for one in ends} == {asyncio.CancelledError}
    assert maker.asked == []


async def test_a_worker_that_ends_while_it_waits_sends_nothing_more() -> None:
    """What arrived is looked up by the next one."""
    maker = Maker(strict, held=asyncio.Event())
    async with connected(maker) as graph:
        submit = ruled(graph, **BAD_REQUEST).submit
        tasks = [asyncio.create_task(submit(one)) for one in jobs(GOOD, BAD)]
        await arrived(maker)
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert maker.held is not None
        maker.held.set()
        await asyncio.sleep(0.1)
    assert maker.asked == [[GOOD, BAD]]
