"""A registration is looked up by the version of the connector that sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.integration.app.test_delivery import STRONG, Fleet

from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.registration import State
from registrar.ports.connector import Connector
from registrar.ports.store import Store
from registrar.testing.manufacturer import Fault, LedgerConnector


@dataclass
class Versioned:
    """A catalogue of several versions, that notes which ones it is asked for."""

    versions: dict[str, LedgerConnector]
    current: str
    asked: list[str] = field(default_factory=list)

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """None is described."""
        return {}

    def quarantined(self) -> Mapping[str, str]:
        """None."""
        return {}

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """Of exactly this version."""
        del manufacturer_id, tier
        self.asked.append(version)
        return self.versions.get(version or self.current)


def connector(version: str, faults: list[Fault] | None = None) -> LedgerConnector:
    """With a ledger of its own, so that only the right one finds anything."""
    made = LedgerConnector(STRONG, faults)
    made.version = version
    return made


async def test_a_look_up_is_made_by_the_version_that_sent(store: Store) -> None:
    """Though another one came into force meanwhile; what is sent later is sent by that."""
    old, new = connector("1", [Fault.COMMIT_THEN_DROP]), connector("2")
    fleet = Fleet(store, old)
    catalogue = Versioned({"1": old}, "1")
    fleet.advance = replace(fleet.advance, catalogue=catalogue)
    (one,) = await fleet.accept()
    (hint,) = await fleet.hints()
    await fleet.work(hint)
    catalogue.versions["2"], catalogue.current = new, "2"
    await fleet.settle()
    after = await fleet.now(one)
    assert (after.state, after.connector_version) == (State.SUCCEEDED, "1")
    # Without a version it is also asked which routes are open.
    assert [one for one in catalogue.asked if one] == ["1"]
    (other,) = await fleet.accept()
    await fleet.settle()
    assert (await fleet.now(other)).connector_version == "2"
    assert (old.ledger, new.ledger) == ({one.id: 1}, {other.id: 1})
