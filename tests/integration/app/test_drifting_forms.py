"""Forms that change under our hands, in a real browser, over PostgreSQL.

What is kept of them is the same in all three stores: `registrar.testing.store_forms_suite`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from tests.integration.app.test_delivery import LEASE, VAULT

from registrar.app import sealing
from registrar.app.advance import Advance, batched, looked_up
from registrar.app.artifacts import Artifacts
from registrar.app.batching import Batcher
from registrar.app.forms import Forms
from registrar.app.probing import Probes
from registrar.app.sweep import Sweep
from registrar.artifacts.memory import MemoryBlobs
from registrar.bootstrap import forms
from registrar.cli import simulated
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web.browser import found
from registrar.domain.artifact import ArtifactKind
from registrar.domain.connector import Pause
from registrar.domain.drift import Change, Severity
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, State
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import BROWSER
from registrar.ports.store import Store
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.store import migrate
from registrar.store.sql import SqlStore
from registrar.testing.conformance import scenarios
from registrar.testing.records import Wanted, new_registration

ACME = ConnectorKey("acme", Tier.WEB)
OTHER = "ge"
BOTH = {"acme": 9, OTHER: 9}


@dataclass
class Fleet:
    """One worker with a browser, a dispatcher's sweeper, and the sandbox that it fills forms of."""

    store: Store
    sandbox: Sandbox
    catalogue: FileCatalogue
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def forms(self) -> Forms:
        """As in production."""
        return forms.forms(self.catalogue, self.store)

    @property
    def artifacts(self) -> Artifacts:
        """In memory."""
        return Artifacts(self.store.artifacts, self.blobs, VAULT, SystemClock())

    @property
    def advance(self) -> Advance:
        """The same."""
        return Advance(
            leases=self.store,
            reader=Batcher(looked_up(self.store), wait=0),
            writer=Batcher(batched(self.store, LEASE)),
            catalogue=self.catalogue,
            vault=VAULT,
            clock=SystemClock(),
            lease=LEASE,
            visits=self.forms,
            files=self.artifacts,
        )

    def told(self, *rules: dict[str, object]) -> None:
        """Faults of Acme's pages."""
        given = [{"manufacturer": "acme", "step": "form", **one} for one in rules]
        self.sandbox.world.script.replace(given)

    def pages(self) -> int:
        """How often Acme's pages were asked for since it was last told."""
        met: list[int] = [rule["met"] for rule in self.sandbox.world.script.report()]
        return sum(met)

    async def accept(self, maker: str = "acme") -> Registration:
        """One registration of a product of its own, on the web tier."""
        number = self.numbers[maker] = self.numbers.get(maker, 0) + 1
        made = scenarios.load(PACKAGED / maker).first.job(number)
        item = new_registration(Wanted(tiers=(Tier.WEB, Tier.MANUAL), manufacturer_id=maker))
        one = msgspec.structs.replace(item.transition.registration, brand=made.brand)
        moved = msgspec.structs.replace(item.transition, registration=one)
        sealed = await sealing.seal(VAULT, one.id, sealing.payload(made.submission))
        item = msgspec.structs.replace(item, transition=moved, sealed=sealed)
        await self.store.insert([item])
        return one

    async def fill(self, maker: str = "acme") -> Registration:
        """One more, as far as a dispatcher and the browser's worker bring it."""
        one = await self.accept(maker)
        await Sweep(self.store, self.catalogue, SystemClock()).pauses(BROWSER)
        for job in await self.store.release(BROWSER, limit=9, in_flight=BOTH, rehint_after=LEASE):
            await self.advance.run(job.registration_id, job.fence)
        return (await self.store.get(one.tenant_id, [one.id]))[one.id].registration

    async def stop(self) -> Pause | None:
        """Of Acme's form."""
        state = (await self.store.connectors.all()).get(ACME)
        return state.pause if state else None

    async def probe(self) -> str:
        """Code of one made now."""
        probes = Probes(self.catalogue, self.store.connectors, forms=self.forms)
        await probes.by_hint(str(ACME), 0)
        connector = self.catalogue.connector("acme", Tier.WEB)
        assert connector is not None
        made = await probes.make(ACME, connector, LEASE)
        assert made is not None
        assert made.probe is not None
        return made.probe.code

    async def changes(self, step: str) -> tuple[Change, ...]:
        """Of what is there since the baseline."""
        kept = (await self.store.forms.of("acme", self.forms.known.version("acme"))).pages[step]
        assert kept.baseline is not None
        return self.forms.known.compare("acme", kept.baseline, kept.seen)


pytestmark = pytest.mark.postgres


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    """Empty."""
    await migrate.upgrade(postgres_url)
    made = SqlStore(postgres_url)
    yield made
    await made.close()


@pytest.fixture
async def fleet(store: Store) -> AsyncIterator[Fleet]:
    """Fresh."""
    program = found()
    assert program is not None, "no browser: the suite needs one"
    sandbox = Sandbox(SandboxSettings())
    base = f"http://127.0.0.1:{await sandbox.start()}"
    urls = {f"{one}.web": f"{base}/{one}/web" for one in BOTH}
    catalogue = FileCatalogue(
        ConnectorSettings(urls, simulated.sessions(base), browser=program, enabled_assumed=True)
    )
    yield Fleet(store, sandbox, catalogue)
    await catalogue.close()
    await sandbox.close()


async def test_a_breaking_change_stops_the_form_for_all(fleet: Fleet) -> None:
    """The next one goes to a person without a page being opened; another maker's is filled."""
    assert (await fleet.fill()).state is State.SUCCEEDED
    fleet.told({"fault": "form_missing", "target": "retailer"})
    first = await fleet.fill()
    assert (first.tier, first.attempt_count) == (Tier.MANUAL, 1)
    stop = await fleet.stop()
    assert stop is not None
    assert (stop.stopped, stop.step, stop.reason) == ("1", "purchase", "'Retailer' gone")
    listed = await fleet.artifacts.listed(first.tenant_id, first.id)
    (picture,) = [one.id for one in listed if one.kind is ArtifactKind.SCREENSHOT]
    pages = (await fleet.store.forms.of("acme", "1")).pages
    assert [pages[step].artifact_id for step in ("product", "purchase")] == ["", picture]
    fleet.told({"fault": "latency", "seconds": 0})
    second = await fleet.fill()
    assert (second.tier, second.state, second.attempt_count) == (Tier.MANUAL, State.PENDING, 0)
    assert fleet.pages() == 0
    assert (await fleet.fill(OTHER)).state is State.SUCCEEDED


async def test_a_probe_sees_a_change_of_the_first_page_and_its_end(fleet: Fleet) -> None:
    """Nobody's registration has to fail for it; what is mended goes on."""
    assert await fleet.probe() == "ok"
    fleet.told({"fault": "form_extra_required"})
    assert await fleet.probe() == "form_changed"
    stop = await fleet.stop()
    assert stop is not None
    assert (stop.step, stop.reason) == ("product", "'Customer code' new required")
    assert (await fleet.fill()).tier is Tier.MANUAL
    fleet.told()
    assert await fleet.probe() == "ok"
    assert await fleet.stop() is None
    assert (await fleet.fill()).state is State.SUCCEEDED


@pytest.mark.parametrize("fault", ["form_reordered", "form_moved", "form_honeypot"])
async def test_a_form_that_only_looks_otherwise_is_filled(fleet: Fleet, fault: str) -> None:
    """Order, names, ids and traps are no change that matters."""
    assert (await fleet.fill()).state is State.SUCCEEDED
    fleet.told({"fault": fault})
    assert (await fleet.fill()).state is State.SUCCEEDED
    assert await fleet.probe() == "ok"
    for step in ("product", "purchase", "owner", "review"):
        assert {one.severity for one in await fleet.changes(step)} <= {Severity.COSMETIC}


async def test_new_terms_stop_the_form(fleet: Fleet) -> None:
    """A box that must be ticked, and that nobody was asked about."""
    assert (await fleet.fill()).state is State.SUCCEEDED
    fleet.told({"fault": "terms_box"})
    assert (await fleet.fill()).tier is Tier.MANUAL
    stop = await fleet.stop()
    assert stop is not None
    assert (stop.step, "new box" in stop.reason) == ("review", True)


async def test_other_words_are_repairable_and_stop_it_only_in_a_row(fleet: Fleet) -> None:
    """The patch puts the new words where the old ones were; a manifest of a new version goes on."""
    assert (await fleet.fill()).state is State.SUCCEEDED
    fleet.told({"fault": "form_renamed", "target": "serial"})
    for _ in range(3):
        assert await fleet.stop() is None
        assert (await fleet.fill()).tier is Tier.MANUAL
    stop = await fleet.stop()
    assert stop is not None
    assert stop.reason == "3 failures in a row, the last one form_changed at product"
    (change,) = await fleet.changes("product")
    assert (change.severity, change.where) == (Severity.REPAIRABLE, "Serial number")
    patch = fleet.forms.known.patch("acme", {"product": [change]})
    old = "          - {label: Serial number, value: serial, or: [{name: serial}]}"
    assert f"-{old}\n+{old.replace('Serial number', change.now)}\n" in patch
    assert '-version: "1"\n+version: "2"\n' in patch


async def test_walls_in_a_row_stop_the_form(fleet: Fleet) -> None:
    """Each of them is a person's; one that is filled between them begins anew."""
    for several in (2, 3):
        fleet.told({"fault": "captcha"})
        for _ in range(several):
            assert await fleet.stop() is None
            assert (await fleet.fill()).state is State.ACTION_REQUIRED
        fleet.told()
        if several == 2:
            assert (await fleet.fill()).state is State.SUCCEEDED
    stop = await fleet.stop()
    assert stop is not None
    assert (stop.step, "captcha" in stop.reason) == ("product", True)
    assert (await fleet.fill()).tier is Tier.MANUAL
