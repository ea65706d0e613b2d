"""Conversion: both directions from one mapping, and every number and word that may come."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.decimal_pb2 import Decimal as ProtoDecimal
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from registrar.app.commands import Closing, Heartbeat, Selection, View, WatchMessage
from registrar.domain.customer import Address, Consents, Customer, CustomerType
from registrar.domain.errors import InvalidRequest
from registrar.domain.guide import Guide, GuideStep, Prefilled, ProofOfPurchase
from registrar.domain.manufacturer import (
    Component,
    IdentifierRule,
    Limits,
    LookupListing,
    Manufacturer,
    Privacy,
    RateWindow,
    TierListing,
)
from registrar.domain.outcome import Code, Effect, Tier
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase, PurchaseChannel
from registrar.domain.registration import (
    Action,
    ActionKind,
    Attempt,
    AttemptState,
    Event,
    EventKind,
    Failure,
    Priority,
    Registration,
    Result,
    State,
    Trigger,
    WaitReason,
)
from registrar.domain.submission import ERASED, Submission, Usage
from registrar.domain.window import Window
from registrar.rpc import convert, mapping
from registrar.rpc.fields import DECIMAL, EnumMap, Found, enum_name, read_duration, read_time
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service

TOKEN = "t"  # noqa: S105 - no password
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
many_texts = st.lists(text, max_size=3).map(tuple)
dates = st.dates()
times = st.integers(0, 2**52).map(
    lambda micros: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
)
decimals = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=2
)
addresses = st.builds(Address, many_texts, text, text, text, text)
submissions = st.builds(
    Submission,
    customer=st.builds(
        Customer,
        *[text] * 3,
        st.sampled_from(CustomerType),
        *[text] * 3,
        st.none() | addresses,
        text,
    ),
    product=st.builds(
        Product, *[text] * 5, st.lists(st.builds(Identifier, text, text), max_size=3).map(tuple)
    ),
    purchase=st.builds(
        Purchase,
        dates,
        text,
        text,
        st.sampled_from(PurchaseChannel),
        st.none() | dates,
        text,
        st.none() | decimals,
        text,
    ),
    consents=st.builds(Consents, *[st.booleans()] * 5, text, st.none() | times),
    usage=st.sampled_from(Usage),
    locale=text,
    external_reference=text,
    labels=st.dictionaries(text, text, max_size=3),
)


@given(submissions)
def test_a_submission_survives_the_wire(submission: Submission) -> None:
    """There and back, over the bytes."""
    wire = mapping.SUBMISSION.write(submission).SerializeToString()
    found = Found()
    request = service.SubmitRegistrationRequest.FromString(wire)
    assert (mapping.SUBMISSION.read(request, "", found), found) == (submission, [])


@given(
    st.builds(
        Selection,
        st.lists(st.sampled_from(State)).map(tuple),
        many_texts,
        text,
        text,
        st.none() | times,
        st.none() | times,
    )
)
def test_a_filter_survives_the_wire(selection: Selection) -> None:
    """There and back."""
    assert convert.read_selection(mapping.SELECTION.write(selection)) == selection


FAILURE = Failure("invalid", "invalid.field", "m", "g", "E7", "product.serial_number")
ATTEMPT = Attempt(
    registration_id="reg_1",
    tenant_id="",
    number=2,
    tier=Tier.WEB,
    trigger=Trigger.FALLBACK,
    state=AttemptState.ENDED,
    effect=Effect.REFUSED,
    started_at=NOW,
    ended_at=NOW,
    connector_version="3",
    failure=FAILURE,
    code="invalid.field",
    rule="r",
    trace_id="t",
)
MANUFACTURER = Manufacturer(
    id="acme",
    name="Acme",
    brands=("Acme",),
    countries=("DE",),
    version="1",
    identifiers=(IdentifierRule("imei", ("[0-9]{15}",), "15 digits", "luhn", strict=False),),
    required_fields=("customer.email",),
    tiers=(TierListing(Tier.API, "a", "documented", True, ("s",), "strong", "key"),),  # noqa: FBT003 - it is enabled
    fictitious=True,
    window_days=None,
    max_in_flight=16,
)


LOOKUP = LookupListing("business", "documented", True, ("s",), precheck=True)  # noqa: FBT003


STATED = dataclasses.replace(
    MANUFACTURER,
    lookup=LOOKUP,
    window_days=28,
    windows=(Window(28, "later", "extension", ("DE",), "tools"),),
    limits=Limits((RateWindow(50, 60),), 4, 1000, "UTC"),
    privacy=Privacy(("data_storage",), "c", "short"),
    components=(Component("battery", "n"),),
)


@pytest.mark.parametrize("known", [MANUFACTURER, STATED], ids=["little", "much"])
def test_attempts_and_manufacturers_survive_the_wire(known: Manufacturer) -> None:
    """What callers must not see takes its default: the tenant is not in an Attempt."""
    read: Any = mapping.MANUFACTURER.read(convert.write_manufacturer(known), "", Found())
    assert read == known
    made = convert.write_attempt(ATTEMPT)
    assert (made.failure.field_violations[0].field, made.tier) == (
        "product.serial_number",
        enums.FULFILLMENT_TIER_WEB_AUTOMATION,
    )
    assert mapping.FAILURE.read(made.failure, "", Found()) == FAILURE


REGISTRATION = Registration(
    id="reg_1",
    tenant_id="tenant-a",
    request_id="r",
    manufacturer_id="acme",
    brand="Acme",
    state=State.ACTION_REQUIRED,
    revision=7,
    priority=Priority.INTERACTIVE,
    allowed_tiers=(Tier.API, Tier.MANUAL),
    created_at=NOW,
    updated_at=NOW,
    tier=Tier.MANUAL,
    wait_reason=WaitReason.CAPACITY,
    result=Result.MANUALLY_COMPLETED,
    failure=FAILURE,
    action=Action(ActionKind.PROVIDE_DATA, "g", "f"),
    attempt_count=3,
    effect=Effect.UNKNOWN,
    next_attempt_at=NOW,
    complete_by=NOW,
    not_before=NOW,
    manufacturer_reference="M-1",
)
SUBMISSION = Submission(
    customer=Customer("Łucja", "Nowak", "l@example.org"),
    product=Product("AC1"),
    purchase=Purchase(dt.date(2026, 11, 1), "PL", price=Decimal("12.50")),
)
VIEW = View(REGISTRATION, SUBMISSION)


def test_a_registration_shows_every_field() -> None:
    """And nothing of the tenant."""
    made = convert.write_view(
        View(
            REGISTRATION,
            replace(SUBMISSION, external_reference="x", locale="pl", labels={"a": "b"}),
        )
    )
    unset = {field.name for field in pb.Registration.DESCRIPTOR.fields} - {
        field.name for field, _ in made.ListFields()
    }
    assert unset == {"erase_time", "abandon_time", "successor_registration_id"}
    assert (made.etag, made.revision, made.priority) == ('"7"', 7, enums.PRIORITY_INTERACTIVE)
    assert (made.action_required.field, made.purchase.price.value) == ("f", "12.50")
    assert b"tenant-a" not in made.SerializeToString()


def test_a_failure_that_was_answered_says_how() -> None:
    """When it was abandoned, and what came after it."""
    answered = replace(REGISTRATION, abandoned_at=NOW, successor_id="reg_2")
    made = convert.write_view(View(answered, SUBMISSION))
    assert made.abandon_time == made.update_time
    assert made.successor_registration_id == "reg_2"


def test_what_was_erased_shows_when_and_nothing_personal() -> None:
    """Not even that it was empty: what was bought, how and by whom is unset."""
    erased = replace(REGISTRATION, erased_at=REGISTRATION.updated_at)
    made = convert.write_view(View(erased, ERASED))
    assert made.HasField("erase_time")
    shown = {field.name for field, _ in made.ListFields()}
    assert not shown & {"product", "purchase", "customer", "consents", "locale", "labels"}
    assert (made.etag, made.state) == ('"7"', convert.write_view(View(REGISTRATION, ERASED)).state)


GUIDE = Guide(
    steps=(
        GuideStep("Sign in."),
        GuideStep("Fill in.", (Prefilled("product.serial_number", "Serial", "AC1"),)),
    ),
    link="https://example.com/?s=AC1",
    register_by=dt.date(2026, 12, 1),
    proof=ProofOfPurchase(required=True, media_types=("image/png",), max_bytes=9, notes="n"),
    contact="c",
    follow_up_days=7,
    evidence="documented",
    sources=("s",),
    register_for="extension",
    notes=("n",),
)


@pytest.mark.parametrize("guide", [GUIDE, Guide(())], ids=["full", "empty"])
def test_a_guide_is_shown_with_what_it_is_asked_for(guide: Guide) -> None:
    """Beside the kind of the action; what is not known stays unset."""
    made = convert.write_view(replace(VIEW, guide=guide))
    assert mapping.GUIDE.read(made.action_required.guide, "", Found()) == guide
    assert made.action_required.guidance == "g"
    assert not convert.write_view(VIEW).action_required.HasField("guide")


DETAILS = {
    "attempt": "2",
    "tier": "api",
    "trigger": "retry",
    "code": "ok.registered",
    "effect": "accepted",
    "reference": "M-1",
    "registered_on": "2026-11-03",
    "reason": "r",
    "verdict": "found",
    "acknowledged": "true",
    "lost": "3",
    "left": "api",
    "taken": "manual_assist",
}


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("detail", [DETAILS, {}], ids=["full", "empty"])
def test_every_kind_of_event_has_its_payload(kind: EventKind, detail: dict[str, str]) -> None:
    """With whatever detail it has; the empty one is set too."""
    event = Event("reg_1", "tenant-a", 4, NOW, kind, "worker", State.RUNNING, detail)
    made = convert.write_event(event)
    assert (made.WhichOneof("payload"), made.sequence) == (kind.value, 4)
    payload = getattr(made, kind.value)
    assert len(payload.ListFields()) == (len(payload.DESCRIPTOR.fields) if detail else 0)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (VIEW, "snapshot"),
        (Event("r", "t", 1, NOW, EventKind.SUBMITTED, "worker", State.PENDING), "event"),
        (Heartbeat(NOW), "heartbeat"),
        (Closing("too_slow", dt.timedelta(seconds=1.5)), "closing"),
    ],
)
def test_every_message_of_a_watch_has_its_kind(
    body: View | Event | Heartbeat | Closing, name: str
) -> None:
    """With the token to resume from."""
    made = convert.write_watched(WatchMessage("t", body), convert.EventMessages())
    assert (made.resume_token, made.WhichOneof("message")) == ("t", name)


ENUMS = [one for one in vars(mapping).values() if isinstance(one, EnumMap)]


@pytest.mark.parametrize("enum", ENUMS, ids=lambda one: one.wrapper.DESCRIPTOR.name)
def test_99_is_a_violation_everywhere(enum: EnumMap[Any]) -> None:
    """`Name(99)` raises; no number may do so here."""
    found = Found()
    enum.read(99, "somewhere", found)
    assert [(one.field, one.rule) for one in found] == [("somewhere", "unknown_value")]
    assert enum_name(enum.wrapper, 99) == f"{enum.wrapper.DESCRIPTOR.name}(99)"
    assert enum_name(enum.wrapper, 0).endswith("_UNSPECIFIED")


@pytest.mark.parametrize("enum", ENUMS, ids=lambda one: one.wrapper.DESCRIPTOR.name)
def test_every_number_of_the_contract_has_a_word(enum: EnumMap[Any]) -> None:
    """And back."""
    for number in set(enum.wrapper.values()) - {0}:
        assert enum.write(enum.read(number, "", Found())) == number


def test_an_enum_without_default_cannot_be_given() -> None:
    """A slip of the programmer, told at once."""
    with pytest.raises(TypeError, match="RegistrationState has no default"):
        mapping.STATE.given(0, "", Found())


def test_every_failure_of_the_taxonomy_has_a_category() -> None:
    """A category the contract has not heard of is unspecified; the code still tells."""
    well = {"ok", "handed_over"}
    words = {code.value.split(".")[0] for code in Code} - well | {"deadline", "poison"}
    numbers = {mapping.FAILURE.write(Failure(word, "c")).category for word in words}
    assert len(numbers - {0}) == len(words)
    assert mapping.FAILURE.write(Failure("newer", "newer.code")).category == 0
    assert mapping.FAILURE.read(pb.Failure(category=99), "", Found()).category == ""  # type: ignore[arg-type]  # no value of the enum


@pytest.mark.parametrize("value", ["499.90", "0", "-1", "1" * 32])
def test_a_decimal_keeps_its_digits(value: str) -> None:
    """499.90 is not 499.9."""
    found = Found()
    made = DECIMAL.read(ProtoDecimal(value=value), "price", found)
    assert (str(made), found) == (value, [])
    assert DECIMAL.write(made) == ProtoDecimal(value=value)


@pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "1" * 33, "1,5"])
def test_what_is_not_a_decimal_is_a_violation(value: str) -> None:
    """Too long a number is an attack on whoever computes with it."""
    found = Found()
    assert DECIMAL.read(ProtoDecimal(value=value), "price", found) is None
    assert [one.rule for one in found] == ["decimal"]


def test_a_missing_purchase_date_is_named() -> None:
    """The only required value that the domain cannot leave empty."""
    command = convert.read_submit(service.SubmitRegistrationRequest())
    assert [(one.field, one.rule) for one in command.violations] == [("purchase.date", "required")]
    assert (command.priority, command.duplicates) == (Priority.NORMAL, "reject")


@pytest.mark.parametrize(
    "date",
    [Date(), Date(year=2026), Date(year=2026, month=2, day=30), Date(year=-1, month=1, day=1)],
    ids=["empty", "year", "february", "negative"],
)
def test_what_is_not_a_date_is_a_violation(date: Date) -> None:
    """One violation a field."""
    purchase = pb.Purchase(date=date)
    command = convert.read_submit(service.SubmitRegistrationRequest(purchase=purchase))
    assert [(one.field, one.rule) for one in command.violations] == [("purchase.date", "date")]


def test_what_is_not_a_time_is_a_violation() -> None:
    """Beyond the years that Python knows."""
    found = Found()
    assert read_time(Timestamp(seconds=10**15), "a", found) is None
    assert read_duration(Duration(seconds=-1), "b", found) is None
    assert read_duration(Duration(seconds=10**18), "c", found) is None
    assert [one.field for one in found] == ["a", "b", "c"]


def test_a_watch_has_a_target_a_start_and_a_beat() -> None:
    """Ids once each, or a filter."""
    ids = service.RegistrationIds(ids=["b", "a", "b"])
    start = convert.read_watch(
        service.WatchRegistrationsRequest(
            registration_ids=ids, resume_token=TOKEN, heartbeat_interval=Duration(seconds=7)
        )
    )
    assert (start.target, start.resume_token, start.heartbeat) == (
        ("b", "a"),
        TOKEN,
        dt.timedelta(seconds=7),
    )
    by_filter = service.WatchRegistrationsRequest(
        filter=pb.RegistrationFilter(end_user_ref="u"), send_initial_state=True
    )
    start = convert.read_watch(by_filter)
    assert (start.target, start.initial_state, start.heartbeat) == (
        Selection(user_ref="u"),
        True,
        None,
    )
    by_filter.filter.states.append(99)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest):
        convert.read_watch(by_filter)


def test_an_event_is_written_once_for_all_watchers() -> None:
    """By identity: an equal one is another. Old ones make room."""
    event = Event("r", "t", 1, NOW, EventKind.SUBMITTED, "worker", State.PENDING)
    events = convert.EventMessages(most=1)
    first = events.of(event)
    assert events.of(event) is first
    assert events.of(replace(event)) is not first
    assert events.of(event) is not first
    assert events.of(event) == first
