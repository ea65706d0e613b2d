"""The dispatcher's look at the gates, and what operators and circuits have to do with it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from registrar.admission.memory import MemoryAdmission
from registrar.app import rulings
from registrar.app.gate_watch import GateWatch
from registrar.app.rulings import impose
from registrar.domain import lifecycle
from registrar.domain.connector import ConnectorState, Ruling
from registrar.domain.errors import StoreUnavailable
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import WaitReason
from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import (
    Ask,
    Decision,
    Kind,
    Known,
    Mode,
    Move,
    Report,
    Signal,
    Standing,
    State,
)
from registrar.resilience.settings import Settings
from registrar.signals.memory import MemoryHints
from registrar.store.memory import MemoryStore
from registrar.store.memory_connectors import MemoryConnectors
from registrar.testing.desk import OneCatalogue
from registrar.testing.manufacturer import LedgerConnector
from registrar.testing.records import new_registration

KEY = ConnectorKey("acme", Tier.API)
BEGIN = 1_764_000_000_000
HOUR = timedelta(hours=1)
LONG = 600_000
OF = Settings(min_calls=2, open_for=LONG, probed=False)
GATE = Gated(KEY, OF)


class Quick(OneCatalogue):
    """Two failures open its circuit, for ten minutes."""

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The same object every time."""
        del manufacturer_id, tier
        return OF


class Shaky(MemoryConnectors):
    """Of a database that can be away; `hastened` are the answers given."""

    away = False
    hastened: list[int]

    async def all(self) -> dict[ConnectorKey, ConnectorState]:
        """Unless it is away."""
        if self.away:
            raise StoreUnavailable
        return await super().all()

    async def hasten(self, key: ConnectorKey, limit: int) -> int:
        """Unless it is away."""
        if self.away:
            raise StoreUnavailable
        self.hastened.append(await super().hasten(key, limit))
        return self.hastened[-1]


class ShakyStore(MemoryStore):
    """Whose connectors may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.states = self.connectors = Shaky(
            self._clock, self._jobs, self._wait_reason, self.audit
        )
        self.states.hastened = []


class Recording(MemoryAdmission):
    """Remembers in which mode it was warmed."""

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__(clock)
        self.warmed: list[Mode] = []

    async def warm(self, gate: Gated, known: Known) -> Move | None:
        """Once."""
        self.warmed.append(self.gates[gate.key].breaker.mode)
        return await super().warm(gate, known)


class Scene:
    """One dispatcher over one gate, with a clock of its own."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.store = ShakyStore()
        self.states = self.store.states
        self.admission = Recording(lambda: self.now)
        self.catalogue = Quick(LedgerConnector(Capabilities("strong", "key")))
        self.watch = GateWatch(
            self.admission,
            self.catalogue,
            MemoryHints(),
            states=self.states,
        )

    async def look(self, later: int = 1_000) -> Standing:
        """The dispatcher's next one, and the gate after it."""
        self.now += later
        await self.watch.once()
        return await self.standing()

    async def standing(self) -> Standing:
        """Of the gate."""
        (found,) = await self.admission.look([GATE])
        return found

    async def asked(self) -> Decision:
        """For a first call."""
        (decision,) = await self.admission.admit([(GATE, Ask(Kind.FIRST, str(self.now)))])
        return decision

    async def fails(self) -> None:
        """Twice, which opens it."""
        for _ in range(2):
            self.now += 1
            lease = (await self.asked()).lease
            assert lease
            said = Report(lease, Signal.FAILURE, "worker", cause="unavailable.server")
            await self.admission.report([(GATE, said)])

    async def opened(self) -> None:
        """A closed one that fails, and that the dispatcher has seen so."""
        await self.look()
        self.admission.gates[KEY].breaker.state = State.CLOSED
        await self.fails()
        assert (await self.look()).state is State.OPEN

    async def put_off(self, count: int = 1) -> list[str]:
        """Registrations that wait for the circuit, for an hour."""
        made = [new_registration() for _ in range(count)]
        await self.store.insert(made)
        moves = [
            lifecycle.defer(
                one.transition.registration,
                WaitReason.CIRCUIT_OPEN,
                HOUR,
                Moment(datetime.now(UTC)),
                0,
            )
            for one in made
        ]
        assert all(await self.store.write(moves, timedelta(0)))
        return [one.transition.registration.id for one in made]

    async def due(self) -> set[str]:
        """What may go now."""
        return set(await self.states.due("api", KEY, 10_000))


@pytest.fixture
def scene() -> Scene:
    """A fresh one."""
    return Scene()


async def test_a_cold_gate_is_warmed_in_the_mode_that_was_said(scene: Scene) -> None:
    """Nobody gets through in between: the mode comes before the warmth."""
    await scene.states.rule(KEY, "forced_open", "they migrate", "key:a", None)
    assert (await scene.asked()).lease == ""
    standing = await scene.look()
    assert (standing.state, standing.mode) == (State.RAMP, Mode.FORCED_OPEN)
    assert scene.admission.warmed == [Mode.FORCED_OPEN]
    assert (await scene.asked()).lease == ""


async def test_a_ruling_outlives_the_gates_memory(scene: Scene) -> None:
    """As after a loss of Redis: the next look puts it back."""
    await scene.states.rule(KEY, "shadow", "we learn", "key:a", None)
    assert (await scene.look()).mode is Mode.SHADOW
    scene.admission.gates.clear()
    standing = await scene.look()
    assert (standing.state, standing.mode) == (State.RAMP, Mode.SHADOW)


async def test_what_was_taken_back_is_taken_out_of_the_gate(scene: Scene) -> None:
    """Also where nobody has told the gate itself."""
    await scene.states.rule(KEY, "disabled", "we know", "key:a", None)
    assert (await scene.look()).mode is Mode.DISABLED
    await scene.states.unrule(KEY)
    assert (await scene.look()).mode is Mode.NORMAL


async def test_without_the_database_no_cold_gate_is_warmed(scene: Scene) -> None:
    """Somebody may have forced it open; a warm one goes on as it is."""
    scene.states.away = True
    assert (await scene.look()).state is State.COLD
    scene.states.away = False
    assert (await scene.look()).state is State.RAMP
    await scene.states.rule(KEY, "shadow", "we learn", "key:a", None)
    scene.states.away = True
    standing = await scene.look()
    assert (standing.state, standing.mode) == (State.RAMP, Mode.NORMAL)


async def test_a_gate_that_is_away_is_no_end_of_the_watch(scene: Scene) -> None:
    """It is imposed once the gate is back."""
    await scene.states.rule(KEY, "shadow", "we learn", "key:a", None)
    scene.admission.away = True
    await scene.watch.once()
    scene.admission.away = False
    assert (await scene.look()).mode is Mode.SHADOW


def ruled(left: timedelta | None, mode: str = "forced_open") -> Ruling:
    """For so long yet."""
    now = datetime.now(UTC)
    until = None if left is None else now + left
    return Ruling(mode, "they migrate", "key:a", now, until, left)


async def test_an_end_is_told_by_the_gates_clock(scene: Scene) -> None:
    """However wrong the clock of a process is: what is left is the same everywhere."""
    standing = await scene.look()
    assert await impose(scene.admission, GATE, standing, ruled(HOUR))
    found = await scene.standing()
    assert (found.mode, found.mode_until) == (Mode.FORCED_OPEN, standing.at + 3_600_001)
    assert (await scene.asked()).retry_at == found.mode_until


@pytest.mark.parametrize(
    ("then", "imposed"),
    [
        (ruled(HOUR - timedelta(seconds=1)), False),
        (ruled(HOUR + timedelta(seconds=1)), False),
        (ruled(HOUR * 2), True),
        (ruled(HOUR / 2), True),
        (ruled(None), True),
        (ruled(HOUR, "shadow"), True),
        (None, True),
    ],
)
async def test_only_what_differs_is_imposed(
    scene: Scene, then: Ruling | None, *, imposed: bool
) -> None:
    """Two ends that were read one after the other are one."""
    await impose(scene.admission, GATE, await scene.look(), ruled(HOUR))
    assert await impose(scene.admission, GATE, await scene.standing(), then) is imposed


async def test_what_waits_for_a_circuit_goes_on_when_it_is_well_early(scene: Scene) -> None:
    """By a reset, say: not after the ten minutes that it was told."""
    await scene.opened()
    made = await scene.put_off()
    await scene.look()
    assert await scene.due() == set()
    await scene.admission.reset(GATE)
    await scene.look()
    assert await scene.due() == set(made)


async def test_what_was_being_put_off_meanwhile_is_not_forgotten(scene: Scene) -> None:
    """A worker was told of the open circuit, and writes it down after the first look."""
    await scene.opened()
    await scene.admission.reset(GATE)
    await scene.look()
    made = await scene.put_off()
    await scene.look()
    assert await scene.due() == set(made)
    await scene.look()
    assert scene.states.hastened == [0, 1]


async def test_a_backlog_is_hastened_part_by_part(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until nothing waits any more."""
    monkeypatch.setattr(rulings, "AT_ONCE", 2)
    await scene.opened()
    made = await scene.put_off(5)
    await scene.admission.reset(GATE)
    for _ in range(5):
        await scene.look()
    assert scene.states.hastened == [2, 2, 1]
    assert await scene.due() == set(made)


async def test_a_circuit_that_opens_again_lets_the_rest_wait(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would only be put off once more."""
    monkeypatch.setattr(rulings, "AT_ONCE", 2)
    await scene.opened()
    await scene.put_off(5)
    await scene.admission.reset(GATE)
    await scene.look()
    scene.admission.gates[KEY].breaker.state = State.CLOSED
    await scene.fails()
    await scene.look()
    await scene.look()
    assert scene.states.hastened == [2]


async def test_an_end_that_was_foreseen_hastens_nothing(scene: Scene) -> None:
    """Who was told of it comes by himself, and spread over some time."""
    await scene.opened()
    await scene.put_off()
    await scene.look(LONG - 5_000)
    assert (await scene.look(LONG // 5)).state is State.RAMP
    await scene.look()
    assert (scene.states.hastened, await scene.due()) == ([], set())


async def test_a_forced_circuit_that_is_freed_lets_go(scene: Scene) -> None:
    """As an open one does."""
    await scene.states.rule(KEY, "forced_open", "they migrate", "key:a", None)
    await scene.look()
    await scene.look()
    made = await scene.put_off()
    await scene.states.unrule(KEY)
    # The first look takes the ruling out of the gate, the second one sees it.
    await scene.look()
    await scene.look()
    assert await scene.due() == set(made)


async def test_the_database_is_asked_again_when_it_is_back(scene: Scene) -> None:
    """What was to be hastened is not forgotten."""
    await scene.opened()
    made = await scene.put_off()
    await scene.admission.reset(GATE)
    scene.states.away = True
    await scene.look()
    scene.states.away = False
    await scene.look()
    assert await scene.due() == set(made)
