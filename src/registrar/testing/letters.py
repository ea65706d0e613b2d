"""Letters to a person with umlauts, for tests of mail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from registrar.domain.customer import Customer
from registrar.domain.guide import Guide, GuideStep, Prefilled, ProofOfPurchase
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.notification import Kind, TenantNotifications
from registrar.domain.paper import Subject
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import Action, ActionKind, Registration, Result, State
from registrar.domain.submission import Submission
from registrar.ports.notifier import Letter
from registrar.testing.records import new_registration

TODAY = date(2026, 11, 25)
SUBMISSION = Submission(
    customer=Customer("Jürgen", "Groß-Łoś", "juergen@mail.example"),
    product=Product("SN-4711", "KX-200", name="Kühlschrank „Søren“"),
    purchase=Purchase(date(2026, 11, 3), "DE"),
    locale="de-AT",
)
SETTINGS = TenantNotifications(
    emails=tuple(Kind),
    from_address="service@shop.example",
    reply_to="help@shop.example",
    brand="Müller & Söhne",
    support_link="https://shop.example/help",
    unsubscribe_link="mailto:stop@shop.example",
)
GUIDE = Guide(
    steps=(
        GuideStep("Open the form.", (), "en"),
        GuideStep(
            "Geben Sie das Produkt ein.",
            (
                Prefilled("product.serial_number", "Seriennummer", "SN-4711"),
                Prefilled("customer.phone", "Telefon", ""),
            ),
            "de",
        ),
    ),
    link="https://acme.example/register?serial=SN-4711&lang=de",
    register_by=TODAY + timedelta(days=7),
    register_for="required",
    proof=ProofOfPurchase(required=True),
)
MAKER = Manufacturer("acme", "Acme", ("Acme",), ("DE",), "1", (), (), ())

_ENDED: dict[Kind, dict[str, Any]] = {
    Kind.RECEIVED: {},
    Kind.REGISTERED: {
        "state": State.SUCCEEDED,
        "result": Result.REGISTERED,
        "manufacturer_reference": "ACME-REF-99",
    },
    Kind.ACTION_REQUIRED: {
        "state": State.ACTION_REQUIRED,
        "action": Action(ActionKind.FILE_MANUALLY, ""),
    },
    Kind.REMINDER: {
        "state": State.ACTION_REQUIRED,
        "action": Action(ActionKind.FILE_MANUALLY, ""),
    },
    Kind.FAILED: {"state": State.FAILED},
}


def registered(kind: Kind = Kind.RECEIVED, **more: Any) -> Registration:  # noqa: ANN401 - of its fields
    """As it is when this is told of it."""
    made = new_registration().transition.registration
    return replace(made, **(_ENDED[kind] | more))


def changes(kind: Kind) -> dict[str, Any]:
    """To a registration, so that this is told of it."""
    return dict(_ENDED[kind])


def letter(  # noqa: PLR0913 - its parts
    kind: Kind = Kind.REGISTERED,
    *,
    notice_id: str = "ntf_1",
    language: str = "de",
    settings: TenantNotifications = SETTINGS,
    submission: Submission = SUBMISSION,
    registration: Registration | None = None,
    guide: Guide | None = None,
    **more: Any,  # noqa: ANN401 - of its fields
) -> Letter:
    """With a guide where a person is asked."""
    asked = kind in {Kind.ACTION_REQUIRED, Kind.REMINDER}
    subject = Subject(registration or registered(kind), submission, MAKER, TODAY)
    told = guide or (GUIDE if asked else None)
    return Letter(notice_id, kind, language, settings, subject, told, **more)


def to(address: str) -> Submission:
    """To somebody else."""
    return replace(SUBMISSION, customer=replace(SUBMISSION.customer, email=address))
