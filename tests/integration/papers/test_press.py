"""The press is bounded: in time, in size, in what waits; and it recovers."""

import asyncio
import os
import signal
import time
from typing import Any

import pytest

from registrar.connectors.kit.paper.papers import TypstPapers
from registrar.connectors.kit.paper.press import Press, PressLimits, TemplateWrong
from registrar.domain.errors import Overloaded, PaperFailed
from registrar.testing.papers_suite import GUIDE, subject

ENDLESS = "#for a in range(9999) { for b in range(9999) { for c in range(9999) { [x] } } }"
DATA: dict[str, Any] = {}


async def _child(press: Press) -> int:
    """Of a press that has printed."""
    await TypstPapers(press).guide(subject(), GUIDE, "en")
    child = press._child  # noqa: SLF001 - there is no other way to it
    assert child is not None
    return child.pid


async def test_a_page_that_will_not_end_is_ended(read: Any) -> None:  # noqa: ANN401 - a function
    """Within its time, while the event loop goes on; the next one is printed."""
    press = Press(PressLimits(seconds=1.5))
    started, ticks = time.monotonic(), 0
    printing = asyncio.create_task(press.print("guide.typ", DATA, 0, ENDLESS))
    while not printing.done():
        await asyncio.sleep(0.05)
        ticks += 1
    with pytest.raises(PaperFailed):
        await printing
    assert time.monotonic() - started < 5
    assert ticks > 10
    own = TypstPapers(press, lambda _: ENDLESS)
    assert "SN-0001" in read(await own.guide(subject(), GUIDE, "en"))
    await press.close()


async def test_a_dead_child_is_replaced(press: Press) -> None:
    """Who asks next gets a paper, at the latest on the second try."""
    pid = await _child(press)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(PaperFailed):
        await TypstPapers(press).guide(subject(), GUIDE, "en")
    assert await _child(press) != pid


async def test_who_does_not_wait_leaves_no_paper_behind(press: Press) -> None:
    """The next one is not handed what was meant for another."""
    pid = await _child(press)
    waiting = asyncio.create_task(press.print("guide.typ", DATA, 0, ENDLESS))
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await _child(press) != pid


async def test_too_many_that_wait_are_refused() -> None:
    """At once."""
    press = Press(PressLimits(seconds=2, waiting=1))
    first = asyncio.create_task(press.print("guide.typ", DATA, 0, ENDLESS))
    await asyncio.sleep(0.1)
    with pytest.raises(Overloaded):
        await press.print("guide.typ", DATA, 0)
    with pytest.raises(PaperFailed):
        await first
    await press.close()


async def test_too_much_is_refused() -> None:
    """Before it is sent, and before it is read."""
    press = Press(PressLimits(most_in=100))
    with pytest.raises(PaperFailed):
        await TypstPapers(press).guide(subject(), GUIDE, "en")
    await press.close()
    press = Press(PressLimits(most_out=100))
    with pytest.raises(PaperFailed):
        await TypstPapers(press).guide(subject(), GUIDE, "en")
    await press.close()


async def test_a_template_that_is_wrong_gives_way_to_ours(press: Press, read: Any) -> None:  # noqa: ANN401 - a function
    """Its author is told by the lint; a customer gets a guide."""
    with pytest.raises(TemplateWrong):
        await press.print("guide.typ", DATA, 0, "#nonsense")
    for source in ("#nonsense", '#import "@preview/nothing:1.0.0"', '#read("/etc/passwd")'):
        own = TypstPapers(press, lambda _, source=source: source)
        assert "SN-0001" in read(await own.guide(subject(), GUIDE, "en"))


async def test_an_own_template_has_the_data_of_ours(press: Press, read: Any) -> None:  # noqa: ANN401 - a function
    """And may use the same frame."""
    source = '#import "/sheet.typ": *\n#show: sheet\nOurs: #value(data.steps.at(1).text)'
    own = TypstPapers(press, lambda _: source)
    assert "Ours: Fill in what is asked." in read(await own.guide(subject(), GUIDE, "en"))


async def test_the_child_knows_no_secret(press: Press) -> None:
    """Its environment is not ours."""
    os.environ["REGISTRAR_CANARY"] = "canary"
    pid = await _child(press)
    with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: ASYNC230, PTH123 - a file of the kernel
        assert b"canary" not in file.read()
    del os.environ["REGISTRAR_CANARY"]
