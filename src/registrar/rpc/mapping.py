"""The mapping between the contract and the domain: every enum, message and field, once.

`convert` reads it in both directions; nothing else knows both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any

from registrar.app.commands import Selection
from registrar.domain.customer import Address, Consents, Customer, CustomerType
from registrar.domain.erasure import Erasure, Recipient
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
from registrar.domain.outcome import Effect, Tier
from registrar.domain.plan import Planned, Turn
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase, PurchaseChannel
from registrar.domain.registration import (
    Action,
    ActionKind,
    Attempt,
    AttemptState,
    EventKind,
    Failure,
    Priority,
    Registration,
    Result,
    State,
    Trigger,
    WaitReason,
)
from registrar.domain.submission import Submission, Usage
from registrar.domain.window import Window
from registrar.rpc.fields import (
    DATE,
    DECIMAL,
    REQUIRED_DATE,
    STRING_MAP,
    STRINGS,
    TIME,
    Codec,
    EnumMap,
    Field,
    Found,
    Mapping,
)
from registrar.v1 import connector_service_pb2 as connectors
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service


class DuplicatePolicy(StrEnum):
    """The store's words for the contract's."""

    REJECT = "reject"
    RETURN_EXISTING = "return_existing"
    ALLOW_AFTER_FAILURE = "allow_after_failure"


class ClosingReason(StrEnum):
    """The watch's words for the contract's."""

    COMPLETE = "complete"
    DRAINING = "draining"
    MAX_DURATION = "max_duration"
    TOO_SLOW = "too_slow"


STATE = EnumMap(enums.RegistrationState, State)
WAIT_REASON = EnumMap(enums.WaitReason, WaitReason)
RESULT = EnumMap(enums.RegistrationOutcome, Result)
TIER = EnumMap(enums.FulfillmentTier, Tier)
TIERS = TIER.many()
EFFECT = EnumMap(enums.SubmissionEffect, Effect)
TRIGGER = EnumMap(enums.AttemptTrigger, Trigger)
ATTEMPT_STATE = EnumMap(enums.AttemptState, AttemptState)
ACTION_KIND = EnumMap(enums.ActionKind, ActionKind)
PRIORITY = EnumMap(enums.Priority, Priority, default=Priority.NORMAL, by_name=True)
CUSTOMER_TYPE = EnumMap(enums.CustomerType, CustomerType, default=CustomerType.CONSUMER)
CHANNEL = EnumMap(enums.PurchaseChannel, PurchaseChannel, default=PurchaseChannel.RETAIL)
USAGE = EnumMap(enums.Usage, Usage, default=Usage.HOUSEHOLD)
DUPLICATES = EnumMap(enums.DuplicatePolicy, DuplicatePolicy, default=DuplicatePolicy.REJECT)
TURN = EnumMap(enums.PlannedTierStatus, Turn)
CLOSING = EnumMap(enums.WatchClosingReason, ClosingReason)

ADDRESS = Mapping(
    pb.Address, Address, Field("lines", STRINGS), "city", "region", "postal_code", "country"
)
CUSTOMER = Mapping(
    pb.Customer,
    Customer,
    "given_name",
    "family_name",
    "email",
    Field("type", CUSTOMER_TYPE.codec()),
    "phone",
    "company",
    "tax_id",
    Field("address", ADDRESS.optional()),
    "user_ref",
)
IDENTIFIER = Mapping(pb.Identifier, Identifier, "kind", "value")
PRODUCT = Mapping(
    pb.Product,
    Product,
    "serial_number",
    "model_number",
    "product_number",
    "name",
    "category",
    Field("identifiers", IDENTIFIER.many()),
)
PURCHASE = Mapping(
    pb.Purchase,
    Purchase,
    Field("date", REQUIRED_DATE),
    "country",
    "retailer",
    Field("channel", CHANNEL.codec()),
    Field("delivery_date", DATE),
    "order_number",
    Field("price", DECIMAL),
    "currency",
    Field("proofs", STRINGS),
)
CONSENTS = Mapping(
    pb.Consents,
    Consents,
    "terms",
    "data_storage",
    "marketing_email",
    "marketing_sms",
    "share",
    "text_version",
    Field("given_time", TIME, "given_at"),
)
_SUBMISSION = (
    Field("customer", CUSTOMER.needed()),
    Field("product", PRODUCT.needed()),
    Field("purchase", PURCHASE.needed()),
    Field("consents", CONSENTS.needed()),
    Field("usage", USAGE.codec()),
    "locale",
    "external_reference",
    Field("labels", STRING_MAP),
)
SUBMISSION = Mapping(service.SubmitRegistrationRequest, Submission, *_SUBMISSION)
SHOWN = Mapping(pb.Registration, Submission, *_SUBMISSION)
SELECTION = Mapping(
    pb.RegistrationFilter,
    Selection,
    Field("states", STATE.many()),
    Field("manufacturer_ids", STRINGS),
    Field("end_user_ref", attribute="user_ref"),
    "external_reference",
    Field("create_time_after", TIME, "created_after"),
    Field("create_time_before", TIME, "created_before"),
)
PREFILLED = Mapping(pb.PrefilledValue, Prefilled, "field", "label", "value")
GUIDE_STEP = Mapping(pb.GuideStep, GuideStep, "text", Field("values", PREFILLED.many()), "language")
PROOF = Mapping(
    pb.ProofOfPurchase,
    ProofOfPurchase,
    "required",
    Field("media_types", STRINGS),
    "max_bytes",
    "notes",
    "language",
)
GUIDE = Mapping(
    pb.ManualGuide,
    Guide,
    Field("steps", GUIDE_STEP.many()),
    "link",
    Field("register_by", DATE),
    Field("proof", PROOF.optional()),
    "contact",
    "follow_up_days",
    "evidence",
    Field("sources", STRINGS),
    "register_for",
    Field("notes", STRINGS),
)
ACTION = Mapping(pb.ActionRequired, Action, Field("kind", ACTION_KIND.codec()), "guidance", "field")


def _write_category(category: str) -> int:
    # Categories follow the taxonomy, which may grow before the contract does.
    known = enums.FailureCategory.DESCRIPTOR.values_by_name.get(
        "FAILURE_CATEGORY_" + category.upper()
    )
    return known.number if known else 0


def _read_category(number: int, path: str, found: Found) -> str:
    del path, found
    known = enums.FailureCategory.DESCRIPTOR.values_by_number.get(number)
    return known.name.removeprefix("FAILURE_CATEGORY_").lower() if known and number else ""


def _write_refused(field: str) -> list[pb.FieldViolation]:
    return [pb.FieldViolation(field=field, rule="manufacturer")] if field else []


def _read_refused(violations: Any, path: str, found: Found) -> str:  # noqa: ANN401 - repeated
    del path, found
    return violations[0].field if violations else ""


FAILURE = Mapping(
    pb.Failure,
    Failure,
    Field("category", Codec(_write_category, _read_category)),
    "code",
    "message",
    "user_guidance",
    Field("manufacturer_code", attribute="raw_code"),
    Field("field_violations", Codec(_write_refused, _read_refused), "field"),
)
STANDING = Mapping(
    pb.Registration,
    Registration,
    "id",
    "request_id",
    "manufacturer_id",
    "brand",
    Field("state", STATE.codec()),
    Field("wait_reason", WAIT_REASON.codec()),
    Field("outcome", RESULT.codec(), "result"),
    Field("failure", FAILURE.optional()),
    Field("action_required", ACTION.optional(), "action"),
    Field("current_tier", TIER.codec(), "tier"),
    Field("allowed_tiers", TIERS),
    Field("effect", EFFECT.codec()),
    "attempt_count",
    Field("next_attempt_time", TIME, "next_attempt_at"),
    Field("complete_by", TIME),
    Field("not_before", TIME),
    Field("priority", PRIORITY.codec()),
    "manufacturer_reference",
    "revision",
    "etag",
    Field("create_time", TIME, "created_at"),
    Field("update_time", TIME, "updated_at"),
    Field("erase_time", TIME, "erased_at"),
    Field("abandon_time", TIME, "abandoned_at"),
    Field("successor_registration_id", attribute="successor_id"),
)
ATTEMPT = Mapping(
    pb.Attempt,
    Attempt,
    "registration_id",
    "number",
    Field("tier", TIER.codec()),
    Field("trigger", TRIGGER.codec()),
    Field("state", ATTEMPT_STATE.codec()),
    Field("effect", EFFECT.codec()),
    Field("failure", FAILURE.optional()),
    "code",
    "rule",
    "connector_version",
    Field("start_time", TIME, "started_at"),
    Field("end_time", TIME, "ended_at"),
    "trace_id",
)
RECIPIENT = Mapping(
    service.DataRecipient,
    Recipient,
    "manufacturer_id",
    "registration_id",
    Field("tier", TIER.codec()),
    Field("effect", EFFECT.codec()),
    Field("send_time", TIME, "at"),
)
ERASURE = Mapping(
    service.EraseCustomerDataResponse,
    Erasure,
    Field("erasure_id", attribute="id"),
    Field("request_time", TIME, "requested_at"),
    Field("complete_time", TIME, "completed_at"),
    Field("registration_count", attribute="registrations"),
    Field("pending_registration_ids", attribute="pending"),
    Field("recipients", RECIPIENT.many()),
)
IDENTIFIER_RULE = Mapping(
    connectors.IdentifierRule,
    IdentifierRule,
    "kind",
    Field("patterns", STRINGS),
    "description",
    "check",
    "strict",
)
TIER_LISTING = Mapping(
    connectors.ManufacturerTier,
    TierListing,
    Field("tier", TIER.codec()),
    "audience",
    "evidence",
    "enabled",
    Field("sources", STRINGS),
    "verify",
    "idempotency",
)
LOOKUP_LISTING = Mapping(
    connectors.ManufacturerLookup,
    LookupListing,
    "audience",
    "evidence",
    "enabled",
    Field("sources", STRINGS),
    "precheck",
    "verify",
)
WINDOW = Mapping(
    connectors.RegistrationWindow,
    Window,
    "days",
    "start",
    "purpose",
    Field("countries", STRINGS),
    "notes",
)
RATE_WINDOW = Mapping(connectors.RateWindow, RateWindow, "requests", "seconds")
LIMITS = Mapping(
    connectors.ManufacturerLimits,
    Limits,
    Field("windows", RATE_WINDOW.many()),
    "concurrency",
    "daily_requests",
    "daily_zone",
)
PRIVACY = Mapping(
    connectors.ManufacturerPrivacy,
    Privacy,
    Field("mandatory_consents", STRINGS),
    "contact",
    "retention",
)
COMPONENT = Mapping(connectors.ComponentRule, Component, "kind", "note")
MANUFACTURER = Mapping(
    connectors.Manufacturer,
    Manufacturer,
    "id",
    "name",
    Field("brands", STRINGS),
    Field("countries", STRINGS),
    "version",
    Field("identifier_rules", IDENTIFIER_RULE.many(), "identifiers"),
    Field("required_fields", STRINGS),
    Field("tiers", TIER_LISTING.many()),
    "fictitious",
    Field("window_days", Codec(lambda days: days or 0, lambda days, _path, _found: days or None)),
    Field("lookup", LOOKUP_LISTING.optional()),
    Field("windows", WINDOW.many()),
    Field("limits", LIMITS.needed()),
    Field("privacy", PRIVACY.needed()),
    Field("components", COMPONENT.many()),
)
PLANNED = Mapping(
    pb.PlannedTier,
    Planned,
    Field("tier", TIER.codec()),
    "enabled",
    "evidence",
    Field("status", TURN.codec(), "turn"),
    Field("reason", attribute="why"),
    "explanation",
)

PAYLOADS: dict[EventKind, tuple[Any, dict[str, tuple[str, Callable[[str], Any]]]]] = {
    EventKind.SUBMITTED: (pb.RegistrationEvent.Submitted, {}),
    EventKind.ATTEMPT_STARTED: (
        pb.RegistrationEvent.AttemptStarted,
        {
            "attempt": ("attempt", int),
            "tier": ("tier", lambda word: TIER.write(Tier(word))),
            "trigger": ("trigger", lambda word: TRIGGER.write(Trigger(word))),
        },
    ),
    EventKind.ATTEMPT_ENDED: (
        pb.RegistrationEvent.AttemptEnded,
        {
            "attempt": ("attempt", int),
            "code": ("code", str),
            "effect": ("effect", lambda word: EFFECT.write(Effect(word))),
            "manufacturer_reference": ("reference", str),
        },
    ),
    EventKind.STATE_CHANGED: (pb.RegistrationEvent.StateChanged, {"reason": ("reason", str)}),
    EventKind.VERIFIED: (
        pb.RegistrationEvent.Verified,
        {"verdict": ("verdict", str), "manufacturer_reference": ("reference", str)},
    ),
    EventKind.CANCEL_REQUESTED: (
        pb.RegistrationEvent.CancelRequested,
        {"reason": ("reason", str)},
    ),
    EventKind.RETRY_REQUESTED: (
        pb.RegistrationEvent.RetryRequested,
        {"duplicate_risk_acknowledged": ("acknowledged", lambda word: word == "true")},
    ),
    EventKind.POINT_OF_NO_RETURN: (
        pb.RegistrationEvent.PointOfNoReturn,
        {"attempt": ("attempt", int)},
    ),
    EventKind.LEASE_LOST: (pb.RegistrationEvent.LeaseLost, {"lost": ("lost", int)}),
    EventKind.DEADLINE_PASSED: (pb.RegistrationEvent.DeadlinePassed, {}),
    EventKind.MANUALLY_COMPLETED: (
        pb.RegistrationEvent.ManuallyCompleted,
        {
            "manufacturer_reference": ("reference", str),
            "registered_on": ("registered_on", lambda day: DATE.write(date.fromisoformat(day))),
        },
    ),
    EventKind.ERASED: (pb.RegistrationEvent.Erased, {}),
    EventKind.ABANDONED: (pb.RegistrationEvent.Abandoned, {"reason": ("reason", str)}),
    EventKind.GAVE_UP: (pb.RegistrationEvent.GaveUp, {"reason": ("reason", str)}),
    EventKind.TIER_CHANGED: (
        pb.RegistrationEvent.TierChanged,
        {
            "from_tier": ("left", lambda word: TIER.write(Tier(word))),
            "to_tier": ("taken", lambda word: TIER.write(Tier(word))),
            "reason": ("reason", str),
        },
    ),
}
"""Event kind to payload message, and its fields to (key of `detail`, how to read it)."""
