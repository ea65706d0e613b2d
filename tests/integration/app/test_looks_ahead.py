"""Before a person is asked, the manufacturer is: through its gate, like everybody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.app.desks import A, System
from tests.integration.connectors.test_lookups import Answer, Arrived, page, says, serving
from tests.manifests import hammer, looked_up

from registrar.admission.memory import MemoryAdmission
from registrar.app.gate_watch import GateWatch
from registrar.app.gating import FleetGates, NoGates, Pass
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, State
from registrar.ports.admission import Gated
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Known, Mode, Standing
from registrar.resilience.answers import State as Circuit
from registrar.signals.memory import MemoryHints

KEY = ConnectorKey("hammer", Tier.API)
KNOWN = says({"registered": True, "number": "W-1"})


@dataclass
class Counter:
    """A person's route that looks up first, and the gate it looks through."""

    system: System
    catalogue: FileCatalogue
    arrived: list[Arrived]
    admission: MemoryAdmission

    @property
    def gated(self) -> Gated:
        """Of the look-ups."""
        return Gated(KEY, self.catalogue.pace(KEY.manufacturer_id, KEY.tier))

    async def standing(self) -> Standing:
        """Of the gate."""
        (found,) = await self.admission.look([self.gated])
        return found

    async def handed_in(self) -> Registration:
        """What became of one."""
        made = await self.system.submit(manufacturer_id="hammer", brand="")
        await self.system.advance()
        return (await self.system.desk.get(A, made.view.registration.id)).registration


@asynccontextmanager
async def counter(
    system: System, folder: Path, answer: Answer, section: dict[str, Any] | None = None
) -> AsyncIterator[Counter]:
    """With a gate that is warm."""
    admission = MemoryAdmission()

    async def admit(asked: Any) -> Any:  # noqa: ANN401 - as the port's
        return (await admission.admit([asked]))[0]

    async def report(made: Any) -> Any:  # noqa: ANN401 - as the port's
        return (await admission.report([made]))[0]

    async with serving(answer) as (url, arrived):
        settings = ConnectorSettings({"hammer.lookup": url}, {"hammer.key": "k"})
        catalogue = FileCatalogue(settings, hammer(folder, lookup=section or looked_up()))
        system.catalogue = catalogue
        system.gates = FleetGates(admit, report, catalogue, "worker-1")
        made = Counter(system, catalogue, arrived, admission)
        await admission.warm(made.gated, Known())
        await admission.set_mode(made.gated, Mode.NORMAL, 0)
        yield made
        await catalogue.close()


@pytest.fixture
def catalogue(tmp_path: Path) -> FileCatalogue:
    """Describes the manufacturer to whoever submits."""
    return FileCatalogue(ConnectorSettings(), hammer(tmp_path))


async def test_a_look_ahead_is_let_in_and_told(system: System, tmp_path: Path) -> None:
    """One request, counted as one, and what it found saves a person the work."""
    async with counter(system, tmp_path, KNOWN) as desk:
        one = await desk.handed_in()
        now = await desk.standing()
    assert (one.state, one.manufacturer_reference) == (State.SUCCEEDED, "W-1")
    assert len(desk.arrived) == 1
    assert (now.calls, now.failed, now.in_flight) == (1, 0, 0)


@pytest.mark.parametrize("shut", ["forced", "away"])
async def test_where_the_gate_is_shut_nobody_is_asked(
    system: System, tmp_path: Path, shut: str
) -> None:
    """The person finds out, and waits for no gate."""
    async with counter(system, tmp_path, KNOWN) as desk:
        await desk.admission.set_mode(desk.gated, Mode.FORCED_OPEN, 0)
        desk.admission.away = shut == "away"
        one = await desk.handed_in()
    assert one.state is State.ACTION_REQUIRED
    assert desk.arrived == []


async def test_looks_ahead_that_fail_open_the_gate(system: System, tmp_path: Path) -> None:
    """From then on the manufacturer is left alone, and all go on to a person."""
    async with counter(system, tmp_path, page) as desk:
        ended = [(await desk.handed_in()).state for _ in range(30)]
        now = await desk.standing()
    assert ended == [State.ACTION_REQUIRED] * 30
    assert now.state is Circuit.OPEN
    assert len(desk.arrived) == 3, "more than half of a step of the ramp"


async def test_where_there_is_nothing_to_look_up_no_gate_is_asked(
    system: System, tmp_path: Path
) -> None:
    """Nor is a place of its limits taken."""
    section = looked_up()
    del section["http"]["precheck"]
    async with counter(system, tmp_path, KNOWN, section) as desk:
        desk.admission.away = True
        one = await desk.handed_in()
    assert one.state is State.ACTION_REQUIRED
    assert desk.arrived == []


async def test_a_look_ahead_of_a_worker_that_vanished_is_given_up(
    system: System, tmp_path: Path
) -> None:
    """The sweeper knows by which name it was held."""
    async with counter(system, tmp_path, KNOWN) as desk:
        made = await system.submit(manufacturer_id="hammer", brand="")
        key, rehint = made.view.registration.id, timedelta(seconds=30)
        await system.store.release("api", limit=9, in_flight={"hammer": 9}, rehint_after=rehint)
        work = (await system.store.work([key]))[key]
        running = lifecycle.start_attempt(
            work.stored.registration, Moment(SystemClock().now()), work.fence, "1", ""
        )
        assert await system.store.write([running], timedelta(seconds=30)) == [True]
        given = await system.gates.ask_to_look(KEY, f"{key}/{work.fence}")
        assert isinstance(given, Pass)
        assert (await desk.standing()).in_flight == 1
        watch = GateWatch(desk.admission, desk.catalogue, MemoryHints())
        await watch.abandon(list((await system.store.work([key])).values()))
        assert (await desk.standing()).in_flight == 0


async def test_who_has_no_gates_looks_ahead_all_the_same(system: System, tmp_path: Path) -> None:
    """As one process alone does, that tries a connector."""
    async with counter(system, tmp_path, KNOWN) as desk:
        system.gates = NoGates()
        one = await desk.handed_in()
    assert one.state is State.SUCCEEDED
    assert len(desk.arrived) == 1
