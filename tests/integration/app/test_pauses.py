"""A pause from the operator's call to the jobs that wait and go on, over all three stores."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.integration.app.desks import A, System
from tests.integration.app.test_dispatch import dispatching, until

from registrar.app.dispatch import Pace
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, State, WaitReason
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import Store
from registrar.testing.desk import connectors
from registrar.testing.records import new_registration

KEY = ConnectorKey("acme", Tier.API)
QUICK = Pace(poll=0.1, sweep=0.05, outage=0.02)


async def test_jobs_of_a_paused_connector_wait_and_go_on(system: System) -> None:
    """Callers see it in the events; the attempt after the pause is the first one."""
    desk = connectors(system.store)
    submitted = (await system.submit()).view.registration
    await desk.pause(A, KEY, "maintenance", None)

    async def now() -> Registration:
        return (await system.desk.get(A, submitted.id)).registration

    async with dispatching(system.store, QUICK) as running:
        async with asyncio.timeout(5):
            while (await now()).wait_reason is not WaitReason.CONNECTOR_PAUSED:  # noqa: ASYNC110 - the sweeper's work
                await asyncio.sleep(0.02)
        assert ((await now()).state, (await now()).next_attempt_at) == (State.WAITING, None)
        assert running.hints.sent == []
    await desk.resume(A, KEY)
    await system.advance()
    assert ((await now()).state, (await now()).attempt_count) == (State.SUCCEEDED, 1)
    events = await system.desk.events(A, submitted.id, after=0, limit=9)
    assert [one.kind.value for one in events] == [
        "submitted",
        "state_changed",
        "attempt_started",
        "attempt_ended",
    ]
    assert system.connector.sends == 1


async def test_a_pause_with_an_end_lets_go_by_itself(store: Store) -> None:
    """Nobody has to resume it; hints come soon after the end, and none before."""
    await store.insert([new_registration() for _ in range(10)])
    ends = datetime.now(UTC) + timedelta(seconds=1.5)
    await connectors(store).pause(A, KEY, "maintenance", ends)
    async with dispatching(store, QUICK) as running:
        await until(lambda: len(running.hints.sent) == 10)
        late = datetime.now(UTC) - ends
    assert timedelta(0) <= late < timedelta(seconds=2)
