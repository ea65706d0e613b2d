"""What is done about changed forms, over all three stores."""

import asyncio
from datetime import timedelta

import pytest
import structlog
from tests.integration.app.desks import A

from registrar.app.drift import FormDrift
from registrar.app.forms import Forms, NoVisits
from registrar.app.probing import ProbeClock, Probes
from registrar.domain.connector import BY_SYSTEM, Pause
from registrar.domain.drift import Change, FormSight, FormWalk, Severity
from registrar.domain.errors import NotFound, StateConflict, StoreUnavailable
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Registration
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.forms import FormRecord
from registrar.ports.store import Store
from registrar.signals.memory import MemoryHints
from registrar.store.memory import MemoryStore
from registrar.store.memory_audit import MemoryAudit
from registrar.store.memory_forms import MemoryForms
from registrar.testing.desk import ACME, OneCatalogue, connectors
from registrar.testing.forms import OneSight, PlainForms, page, sight
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer
from registrar.testing.records import Wanted, new_registration

FORM = ConnectorKey("acme", Tier.WEB)
REGISTERED = Outcome(Code.REGISTERED, Effect.ACCEPTED, reference="M-1")
CHANGED = Outcome(Code.FORM_CHANGED, Effect.NOT_SENT)
CAPTCHA = Outcome(Code.CAPTCHA, Effect.NOT_SENT)
UNKNOWN = Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
PRODUCT, OWNER = sight("product", "serial", "model"), sight("owner", "name")
BROKEN = sight("product", "model")


def registration() -> Registration:
    """Of acme, on its form."""
    wanted = Wanted(tiers=(Tier.WEB, Tier.MANUAL))
    return new_registration(wanted).transition.registration


def made(store: Store, known: PlainForms | None = None) -> Forms:
    """Of acme alone."""
    return Forms(known or PlainForms(), store.forms, store.connectors)


async def walked(
    forms: Forms, outcome: Outcome, *sights: FormSight, sought: str = "product", picture: str = ""
) -> None:
    """By another registration each time."""
    await forms.walked(registration(), outcome, FormWalk("1", sought, sights), picture)


async def stop_of(store: Store) -> Pause | None:
    """What holds acme's form."""
    state = (await store.connectors.all()).get(FORM)
    return state.pause if state else None


async def test_the_first_good_walk_is_what_a_form_should_look_like(store: Store) -> None:
    """One that has failed is seen, and no more."""
    forms = made(store)
    await walked(forms, CHANGED, PRODUCT)
    assert (await store.forms.of("acme", "1")).pages["product"].baseline is None
    await walked(forms, REGISTERED, PRODUCT, OWNER, sought="owner")
    kept = await store.forms.of("acme", "1")
    assert {step: one.baseline for step, one in kept.pages.items()} == {
        "product": PRODUCT.arrived,
        "owner": OWNER.arrived,
    }
    assert kept.failures == 0


async def test_a_breaking_change_stops_the_form_at_once(store: Store) -> None:
    """With a reason, a line in the log, and the picture of where it happened."""
    forms = made(store)
    await walked(forms, REGISTERED, PRODUCT)
    with structlog.testing.capture_logs() as lines:
        await walked(forms, CHANGED, BROKEN, picture="art_1")
    stop = await stop_of(store)
    assert stop is not None
    assert (stop.by, stop.stopped, stop.step) == (BY_SYSTEM, "1", "product")
    (line,) = [one for one in lines if one["event"] == "form_stopped"]
    assert {**line, "log_level": ""} == {
        "event": "form_stopped",
        "log_level": "",
        "manufacturer": "acme",
        "tier": "web_automation",
        "version": "1",
        "step": "product",
        "code": "form_changed",
        "reason": "'serial' gone",
    }
    assert (await store.forms.of("acme", "1")).pages["product"].artifact_id == "art_1"
    with structlog.testing.capture_logs() as lines:
        await walked(forms, CHANGED, BROKEN)
    assert lines == []


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (FormSight(page("product", "serial", "model"), page("product", "model")), CHANGED),
        (FormSight(page("product", "model"), page("product", "serial", "model")), CHANGED),
        (PRODUCT, CHANGED),
        (sight("product", "SERIAL", "model"), CHANGED),
        (BROKEN, CAPTCHA),
        (None, CAPTCHA),
        (None, CHANGED),
    ],
)
async def test_what_one_odd_record_meets_stops_nothing_alone(
    seen: FormSight | None, code: Outcome
) -> None:
    """Only three in a row do, each of another registration."""
    store = MemoryStore()
    forms = made(store)
    await walked(forms, REGISTERED, PRODUCT)
    for _ in range(3):
        assert await stop_of(store) is None
        await walked(forms, code, *([seen] if seen else []))
    stop = await stop_of(store)
    assert stop is not None
    assert stop.reason == f"3 failures in a row, the last one {code.code.value} at product"


async def test_half_a_page_is_not_how_it_looks(store: Store) -> None:
    """A page that is still being drawn when it comes, and is filled: nothing has changed."""
    forms = made(store)
    await walked(forms, REGISTERED, PRODUCT)
    whole = page("product", "serial", "model", "shop")
    await walked(forms, REGISTERED, FormSight(page("product"), whole))
    assert (await store.forms.of("acme", "1")).pages["product"].seen == whole
    assert [one.what for one in (await drift(store)).steps[0].changes] == ["appeared"]


async def test_one_registration_that_is_tried_again_fails_once(store: Store) -> None:
    """However often somebody tries it."""
    forms, one = made(store), registration()
    for _ in range(5):
        await forms.walked(one, CAPTCHA, FormWalk("1", "product"), "")
    assert (await stop_of(store), (await store.forms.of("acme", "1")).failures) == (None, 1)


async def test_a_form_that_works_in_between_begins_anew(store: Store) -> None:
    """What is not known to have worked does not, nor is it a failure."""
    forms = made(store)
    for outcome, failures in [
        (CAPTCHA, 1),
        (CAPTCHA, 2),
        (UNKNOWN, 2),
        (REGISTERED, 0),
        (CAPTCHA, 1),
        (Outcome(Code.INVALID_FIELD, Effect.REFUSED), 0),
        (Outcome(Code.UNAVAILABLE_SERVER, Effect.NOT_SENT), 0),
    ]:
        await walked(forms, outcome)
        assert (await store.forms.of("acme", "1")).failures == failures
    assert await stop_of(store) is None


async def test_what_an_older_version_has_walked_is_not_noted(store: Store) -> None:
    """Nor is what was no form at all, or a rehearsal."""
    forms = made(store, PlainForms(acme="2"))
    await walked(forms, CHANGED, PRODUCT)
    await forms.walked(registration(), CHANGED, None, "")
    await NoVisits().walked(registration(), CHANGED, None, "")
    for version in ("1", "2"):
        kept = await store.forms.of("acme", version)
        assert (dict(kept.pages), kept.failures) == ({}, 0)


class Away(MemoryForms):
    """Forms are in no database that answers."""

    def __init__(self) -> None:
        super().__init__(SystemClock(), MemoryAudit(SystemClock()))

    async def of(self, manufacturer_id: str, version: str) -> FormRecord:
        """It does not."""
        del manufacturer_id, version
        raise StoreUnavailable


async def test_no_attempt_fails_for_what_cannot_be_noted() -> None:
    """A line in the log says so."""
    store = MemoryStore()
    forms = Forms(PlainForms(), Away(), store.connectors)
    with structlog.testing.capture_logs() as lines:
        await walked(forms, REGISTERED, PRODUCT)
    assert [(one["event"], one["why"]) for one in lines] == [("form_not_noted", "StoreUnavailable")]


class Web(OneManufacturer):
    """Acme's form alone."""

    def __init__(self) -> None:
        super().__init__(LedgerConnector(Capabilities("none", "none")))

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> LedgerConnector:
        """Whatever is asked for."""
        del manufacturer_id, tier, version
        return LedgerConnector(Capabilities("none", "none"))

    def manufacturers(self) -> dict[str, Manufacturer]:
        """Acme."""
        return {"acme": ACME}


async def probed(store: Store, forms: Forms, key: ConnectorKey = FORM) -> str:
    """Code of one made now."""
    probes = Probes(Web(), store.connectors, timedelta(days=1), forms)
    found = await probes.make(key, LedgerConnector(Capabilities("none", "none")), timedelta(9))
    assert found is not None
    assert found.probe is not None
    return found.probe.code


async def test_a_probe_finds_the_change_and_its_end(store: Store) -> None:
    """The first look that fits is the baseline; what is as it was goes on."""
    form = OneSight(sight("product", "odd"))
    forms = made(store, PlainForms(form))
    assert await probed(store, forms) == "ok"
    assert (await store.forms.of("acme", "1")).pages["product"].baseline is None
    for seen, code, stopped in [
        (PRODUCT, "ok", False),
        (sight("product", "serial", "model", "shop"), "ok", False),
        (BROKEN, "form_changed", True),
        (BROKEN, "form_changed", True),
        (sight("product", "SERIAL", "model"), "ok", True),
        (PRODUCT, "ok", False),
    ]:
        form.seen = seen
        assert await probed(store, forms) == code
        assert bool(await stop_of(store)) is stopped
    assert await probed(store, forms, ConnectorKey("acme", Tier.API)) == "ok"


async def test_a_probe_says_nothing_of_a_later_step(store: Store) -> None:
    """Nor does it take away what an operator has paused."""
    forms = made(store, PlainForms(OneSight(PRODUCT)))
    await store.connectors.stop(FORM, "broken", "1", "owner")
    assert (await probed(store, forms), bool(await stop_of(store))) == ("ok", True)
    await store.connectors.pause(FORM, "maintenance", "key:a", None)
    assert (await probed(store, forms), bool(await stop_of(store))) == ("ok", True)


async def test_a_probe_that_meets_a_wall_is_one_failure(store: Store) -> None:
    """Its own code is told; what is no wall is no failure of the form."""
    form = OneSight(None, CAPTCHA)
    forms = made(store, PlainForms(form))
    assert [await probed(store, forms) for _ in range(3)] == ["captcha"] * 3
    assert ((await store.forms.of("acme", "1")).failures, await stop_of(store)) == (1, None)
    form.outcome = Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)
    assert await probed(store, forms) == "unavailable.connect"
    assert (await store.forms.of("acme", "1")).failures == 1


async def test_a_form_that_cannot_be_looked_at_is_asked_as_any_other(store: Store) -> None:
    """By the connector's own health."""
    assert await probed(store, made(store, PlainForms())) == "ok"


async def test_an_outage_of_the_database_is_no_bug_of_a_connector() -> None:
    """The probe is made again."""
    forms = Forms(PlainForms(OneSight(PRODUCT)), Away(), MemoryStore().connectors)
    with pytest.raises(StoreUnavailable):
        await probed(MemoryStore(), forms)


async def test_another_version_ends_a_stop(store: Store) -> None:
    """The dispatcher sees to it; a manufacturer that has gone stays stopped."""
    forms = made(store)
    await store.connectors.stop(FORM, "broken", "1", "product")
    await store.connectors.stop(ConnectorKey("gone", Tier.WEB), "broken", "1", "product")
    await store.connectors.pause(ConnectorKey("acme", Tier.API), "maintenance", "key:a", None)
    await store.connectors.resume(ConnectorKey("other", Tier.API))
    assert await forms.renewed() == 0
    newer = made(store, PlainForms(acme="2"))
    clock = ProbeClock(OneCatalogue(), store.connectors, MemoryHints(), look=0.01, forms=newer)
    running = asyncio.create_task(clock.run())
    async with asyncio.timeout(5):
        while await stop_of(store):  # noqa: ASYNC110 - the dispatcher's clock
            await asyncio.sleep(0.01)
    running.cancel()
    states = await store.connectors.all()
    paused = {str(key) for key, one in states.items() if one.pause}
    assert paused == {"acme/api", "gone/web_automation"}


async def drift(store: Store, known: PlainForms | None = None) -> FormDrift:
    """Of acme."""
    (found,) = await connectors(store, forms=known).drifts.all("acme")
    return found


async def test_operators_see_what_has_changed(store: Store) -> None:
    """By step, with a patch where one would help."""
    assert (await drift(store)).steps == ()
    forms = made(store)
    await walked(forms, REGISTERED, PRODUCT, OWNER, sought="owner")
    await walked(forms, CAPTCHA, sight("product", "SERIAL", "model"), sight("new", "x"))
    found = await drift(store)
    steps = {one.step: one for one in found.steps}
    assert [*steps] == ["product", "owner", "new"]
    assert steps["product"].changes == (
        Change(Severity.REPAIRABLE, "reworded", "serial", "serial", "SERIAL"),
    )
    assert (steps["owner"].changes, steps["new"].changes) == ((), ())
    assert steps["new"].baseline_at is None
    assert (found.version, found.failures, found.stop) == ("1", 1, None)
    assert found.patch == "-serial\n+SERIAL\n"
    await walked(forms, CHANGED, BROKEN)
    found = await drift(store)
    assert found.stop == await stop_of(store)
    await store.connectors.pause(FORM, "maintenance", "key:a", None)
    assert (await drift(store)).stop is None


async def test_operators_accept_what_is_there(store: Store) -> None:
    """It ends a stop, and the log says who and what."""
    desk, forms = connectors(store).drifts, made(store)
    with pytest.raises(StateConflict):
        await desk.accept(A, "acme")
    await walked(forms, REGISTERED, PRODUCT)
    assert (await desk.accept(A, "acme")).stop is None
    await walked(forms, CHANGED, BROKEN)
    with structlog.testing.capture_logs() as lines:
        accepted = await desk.accept(A, "acme")
    assert ([one.changes for one in accepted.steps], accepted.stop) == ([()], None)
    (line,) = [one for one in lines if one["event"] == "form_accepted"]
    assert (line["by"], line["changes"]) == (f"key:{A.key_id}", ["'serial' gone"])
    await walked(forms, CHANGED, BROKEN)
    assert (await stop_of(store), (await store.forms.of("acme", "1")).failures) == (None, 1)


async def test_what_has_no_form_has_no_drift(store: Store) -> None:
    """It is left out of all, and not found by name."""
    desk = connectors(store, forms=PlainForms(other="1")).drifts
    assert await desk.all() == []
    assert [one.manufacturer_id for one in await connectors(store).drifts.all()] == ["acme"]
    for call in (desk.all("acme"), desk.accept(A, "acme")):
        with pytest.raises(NotFound):
            await call


async def test_who_is_resumed_begins_anew(store: Store) -> None:
    """One failure more does not stop it again at once."""
    forms = made(store)
    for _ in range(3):
        await walked(forms, CAPTCHA)
    assert await stop_of(store) is not None
    desk = connectors(store, Listed())
    assert (await desk.resume(A, FORM)).pause is None
    await walked(forms, CAPTCHA)
    assert await stop_of(store) is None


class Listed(OneCatalogue):
    """Acme's form is known by its name alone."""

    def quarantined(self) -> dict[str, str]:
        """So that it can be paused and resumed."""
        return {"acme": "for this test"}
