"""What is late keeps out what is no more urgent, of the same manufacturer, and nothing else."""

import asyncio
import dataclasses
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs
from tests.unit.app.test_submit import SUBMISSION, A, submitting

from registrar.app.backlog import Backlog
from registrar.app.commands import Submit
from registrar.app.submit import SubmitRegistrations
from registrar.domain.errors import (
    Backlogged,
    InvalidRequest,
    RequestIdReused,
    StoreUnavailable,
)
from registrar.domain.registration import LATENESS, Priority
from registrar.ports.store import Inserted, Lateness, NewRegistration
from registrar.store.memory import MemoryStore

INTERACTIVE, NORMAL, BULK = Priority
HOUR = timedelta(hours=1)


class Late(MemoryStore):
    """Says how late it is; None: it does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.late: dict[tuple[str, Priority], timedelta] | None = {}

    async def lateness(self, manufacturers: Sequence[str]) -> list[Lateness]:
        """As told."""
        if self.late is None:
            raise StoreUnavailable
        return [
            Lateness(maker, int(priority), late)
            for (maker, priority), late in self.late.items()
            if maker in manufacturers
        ]


def use_case() -> tuple[Late, Backlog, SubmitRegistrations]:
    """Of Acme."""
    store, plain = Late(), submitting("Acme")
    backlog = Backlog(store, plain.catalogue)
    made = dataclasses.replace(plain, store=store, backlog=backlog)
    return store, backlog, dataclasses.replace(made, inserting=One(store))


class One:
    """Inserts at once."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    async def add(self, item: NewRegistration) -> Inserted:
        """Into the store."""
        return (await self.store.insert([item]))[0]


def wanted(priority: Priority = NORMAL, **given: object) -> Submit:
    """A fresh request."""
    made = Submit(str(uuid.uuid4()), "acme", "Acme", SUBMISSION, priority=priority)
    return replace(made, **given)


@pytest.mark.parametrize(
    ("late", "hours", "refused"),
    [
        (BULK, 2, {BULK}),
        (BULK, 100, {BULK}),
        (NORMAL, 2, {BULK}),
        (NORMAL, 7, {NORMAL, BULK}),
        (NORMAL, 100, {NORMAL, BULK}),
        (INTERACTIVE, 2, {BULK}),
        (INTERACTIVE, 7, {NORMAL, BULK}),
        (INTERACTIVE, 25, {INTERACTIVE, NORMAL, BULK}),
        (INTERACTIVE, 0.9, set()),
    ],
)
async def test_the_least_urgent_is_refused_first(
    late: Priority, hours: float, refused: set[Priority]
) -> None:
    """A late class keeps out itself and those behind it, each by its own limit."""
    store, backlog, _ = use_case()
    store.late = {("acme", late): hours * HOUR}
    await backlog.once()
    assert {one for one in Priority if backlog.refusal("acme", one)} == refused
    assert not any(backlog.refusal("other", one) for one in Priority)


async def test_who_is_refused_learns_when_to_come_back() -> None:
    """And nothing is stored; a check that stores nothing is answered as ever."""
    store, backlog, submit = use_case()
    store.late = {("acme", BULK): 2 * HOUR}
    await backlog.once()
    refused = wanted(BULK)
    with pytest.raises(Backlogged) as caught:
        await submit.one(A, refused)
    assert (caught.value.subject, caught.value.retry_after) == ("acme/bulk", timedelta(minutes=1))
    assert (await submit.one(A, wanted(BULK, validate_only=True))).created is False
    assert (await submit.one(A, wanted(NORMAL))).created is True
    assert not await store.known(A.tenant_id, refused.request_id)


async def test_what_was_accepted_is_answered_again_however_much_waits() -> None:
    """Also that its id is another request's."""
    store, backlog, submit = use_case()
    first = wanted(BULK)
    made = await submit.one(A, first)
    store.late = {("acme", BULK): 2 * HOUR}
    await backlog.once()
    again = await submit.one(A, first)
    assert (again.created, again.view.registration.id) == (False, made.view.registration.id)
    with pytest.raises(RequestIdReused):
        await submit.one(A, replace(first, complete_by=datetime.now(UTC) + HOUR))


async def test_what_was_accepted_is_answered_again_when_its_time_is_over() -> None:
    """A new one is not, whatever else is wrong about it; nor one that was only checked."""
    _, _, submit = use_case()
    soon = wanted(complete_by=datetime.now(UTC) + timedelta(seconds=0.2))
    made = await submit.one(A, soon)
    await asyncio.sleep(0.25)
    assert (await submit.one(A, soon)).view.registration.id == made.view.registration.id
    fresh = replace(soon, request_id=str(uuid.uuid4()))
    checked = replace(soon, validate_only=True)
    for one in (fresh, checked):
        with pytest.raises(InvalidRequest) as caught:
            await submit.one(A, one)
        assert [one.field for one in caught.value.violations] == ["complete_by"]
    with pytest.raises(InvalidRequest) as caught:
        await submit.one(A, replace(soon, brand="Other"))
    assert [one.field for one in caught.value.violations] == ["complete_by", "brand"]


async def test_a_door_is_told_once_when_it_shuts_and_once_when_it_opens() -> None:
    """What was seen last counts while the database is away."""
    store, backlog, _ = use_case()
    with capture_logs() as lines:
        for late in ({("acme", BULK): 2 * HOUR}, {("acme", BULK): 3 * HOUR}, None):
            store.late = late
            await backlog.once()
        assert backlog.refusal("acme", BULK)
        store.late = {}
        await backlog.once()
    told = [(one["event"], one["manufacturer_id"], one["priority"]) for one in lines]
    assert told == [("backlog_too_old", "acme", "bulk"), ("backlog_worked_off", "acme", "bulk")]


async def test_it_looks_again_and_again() -> None:
    """By itself."""
    store, backlog, _ = use_case()
    backlog.seconds = 0.01
    task = asyncio.create_task(backlog.run())
    for late, shut in ((2 * HOUR, True), (timedelta(0), False)):
        store.late = {("acme", BULK): late}
        async with asyncio.timeout(20):
            while bool(backlog.refusal("acme", BULK)) is not shut:  # noqa: ASYNC110 - another task's state
                await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_limits_leave_the_least_urgent_the_least_time() -> None:
    """Within the three days of a registration without a deadline."""
    assert LATENESS[BULK] < LATENESS[NORMAL] < LATENESS[INTERACTIVE] < timedelta(days=3)
