"""Help for a person: where there is no way by hand, nothing is made up."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from tests.unit.domain.test_lifecycle import fresh

from registrar.app.assist import Assist
from registrar.app.commands import Caller, View
from registrar.app.intervene import Intervene
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.domain.errors import StateConflict
from registrar.domain.registration import Event, State
from registrar.ports.clock import SystemClock
from registrar.ports.guides import NoGuides
from registrar.store.memory import MemoryStore
from registrar.testing.conformance import scenarios
from registrar.testing.desk import OneCatalogue
from registrar.testing.papers import SheetPapers


@dataclass
class Waiting:
    """One registration that a person is asked for."""

    async def get(self, caller: Caller, registration_id: str) -> View:
        """It."""
        del caller, registration_id
        submission = scenarios.load(PACKAGED / "acme").first.job().submission
        return View(fresh(state=State.ACTION_REQUIRED), submission)

    async def events(
        self, caller: Caller, registration_id: str, *, after: int, limit: int
    ) -> Sequence[Event]:
        """None."""
        del caller, registration_id, after, limit
        return ()


async def test_a_manufacturer_without_a_way_by_hand_has_no_guide() -> None:
    """Said, instead of an empty page."""
    interventions = Intervene(MemoryStore(), Waiting(), SystemClock())
    assist = Assist(interventions, NoGuides(), OneCatalogue(), SheetPapers())
    with pytest.raises(StateConflict, match="no way by hand"):
        await assist.guide(Caller("tenant-a", "a"), "r1", "")
