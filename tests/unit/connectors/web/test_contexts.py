"""Contexts of a browser: one a job, made ahead where jobs of one form follow each other."""

import asyncio
from typing import Any, ClassVar

import pytest
from playwright.async_api import Error

from registrar.connectors.kit.web.contexts import Contexts, Place
from registrar.connectors.kit.web.tab import Gone
from registrar.outbound import Reach

HERE = Place(Reach.of(["https://a.example"]))
THERE = Place(Reach.of(["https://b.example"]))


class Way:
    """A proxy that says of its URL where it leads to."""

    made: ClassVar[list["Way"]] = []

    def __init__(self, reach: Reach) -> None:
        self.reach, self.closed = reach, False
        self.made.append(self)

    async def start(self) -> str:
        """By its only host."""
        (host,) = {host for host, _ in self.reach.hosts or ()}
        return host

    async def close(self) -> None:
        """And is counted no more."""
        self.closed = True


class Context:
    """With a page, until it is closed."""

    def __init__(self, program: "Program", reached: str, session: object) -> None:
        self.program, self.reached, self.session = program, reached, session
        self.closed = False

    def set_default_timeout(self, _: float) -> None:
        """Nothing takes long here."""

    async def new_page(self) -> "Context":
        """Itself: a tab only listens to it."""
        return self

    async def new_cdp_session(self, _: object) -> None:
        """Nobody takes a picture."""

    def on(self, *_: object) -> None:
        """Nothing happens."""

    async def close(self) -> None:
        """And is counted no more."""
        self.closed = True


class Program:
    """A browser that makes contexts; `opens` is unset while it is to take its time."""

    def __init__(self) -> None:
        self.made: list[Context] = []
        self.opens = asyncio.Event()
        self.opens.set()
        self.broken = self.closed = False

    async def new_context(self, **given: Any) -> Context:  # noqa: ANN401 - Playwright's options
        """Kept, so that a test may look at all of them."""
        await self.opens.wait()
        if self.broken:
            raise Error("no more")
        one = Context(self, given["proxy"]["server"], given["storage_state"])
        self.made.append(one)
        return one

    async def close(self) -> None:
        """Of the browser."""
        self.closed = True

    def open(self) -> list[str]:
        """Hosts of the contexts that are there."""
        return [one.reached for one in self.made if not one.closed]


def started() -> tuple[Any, Contexts]:
    """A browser, and its contexts."""
    program: Any = Program()
    Way.made.clear()
    way: Any = Way
    return program, Contexts(program, way)


async def settled() -> None:
    """Whatever goes on behind is done."""
    for _ in range(9):
        await asyncio.sleep(0)


async def visited(contexts: Contexts, place: Place) -> Any:  # noqa: ANN401 - the fake
    """A job, and the context that it had."""
    opened = await contexts.taken(place)
    contexts.left(opened)
    await settled()
    return opened.context


async def test_no_two_jobs_have_the_same_context() -> None:
    """Nor is one open that nobody has or will have."""
    program, contexts = started()
    had = [await visited(contexts, HERE) for _ in range(4)]
    assert len({id(one) for one in had}) == 4
    assert (len(program.made), program.open()) == (5, ["a.example"])
    await contexts.close()
    assert (program.open(), program.closed) == ([], True)
    assert [one.closed for one in Way.made] == [True] * 5


async def test_the_next_one_is_made_while_jobs_of_a_form_follow_each_other() -> None:
    """The second job makes the third one's, before that has come."""
    program, contexts = started()
    await visited(contexts, HERE)
    assert len(program.made) == 1
    await visited(contexts, HERE)
    assert len(program.made) == 3
    assert await visited(contexts, HERE) is program.made[2]


async def test_a_context_is_for_its_own_form_alone() -> None:
    """For other hosts, or another session, there is another one, and the spare is thrown away."""
    program, contexts = started()
    await visited(contexts, HERE)
    await visited(contexts, HERE)
    session: Any = {"cookies": [], "origins": []}
    for other, host in (THERE, "b.example"), (Place(HERE.reach, session), "a.example"):
        had = await visited(contexts, other)
        assert (had.reached, had.session) == (host, other.session)
    assert program.open() == []


async def test_jobs_at_the_same_moment_have_one_each() -> None:
    """One spare, whoever comes first."""
    program, contexts = started()
    had = await asyncio.gather(*(contexts.taken(HERE) for _ in range(4)))
    assert len({id(one.context) for one in had}) == 4
    await settled()
    assert len(program.made) == 5


async def test_a_job_that_is_cancelled_leaves_no_context_open() -> None:
    """Also where it was not there yet."""
    program, contexts = started()
    program.opens.clear()
    waiting = asyncio.create_task(contexts.taken(HERE))
    await settled()
    waiting.cancel()
    program.opens.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await settled()
    assert (len(program.made), program.open()) == (1, [])


async def test_a_spare_that_could_not_be_made_is_nobodys_trouble() -> None:
    """The next job has one of its own."""
    program, contexts = started()
    await visited(contexts, HERE)
    opened = await contexts.taken(HERE)
    program.broken = True
    await settled()
    contexts.left(opened)
    program.broken = False
    assert (await visited(contexts, HERE)).reached == "a.example"


async def test_a_browser_that_makes_none_is_gone() -> None:
    """And says so to whoever asks."""
    program, contexts = started()
    program.broken = True
    with pytest.raises(Gone):
        await contexts.taken(HERE)
    assert [one.closed for one in Way.made] == [True]
