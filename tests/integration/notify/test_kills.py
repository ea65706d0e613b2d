"""The notifier is killed at every step: nothing is lost, and nothing knowingly told twice."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.integration.notify.desk import Telling

from registrar.app.notifications.deliver import Deliveries, Flow
from registrar.app.notifications.letters import Letters
from registrar.domain.errors import StoreUnavailable
from registrar.domain.notification import Channel, Kind
from registrar.notify.memory import MemoryMailer
from registrar.ports.notices import NoticeState
from registrar.ports.store import Store

ONE_BY_ONE = Flow(at_once=1, lease=timedelta(0), poll=0.01, database=0.01)


class Killed(BaseException):
    """As by kill -9: nothing after it runs."""


@dataclass
class Fate:
    """Every step of a process; it dies before, or just after, the step of that number."""

    at: int
    after: bool
    steps: list[str] = field(default_factory=list)
    dead: bool = False

    async def step(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - of any step
        """One of them."""
        if self.dead:
            raise Killed
        self.steps.append(name)
        dies = len(self.steps) - 1 == self.at
        if dies and not self.after:
            self._die()
        answer = await call()
        if dies:
            self._die()
        return answer

    def _die(self) -> None:
        self.dead = True
        raise Killed


class Mortal:
    """Something whose every call is a step; its parts are mortal, too."""

    def __init__(self, real: Any, fate: Fate, *parts: str) -> None:  # noqa: ANN401 - any port
        self._real = real
        self._fate = fate
        self._parts = parts

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any port
        found = getattr(self._real, name)
        if name in self._parts:
            return Mortal(found, self._fate)

        async def call(*given: Any, **more: Any) -> Any:  # noqa: ANN401 - of any method
            return await self._fate.step(name, lambda: found(*given, **more))

        return call


async def lived(store: Store, mailer: MemoryMailer, fate: Fate) -> bool:
    """One life of a notifier; False where it was killed."""
    mortal: Any = Mortal(store, fate, "notices", "tenants")
    telling = Telling(mortal, Mortal(mailer, fate), flow=ONE_BY_ONE)  # type: ignore[arg-type]  # a mailer
    try:
        await telling.told()
    except Killed:
        return False
    return not fate.dead


async def test_no_kill_loses_a_letter_or_sends_it_twice_knowingly(store: Store) -> None:
    """Twice only where it died after the server took it and before that was written down."""
    told, windows, at = Counter[str](), 0, 0
    calm = await Telling(store).begin()
    while True:
        twice = []
        for after in (False, True):
            mailer = MemoryMailer()
            made = await calm.submitted()
            await calm.moved(made, Kind.REGISTERED)
            fate = Fate(at, after)
            killed = not await lived(store, mailer, fate)
            assert await lived(store, mailer, Fate(-1, after=False))
            counts = Counter(one.id for one in mailer.sent)
            assert sorted(one.kind for one in {one.id: one for one in mailer.sent}.values()) == [
                Kind.RECEIVED,
                Kind.REGISTERED,
            ], (at, after, fate.steps)
            died = fate.steps[at] if killed else "alive"
            told[died] += 1
            unknown = (died, after) in {("send", True), ("settle", False)}
            assert sorted(counts.values()) == ([1, 2] if unknown else [1, 1]), (died, after)
            windows += unknown
            twice.append(killed)
        if not any(twice):
            break
        at += 1
    assert windows == 4
    steps = {"position", "log", "of", "record", "claim", "get", "bounced", "send", "settle"}
    assert steps <= told.keys()
    states = [one.state for one in await calm.notices()]
    assert set(states) == {NoticeState.SENT}


class Flickering:
    """Notices whose database is away for the first calls of one method, or what `error` says."""

    def __init__(
        self,
        real: Any,  # noqa: ANN401 - any port
        method: str,
        times: int,
        error: Exception | None = None,
    ) -> None:
        self._real = real
        self._method = method
        self._error = error or StoreUnavailable()
        self.left = times

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any method
        if name == self._method and self.left:
            self.left -= 1
            return self._away
        return getattr(self._real, name)

    async def _away(self, *_: object, **__: object) -> None:
        raise self._error


async def test_a_database_that_is_away_at_the_end_is_waited_for(store: Store) -> None:
    """What was sent is known to be sent: the mail is not sent again."""
    mailer = MemoryMailer()
    telling = await Telling(store, mailer).begin()
    await telling.submitted()
    await telling.read()
    notices: Any = Flickering(store.notices, "settle", 3)
    flow = Flow(database=0.01, poll=0.01)
    await Deliveries(Channel.EMAIL, notices, telling.letters.tell, flow).drain()
    assert notices.left == 0
    assert await telling.summary() == [("received", "sent", "250")]
    assert len(mailer.sent) == 1


async def test_a_database_that_stays_away_ends_the_claim(store: Store) -> None:
    """Whoever has it next tells it again: nobody could know."""
    telling = await Telling(store).begin()
    await telling.submitted()
    await telling.read()
    notices: Any = Flickering(store.notices, "settle", 12)
    flow = Flow(database=0.01, poll=0.01, lease=timedelta(seconds=0.03))
    deliveries = Deliveries(Channel.EMAIL, notices, telling.letters.tell, flow)
    await deliveries.drain()
    assert notices.left == 0
    assert await telling.summary() == [("received", "sent", "250")]


async def test_a_letter_that_cannot_be_looked_up_stays_due(store: Store) -> None:
    """The database went away between the claim and the letter."""
    mailer = MemoryMailer()
    telling = await Telling(store, mailer).begin()
    await telling.submitted()
    await telling.read()
    letters: Any = Letters(
        Flickering(store, "get", 1),  # type: ignore[arg-type]  # a store
        telling.letters.vault,
        telling.guides,
        telling.makers,
        mailer,
        telling.clock,
    )
    await Deliveries(Channel.EMAIL, store.notices, letters.tell, ONE_BY_ONE).drain()
    assert len(mailer.sent) == 1
    (one,) = await telling.notices()
    assert (one.tries, one.state) == (2, NoticeState.SENT)


class Forgotten:
    """A store that has nothing of any registration any more."""

    def __init__(self, real: Store) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of a store
        return getattr(self._real, name)

    async def get(self, *_: object) -> dict[str, object]:
        """Nothing."""
        return {}

    async def events(self, *_: object, **__: object) -> list[object]:
        """Nothing."""
        return []


async def test_of_what_was_erased_nobody_is_told(store: Store) -> None:
    """Neither now nor later."""
    mailer, gone = MemoryMailer(), Forgotten(store)
    telling = await Telling(gone, mailer).begin()  # type: ignore[arg-type]  # a store
    await telling.moved(await telling.submitted(), Kind.ACTION_REQUIRED)
    await telling.told()
    assert mailer.sent == []
    assert await telling.summary() == [
        ("received", "skipped", "erased"),
        ("action_required", "skipped", "erased"),
    ]
