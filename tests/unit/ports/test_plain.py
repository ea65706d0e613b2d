"""Domain data as JSON and back."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from registrar.domain.customer import Address, Consents, Customer
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase, PurchaseChannel
from registrar.domain.registration import Action, ActionKind, Registration
from registrar.domain.submission import Submission, Usage
from registrar.ports import plain

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
SUBMISSIONS = st.builds(
    Submission,
    customer=st.builds(
        Customer,
        given_name=TEXT,
        family_name=TEXT,
        email=TEXT,
        address=st.none()
        | st.builds(Address, lines=st.lists(TEXT, max_size=3).map(tuple), city=TEXT, country=TEXT),
    ),
    product=st.builds(
        Product,
        serial_number=TEXT,
        identifiers=st.lists(st.builds(Identifier, TEXT, TEXT), max_size=3).map(tuple),
    ),
    purchase=st.builds(
        Purchase,
        date=st.dates(),
        country=TEXT,
        channel=st.sampled_from(PurchaseChannel),
        price=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    ),
    consents=st.builds(Consents, terms=st.booleans(), given_at=st.none() | TIMES),
    usage=st.sampled_from(Usage),
    labels=st.dictionaries(TEXT, TEXT, max_size=3),
)


@given(SUBMISSIONS)
def test_a_submission_survives_json(submission: Submission) -> None:
    """Any script, any optional part, decimals and dates without loss."""
    assert plain.from_json(Submission, plain.to_json(submission)) == submission
    assert plain.from_plain(Submission, plain.to_plain(submission)) == submission


@given(TIMES)
def test_instants_keep_their_microseconds(instant: datetime) -> None:
    """One integer there and back."""
    assert plain.from_micros(plain.to_micros(instant)) == instant


def test_an_older_row_takes_the_defaults(registration: Registration) -> None:
    """A field that was added later is read with its default."""
    row = plain.to_plain(registration)
    del row["resend"]
    assert plain.from_plain(Registration, row) == registration


def test_nested_parts_come_back_typed(registration: Registration) -> None:
    """Enums and dataclasses, not strings and dictionaries."""
    action = Action(ActionKind.PROVIDE_DATA, "Which model?", "product.model_number")
    asked = replace(registration, action=action, complete_by=datetime(2027, 1, 1, tzinfo=UTC))
    assert plain.from_json(Registration, plain.to_json(asked)) == asked


def test_dates_are_iso() -> None:
    """A calendar date is no instant."""
    made = plain.to_plain(Purchase(date=date(2026, 2, 28), country="DE"))
    assert made["date"] == "2026-02-28"
