"""Group commit."""

import asyncio
from collections.abc import Sequence

import pytest

from registrar.app.batching import Batcher


class Recorder:
    """Counts its batches; fails where told."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def flush(self, items: Sequence[int]) -> list[int]:
        """Twice the item; an odd batch of one fails."""
        self.batches.append(list(items))
        await asyncio.sleep(0)
        if 13 in items:
            raise ConnectionError("13")
        return [2 * item for item in items]


async def test_neighbours_share_a_flush_and_get_their_own_answer() -> None:
    """A hundred callers, two flushes of at most 64, each its own answer."""
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher(recorder.flush, most=64, full=64, wait=0.001)
    answers = await asyncio.gather(*(batcher.add(n) for n in range(100, 200)))
    assert answers == [2 * n for n in range(100, 200)]
    assert [len(batch) for batch in recorder.batches] == [64, 36]


async def test_an_error_reaches_its_batch_and_no_other() -> None:
    """The next batch is written as if nothing had happened."""
    batcher: Batcher[int, int] = Batcher(Recorder().flush, most=2, wait=0.001)
    answers = await asyncio.gather(
        *(batcher.add(n) for n in (13, 14, 15, 16)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [ConnectionError, ConnectionError, int, int]


async def test_a_caller_that_leaves_does_not_take_its_neighbours_along() -> None:
    """Its item is written, its neighbour answered."""
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher(recorder.flush, wait=0.01)
    leaving = asyncio.create_task(batcher.add(1))
    staying = asyncio.create_task(batcher.add(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 4
    assert recorder.batches == [[1, 2]]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_an_error_reaches_who_stayed_when_another_left() -> None:
    """The neighbour is told, though one of its batch no longer listens."""
    batcher: Batcher[int, int] = Batcher(Recorder().flush, wait=0.01)
    leaving = asyncio.create_task(batcher.add(1))
    staying = asyncio.create_task(batcher.add(13))
    await asyncio.sleep(0)
    leaving.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError, match="13"):
            await staying


async def test_close_writes_what_waits() -> None:
    """Nothing that was handed over is dropped."""
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher(recorder.flush, wait=60)
    waiting = asyncio.create_task(batcher.add(1))
    await asyncio.sleep(0)
    await batcher.close()
    assert await waiting == 2


async def test_the_next_batch_gathers_while_one_is_written() -> None:
    """One flush at a time: the busier it is, the larger the batches."""
    recorder = Recorder()
    release = asyncio.Event()

    async def flush(items: Sequence[int]) -> list[int]:
        answers = await recorder.flush(items)
        await release.wait()
        return answers

    batcher: Batcher[int, int] = Batcher(flush, wait=0)
    calls = [asyncio.create_task(batcher.add(1))]
    await asyncio.sleep(0.01)
    for number in (2, 3, 4):
        calls.append(asyncio.create_task(batcher.add(number)))
        await asyncio.sleep(0.005)
    assert recorder.batches == [[1]]
    release.set()
    assert await asyncio.gather(*calls) == [2, 4, 6, 8]
    assert recorder.batches == [[1], [2, 3, 4]]


async def test_a_full_batch_is_written_beside_another_but_not_beside_two() -> None:
    """Nobody waits for a disk that has nothing to do, and no pool is emptied either."""
    recorder = Recorder()
    release = asyncio.Event()

    async def flush(items: Sequence[int]) -> list[int]:
        answers = await recorder.flush(items)
        await release.wait()
        return answers

    batcher: Batcher[int, int] = Batcher(flush, full=2, at_once=2, wait=0)
    calls = []
    for number in range(7):
        calls.append(asyncio.create_task(batcher.add(number)))
        await asyncio.sleep(0.005)
    assert recorder.batches == [[0], [1, 2]]
    release.set()
    assert await asyncio.gather(*calls) == [0, 2, 4, 6, 8, 10, 12]
    assert recorder.batches == [[0], [1, 2], [3, 4, 5, 6]]


async def test_a_batch_waits_while_others_keep_coming() -> None:
    """They are written together, though each came after the first one's wait."""
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher(recorder.flush, wait=0.05, longest=60)
    await asyncio.gather(batcher.add(98), batcher.add(99))
    calls = []
    for number in range(4):
        calls.append(asyncio.create_task(batcher.add(number)))
        await asyncio.sleep(0.03)
    assert await asyncio.gather(*calls) == [0, 2, 4, 6]
    assert recorder.batches == [[98, 99], [0, 1, 2, 3]]


async def test_a_batch_does_not_wait_for_ever() -> None:
    """Others may keep coming for ever."""
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher(recorder.flush, wait=0.02, longest=0.03)
    await asyncio.gather(batcher.add(98), batcher.add(99))
    calls = []
    for number in range(100, 120):
        calls.append(asyncio.create_task(batcher.add(number)))
        await asyncio.sleep(0.01)
    assert await asyncio.gather(*calls) == [2 * number for number in range(100, 120)]
    assert 2 < len(recorder.batches) < 21


async def test_after_a_lone_item_nobody_waits() -> None:
    """An hour of waiting would fail this."""
    recorder = Recorder()
    batcher: Batcher[int, int] = Batcher(recorder.flush, wait=3600, longest=3600)
    async with asyncio.timeout(10):
        assert [await batcher.add(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert recorder.batches == [[1], [2], [3]]
