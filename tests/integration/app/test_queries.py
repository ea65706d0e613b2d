"""Reading: by tenant, in pages, with attempts; over all three stores."""

from datetime import timedelta

import pytest
from tests.integration.app.desks import A, B, System, command, gathered

from registrar.app.commands import (
    Selection,
    WatchStart,
)
from registrar.app.queries import BATCH
from registrar.domain.errors import (
    NotFound,
    PageTokenInvalid,
)
from registrar.domain.outcome import Tier
from registrar.domain.registration import AttemptState


async def test_nothing_of_another_tenant_is_visible(system: System) -> None:
    """Every way in answers as if it were not there."""
    made = (await system.submit()).view.registration
    for call in (
        system.desk.get(B, made.id),
        system.desk.lookup(B, external_reference="order-1"),
        system.desk.events(B, made.id, after=0, limit=10),
        system.desk.attempts(B, made.id),
        system.desk.cancel(B, made.id, reason="", etag="", request_id=""),
        system.desk.wait(B, made.id, after_revision=0, max_wait=timedelta(0)),
    ):
        with pytest.raises(NotFound):
            await call
    page = await system.desk.page(B, Selection(), descending=True, page_size=10, page_token="")
    assert not page.views
    with pytest.raises(NotFound):
        await gathered(system.desk.watch(B, WatchStart((made.id,))))


async def test_pages_follow_each_other(system: System) -> None:
    """Each registration once; a token belongs to its filter, order and tenant."""
    made = [(await system.submit()).view.registration.id for _ in range(5)]
    seen: list[str] = []
    token = ""
    while True:
        page = await system.desk.page(
            A, Selection(), descending=False, page_size=2, page_token=token
        )
        seen += [view.registration.id for view in page.views]
        last, token = token, page.next_page_token
        if not token:
            break
    assert seen == made
    for caller, selection, descending in (
        (B, Selection(), False),
        (A, Selection(user_ref="x"), False),
        (A, Selection(), True),
    ):
        with pytest.raises(PageTokenInvalid):
            await system.desk.page(
                caller, selection, descending=descending, page_size=2, page_token=last
            )


async def test_all_that_match_are_more_than_one_batch(system: System) -> None:
    """Each once, oldest first."""
    await system.desk.submit_many(A, [command() for _ in range(BATCH + 1)])
    await system.submit(B)
    seen = [view.registration async for view in system.desk.queries.every(A, Selection())]
    assert len({one.id for one in seen}) == len(seen) == BATCH + 1
    assert seen == sorted(seen, key=lambda one: (one.created_at, one.id))


async def test_an_attempt_is_told_with_its_outcome(system: System) -> None:
    """None before a worker took it."""
    made = (await system.submit()).view.registration
    assert await system.desk.attempts(A, made.id) == []
    await system.advance()
    (attempt,) = await system.desk.attempts(A, made.id)
    assert (attempt.number, attempt.tier, attempt.state, attempt.code) == (
        1,
        Tier.API,
        AttemptState.ENDED,
        "ok.registered",
    )
