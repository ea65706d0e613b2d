"""The real use cases over the memory store: dispatcher, sweepers, workers and people, in steps."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

import msgspec.structs
from tests.property.world.actors import Actor, Reading, Seen, Writing
from tests.property.world.maker import Maker
from tests.property.world.people import carried_out
from tests.property.world.routes import Routes
from tests.property.world.virtual import VirtualClock, VirtualLoop, at_once

from registrar.app import sealing
from registrar.app.advance import Advance
from registrar.app.commands import Caller, View
from registrar.app.intervene import Intervene
from registrar.app.releasing import Pace, Release
from registrar.app.sweep import Sweep
from registrar.domain.customer import Customer
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import Attempt, Event, Registration
from registrar.domain.submission import Submission
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import JOBS, Hint
from registrar.ports.store import NewRegistration, Store
from registrar.store.memory import MemoryStore
from registrar.testing.desk import ACME
from registrar.testing.records import Wanted, new_registration
from registrar.testing.vault import MemoryVault

LEASE = timedelta(seconds=60)
VAULT = MemoryVault()
SUBMISSION = Submission(
    customer=Customer(given_name="Ada", family_name="Lovelace", email="ada@example.com"),
    product=Product(serial_number="AC0123456789"),
    purchase=Purchase(date=date(2026, 11, 1), country="PL"),
)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How often the risk of a second registration was taken."""

    store: MemoryStore

    def __call__(self, registration_id: str) -> int:
        """By the events."""
        told = at_once(self.store.events("tenant-a", registration_id, after=0, limit=10_000))
        return sum(one.detail.get("acknowledged") == "true" for one in told)


def _named(item: NewRegistration, key: str) -> NewRegistration:
    """The same in every run."""
    change = msgspec.structs.replace
    made = item.transition
    events = tuple(change(one, registration_id=key) for one in made.events)
    made = change(made, registration=change(made.registration, id=key), events=events)
    return change(item, transition=made)


class Fleet:
    """`hints` are those that are somewhere between the dispatcher and a worker."""

    def __init__(self, routes: Mapping[Tier, Capabilities], lag: float) -> None:
        self.clock = VirtualClock()
        self.loop = VirtualLoop(self.clock)
        self.store = MemoryStore(self.clock)
        self.maker = Maker(self.clock, routes, lag, Acknowledged(self.store))
        self.hints: list[Hint] = []
        self.actors: list[Actor] = []
        self.accepted: list[Registration] = []
        self.strays: list[str] = []
        """Registrations that were acted on by who did not hold them any more."""
        self.redis_is_away = False
        nobody = Actor(self.loop, "dispatcher")
        catalogue = Routes(self.maker, nobody, lambda _: None)
        self._releases = [
            Release(one, store=self.store, hints=self, catalogue=catalogue, pace=Pace())
            for one in JOBS
        ]
        self._requests = 0

    def close(self) -> None:
        """Whoever is still there goes."""
        for one in self.actors:
            one.leave()
        self.loop.settle()
        self.loop.close()

    # --- ports.queue.Hints

    async def send(self, hints: Sequence[Hint]) -> None:
        """They are on their way, or nowhere."""
        await self.ping()
        self.hints += hints

    async def ping(self) -> None:
        """Raises ConnectionError while Redis is away."""
        if self.redis_is_away:
            raise ConnectionError

    # --- app.intervene.Reader

    async def get(self, caller: Caller, registration_id: str) -> View:
        """As it stands."""
        del caller
        return View(self.now(registration_id), SUBMISSION)

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """What has happened to it."""
        return await self.store.events(caller.tenant_id, registration_id, after=after, limit=limit)

    # --- what is known

    def now(self, registration_id: str) -> Registration:
        """As the store has it."""
        found = at_once(self.store.get("tenant-a", [registration_id]))
        return found[registration_id].registration

    def rows(self) -> list[Registration]:
        """All that were accepted, as the store has them."""
        return [self.now(one.id) for one in self.accepted]

    def told(self, registration_id: str) -> list[Event]:
        """All its events."""
        return at_once(self.store.events("tenant-a", registration_id, after=0, limit=10_000))

    def attempts(self, registration_id: str) -> list[Attempt]:
        """All of them."""
        return at_once(self.store.attempts("tenant-a", registration_id))

    def standing(self) -> list[Actor]:
        """Those who wait to be told on."""
        return [one for one in self.actors if one.at]

    def is_leased(self) -> bool:
        """Somebody has a job, or had it and has vanished."""
        found = at_once(self.store.work([one.id for one in self.accepted]))
        return any(one.leased for one in found.values())

    # --- what happens

    def accept(self, tiers: tuple[Tier, ...], complete_by: datetime | None) -> None:
        """Durable, with its payload sealed."""
        key = f"reg_{len(self.accepted)}"
        wanted = Wanted(tiers=tiers, created_at=self.clock.now(), complete_by=complete_by)
        item = _named(new_registration(wanted), key)
        sealed = at_once(sealing.seal(VAULT, key, sealing.payload(SUBMISSION)))
        (made,) = at_once(self.store.insert([msgspec.structs.replace(item, sealed=sealed)]))
        self.accepted.append(made.registration)

    def release(self) -> None:
        """The dispatcher's turn; with Redis away its hints are lost."""
        for one in self._releases:
            try:
                at_once(one.release())
            except ConnectionError:
                continue

    def work(self, hint: Hint) -> Actor:
        """A worker takes it."""
        actor = Actor(self.loop, "worker")
        seen = Seen(self.store, actor)
        advance = Advance(
            leases=seen,
            reader=Reading(self.store),
            writer=Writing(seen, LEASE),
            catalogue=Routes(self.maker, actor, self._acts(hint.fence)),
            vault=VAULT,
            clock=self.clock,
            lease=LEASE,
        )
        return self._begin(actor, advance.run(hint.registration_id, hint.fence))

    def _acts(self, fence: int) -> Callable[[str], None]:
        """Noted where somebody acts whose job has been given to another."""

        def acting(registration_id: str) -> None:
            work = at_once(self.store.work([registration_id])).get(registration_id)
            if work is None or not work.leased or work.fence != fence:
                self.strays.append(registration_id)

        return acting

    def sweep(self, what: str) -> Actor:
        """One batch of `leases`, `deadlines` or `pauses`."""
        actor = Actor(self.loop, what)
        store = cast(Store, Seen(self.store, actor))
        sweep = Sweep(store, Routes(self.maker, actor, lambda _: None), self.clock)
        doing = {"leases": sweep.leases, "deadlines": sweep.deadlines}
        if what in doing:
            return self._begin(actor, doing[what]())
        return self._begin(actor, self._sweep_pauses(sweep))

    async def _sweep_pauses(self, sweep: Sweep) -> None:
        for queue in JOBS:
            await sweep.pauses(queue)

    def wish(self, registration_id: str, what: str) -> Actor:
        """A person's: `cancel`, `retry`, `retry_at_risk`, `complete` or `give_up`."""
        actor = Actor(self.loop, what)
        self._requests += 1
        asks = Intervene(cast(Store, Seen(self.store, actor)), self, self.clock)
        doing = carried_out(asks, registration_id, what, str(self._requests))
        return self._begin(actor, doing)

    def _begin(self, actor: Actor, doing: Coroutine[Any, Any, object]) -> Actor:
        self.actors.append(actor)
        actor.start(doing)
        self.reap()
        return actor

    def go(self, actor: Actor, how: object = None) -> None:
        """On to where it next stands."""
        actor.go(how)
        self.reap()

    def kill(self, actor: Actor) -> None:
        """Whoever is killed is not there any more."""
        actor.kill()
        self.reap()

    def reap(self) -> None:
        """Whoever is at the end is not there any more; raises what none may end with."""
        self.actors = [one for one in self.actors if not one.over]

    def pass_time(self, seconds: float) -> None:
        """Every timer that is due by then goes off."""
        self.clock.seconds += seconds
        self.loop.settle()
        self.reap()

    def next_due(self) -> float:
        """Seconds until a job is due; a lease's length where none is."""
        found = [at_once(self.store.next_due(queue)) for queue in JOBS]
        seconds = [one.total_seconds() for one in found if one is not None]
        return min([*seconds, LEASE.total_seconds() + 1])

    def pause(self, tier: Tier, *, stopped: bool) -> None:
        """By an operator, or by the system itself."""
        states, key = self.store.connectors, ConnectorKey(ACME.id, tier)
        if stopped:
            at_once(states.stop(key, "changed", "1", "form"))
        else:
            at_once(states.pause(key, "holidays", "operator", None))

    def resume(self, tier: Tier) -> None:
        """Whoever had paused it."""
        at_once(self.store.connectors.resume(ConnectorKey(ACME.id, tier)))
