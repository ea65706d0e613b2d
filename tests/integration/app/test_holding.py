"""A worker that falls behind its own lease sends nothing, over all three stores."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.integration.app import test_forms
from tests.integration.app.test_delivery import STRONG, Fleet, Forgetful

from registrar.app.advance import Advance, Advanced
from registrar.app.course import Writer
from registrar.domain.registration import EventKind, State, Transition
from registrar.ports.store import Store
from registrar.testing.manufacturer import LedgerConnector

SHORT = timedelta(seconds=1)


@dataclass
class Late:
    """The answer to a write of `kind` comes when it may."""

    inner: Writer
    kind: EventKind
    written: asyncio.Event
    heard: asyncio.Event

    async def add(self, item: Transition) -> bool:
        """It is durable before that."""
        done = await self.inner.add(item)
        if [one.kind for one in item.events] == [self.kind]:
            self.written.set()
            await self.heard.wait()
        return done


def late(worker: Advance, kind: EventKind) -> tuple[Advance, Late]:
    """Its renewals fail as well, as they would."""
    writer = Late(worker.writer, kind, asyncio.Event(), asyncio.Event())
    return replace(worker, writer=writer, leases=Forgetful(), lease=SHORT), writer


async def test_who_hears_of_its_claim_too_late_sends_nothing(store: Store) -> None:
    """By then the look-up has found nothing, and another worker has sent it: once in the ledger."""
    connector = LedgerConnector(STRONG)
    slow, others = Fleet(store, connector, SHORT), Fleet(store, connector)
    worker, writer = late(slow.advance, EventKind.ATTEMPT_STARTED)
    (one,) = await slow.accept()
    (hint,) = await slow.hints()
    working = asyncio.create_task(worker.run(*hint))
    await writer.written.wait()
    await asyncio.sleep(SHORT.total_seconds() * 1.2)
    assert await others.sweep.leases() == 1
    await others.settle()
    assert (await others.now(one)).state is State.SUCCEEDED
    writer.heard.set()
    assert await working is Advanced.FENCED
    assert connector.ledger == {one.id: 1}


async def test_who_hears_of_its_marker_too_late_does_not_click(store: Store) -> None:
    """The marker stands, so somebody looks; the form was not sent."""
    form = test_forms.Form()
    fleet = test_forms.Fleet(store, form)
    worker, writer = late(fleet.advance, EventKind.POINT_OF_NO_RETURN)
    await fleet.accept()
    working = asyncio.create_task(worker.run(*await fleet.hint()))
    await writer.written.wait()
    await asyncio.sleep(SHORT.total_seconds() * 1.2)
    writer.heard.set()
    await working
    assert form.ledger == {}
