"""Attempts that are gathered into requests, by a manufacturer in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from registrar.connectors.kit.batches import Batches
from registrar.connectors.kit.http import NoAnswer, NotSent, Reply, Request
from registrar.connectors.kit.manifest.batch import Batch
from registrar.connectors.kit.sharing import Sharable, sharable

BATCH = Batch(4, 0.02, query="tags", into="", items="", match=(("tag", ""),))


@dataclass
class Maker:
    """Answers a row a tag; `says` takes the place of it."""

    says: Reply | Exception | None = None
    held: asyncio.Event | None = None
    asked: list[str] = field(default_factory=list)
    given_up: int = 0
    apart: bool = False

    async def send(self, request: Request) -> Reply:
        """As `Exchange` does."""
        tags = request.query["tags"]
        self.asked.append(tags)
        try:
            if self.held is not None:
                await self.held.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if isinstance(self.says, Exception):
            raise self.says
        return self.says or Reply(200, [{"tag": one} for one in tags.split(",")])


def one(tag: str, batch: Batch = BATCH, url: str = "https://maker") -> Sharable:
    """A look-up."""
    made = sharable(Request("GET", url, {}, {"tags": tag}), batch, [tag])
    assert isinstance(made, Sharable)
    return made


def started(
    maker: Maker, requests: Sequence[Sharable], batches: Batches | None = None
) -> list[asyncio.Task[Reply]]:
    """All at the same moment."""
    shared = batches or Batches()
    return [
        asyncio.create_task(shared.answered(each, maker.send, lambda _, __: maker.apart))
        for each in requests
    ]


async def test_those_under_way_share_a_request() -> None:
    """Each has its own row."""
    maker = Maker()
    replies = await asyncio.gather(*started(maker, [one("A"), one("B"), one("C")]))
    assert maker.asked == ["A,B,C"]
    assert [each.body for each in replies] == [[{"tag": "A"}], [{"tag": "B"}], [{"tag": "C"}]]


async def test_a_full_one_waits_for_nobody() -> None:
    """And the next begins another."""
    maker = Maker()
    patient = Batch(2, 30.0, query="tags", into="", items="", match=(("tag", ""),))
    async with asyncio.timeout(5):
        await asyncio.gather(*started(maker, [one(tag, patient) for tag in "ABCD"]))
    assert maker.asked == ["A,B", "C,D"]


async def test_who_comes_later_is_in_another_one() -> None:
    """The first is closed once its time has come, also while its answer is awaited."""
    maker, batches = Maker(held=asyncio.Event()), Batches()
    first = started(maker, [one("A")], batches)
    await asyncio.sleep(0.1)
    second = started(maker, [one("B")], batches)
    await asyncio.sleep(0.1)
    assert maker.asked == ["A", "B"]
    assert maker.held is not None
    maker.held.set()
    await asyncio.gather(*first, *second)


async def test_the_same_product_twice_is_two_requests() -> None:
    """Neither would know its row."""
    maker = Maker()
    await asyncio.gather(*started(maker, [one("A"), one("B"), one("a"), one("C"), one("A")]))
    assert maker.asked == ["A,B,C", "a", "A"]


async def test_whatever_else_differs_is_another_request() -> None:
    """Such as its address."""
    maker = Maker()
    await asyncio.gather(*started(maker, [one("A"), one("B", url="https://other"), one("C")]))
    assert maker.asked == ["A,C", "B"]


@pytest.mark.parametrize("error", [NotSent("refused", timedelta(seconds=7)), NoAnswer("reset")])
async def test_what_happens_to_the_request_happens_to_all(error: Exception) -> None:
    """To each by an error of its own."""
    maker = Maker(says=error)
    found = await asyncio.gather(*started(maker, [one("A"), one("B")]), return_exceptions=True)
    assert [(type(each), str(each)) for each in found if isinstance(each, Exception)] == [
        (type(error), str(error))
    ] * 2
    assert len({id(each) for each in found} | {id(error)}) == 3
    pauses = [each.retry_after for each in found if isinstance(each, NotSent)]
    assert pauses == [timedelta(seconds=7)] * len(pauses)


async def test_one_that_is_left_out_harms_no_other() -> None:
    """Of it nothing was said."""
    maker = Maker(says=Reply(200, [{"tag": "A"}]))
    first, second = await asyncio.gather(
        *started(maker, [one("A"), one("B")]), return_exceptions=True
    )
    assert isinstance(first, Reply)
    assert isinstance(second, NoAnswer)


async def test_who_gives_up_stops_nobody() -> None:
    """The request goes on for the others."""
    maker = Maker(held=asyncio.Event())
    first, second = started(maker, [one("A"), one("B")])
    await asyncio.sleep(0.1)
    first.cancel()
    await asyncio.sleep(0)
    assert maker.held is not None
    maker.held.set()
    assert (await second).body == [{"tag": "B"}]
    assert (first.cancelled(), maker.asked, maker.given_up) == (True, ["A,B"], 0)


async def test_who_gives_up_in_time_is_not_sent() -> None:
    """Whoever gathered the others."""
    maker = Maker()
    first, second = started(maker, [one("A"), one("B")])
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).body == [{"tag": "B"}]
    assert maker.asked == ["B"]


async def test_nobody_left_is_nothing_sent() -> None:
    """And whoever comes at that very moment is served nevertheless."""
    maker, batches = Maker(), Batches()
    first, second = started(maker, [one("A"), one("B")], batches)
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    (third,) = started(maker, [one("C")], batches)
    assert (await third).body == [{"tag": "C"}]
    assert maker.asked == ["C"]


async def test_a_request_for_nobody_is_given_up() -> None:
    """Its connection is free again."""
    maker = Maker(held=asyncio.Event())
    both = started(maker, [one("A"), one("B")])
    await asyncio.sleep(0.1)
    for each in both:
        each.cancel()
    await asyncio.gather(*both, return_exceptions=True)
    await asyncio.sleep(0)
    assert (maker.asked, maker.given_up) == (["A,B"], 1)


async def test_a_refusal_because_of_one_sends_each_alone() -> None:
    """In its own time: each is then answered by itself, with whatever is said to it."""
    maker = Maker(says=Reply(400, {"fault": "bad"}), apart=True)
    replies = await asyncio.gather(*started(maker, [one("A"), one("B")]))
    assert maker.asked == ["A,B", "A", "B"]
    assert [each.shared for each in replies] == [False, False]


async def test_an_answer_with_items_sends_nobody_again() -> None:
    """A rule may hold for the first item alone: the others may have been carried out."""
    maker = Maker(apart=True)
    replies = await asyncio.gather(*started(maker, [one("A"), one("B")]))
    assert maker.asked == ["A,B"]
    assert [each.body for each in replies] == [[{"tag": "A"}], [{"tag": "B"}]]


async def test_two_versions_of_a_manifest_share_nothing() -> None:
    """Each has its own gatherings."""
    maker = Maker()
    await asyncio.gather(*started(maker, [one("A")], Batches()), *started(maker, [one("B")]))
    assert maker.asked == ["A", "B"]


async def test_nothing_is_kept_of_what_is_over() -> None:
    """A process runs for weeks."""
    maker, batches = Maker(), Batches()
    await asyncio.gather(*started(maker, [one(f"T{number}") for number in range(9)], batches))
    assert len(maker.asked) == 3
    assert batches == Batches()


def stop() -> None:
    """As a loop that ends does: everything that nobody has awaited."""
    for each in asyncio.all_tasks():
        if "_carry" in repr(each.get_coro()):
            each.cancel()


@pytest.mark.parametrize(("pause", "asked", "said"), [(0.0, [], NotSent), (0.1, ["A,B"], NoAnswer)])
async def test_nobody_waits_for_what_was_stopped(
    pause: float, asked: list[str], said: type[Exception]
) -> None:
    """While it gathers certainly nothing was sent; afterwards nobody knows."""
    maker = Maker(held=asyncio.Event())
    both = started(maker, [one("A"), one("B")])
    await asyncio.sleep(pause)
    stop()
    ends = await asyncio.gather(*both, return_exceptions=True)
    assert (maker.asked, [type(each) for each in ends]) == (asked, [said] * 2)
