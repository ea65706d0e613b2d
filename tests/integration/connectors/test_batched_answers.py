"""Answers to several that the sandbox does not give: what each of them is told, and sent again."""

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

from registrar.domain.outcome import Code, Effect


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_refused_item_sends_nobody_again(place: int) -> None:
    """Wherever it stands: the others have been carried out."""
    serials = [GOOD, OTHER]
    serials.insert(place, BAD)
    maker = Maker(rows)
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(*serials))
    assert maker.asked == [serials]
    assert both(outcomes) == [REFUSED if one == BAD else PENDING for one in serials]


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_a_refusal_without_a_rule_is_looked_up(status: int) -> None:
    """Nobody knows what became of the others: nothing is sent again."""
    maker = Maker(lambda _: web.json_response({"error": {"code": "no"}}, status=status))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, OTHER))
    assert len(maker.asked) == 1
    assert {one.effect for one in outcomes} == {Effect.UNKNOWN}


async def test_an_answer_in_another_order_is_told_apart() -> None:
    """By what the manifest matches, and never by its place."""
    maker = Maker(lambda devices: rows(devices[::-1]))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, BAD, OTHER))
    assert [one.reference for one in outcomes] == [f"id-{GOOD}", "", f"id-{OTHER}"]


STRANGER = {"importId": "reg_x", "serialNumber": "X", "id": "id-X", "state": {}}
UNKNOWN = (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)


def listed(*items: Device) -> web.Response:
    """These."""
    return web.json_response({"value": list(items)})


async def test_items_of_nobody_are_nobodys() -> None:
    """They come first, and are no word of anyone."""
    maker = Maker(lambda devices: listed(STRANGER, *map(row, devices), STRANGER))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, BAD))
    assert both(outcomes) == [PENDING, REFUSED]
    assert [one.reference for one in outcomes] == [f"id-{GOOD}", ""]


@pytest.mark.parametrize("count", [0, 2])
async def test_an_item_that_is_missing_or_twice_is_a_question(count: int) -> None:
    """Of its own registration alone, and nothing is sent again."""
    maker = Maker(lambda devices: listed(row(devices[0]), *[row(devices[1])] * count))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, OTHER))
    assert both(outcomes) == [PENDING, UNKNOWN]
    assert maker.asked == [[GOOD, OTHER]]


async def test_half_of_a_mark_is_none() -> None:
    """The key of one with the serial number of another: whose it is, nobody knows."""

    def crossed(devices: list[Device]) -> web.Response:
        first, second = map(row, devices)
        swapped = first["serialNumber"], second["serialNumber"]
        return listed(first | {"serialNumber": swapped[1]}, second | {"serialNumber": swapped[0]})

    maker = Maker(crossed)
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD, OTHER))
    assert both(outcomes) == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("items", [[STRANGER], [STRANGER, STRANGER]])
async def test_one_alone_takes_no_others_number(items: list[Device]) -> None:
    """It would be shown to the customer as theirs."""
    maker = Maker(lambda _: listed(*items))
    async with connected(maker) as graph:
        outcomes = await at_once(graph.submit, jobs(GOOD))
    assert [(one.code, one.effect, one.reference) for one in outcomes] == [(*UNKNOWN, "")]


async def test_one_alone_finds_its_item_among_others() -> None:
    """Whatever its place."""
    maker = Maker(lambda devices: listed(STRANGER, row(devices[0])))
    async with connected(maker) as graph:
        (outcome,) = await at_once(graph.submit, jobs(GOOD))
    assert (outcome.code, outcome.reference) == (Code.ACCEPTED_PENDING, f"id-{GOOD}")
