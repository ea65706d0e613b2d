"""No answer that is not expected is ever a success."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.manifests import packaged

from registrar.connectors.kit import classify
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.conditions import Condition
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.manifest import Answer, ApiTier, When, load, operations
from registrar.domain.outcome import Code, Effect, Verdict

ACME, SAMSUNG = packaged("acme"), packaged("samsung")
words = st.sampled_from(
    ["status", "registered", "registration_id", "code", "ACCEPTED", "transactionId", "x", ""]
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from([ACME, SAMSUNG]), st.integers(100, 599), json)
def test_a_success_has_its_status_and_its_reference(tier: Any, status: int, body: Any) -> None:  # noqa: ANN401 - any JSON
    """Whatever else a manufacturer says."""
    outcome = classify.submitted(tier, Reply(status, body))
    if outcome.effect is Effect.ACCEPTED:
        assert outcome.reference
    if outcome.code in {Code.REGISTERED, Code.ACCEPTED_PENDING}:
        assert status in {200, 201}
    elif outcome.code is Code.UNMAPPED:
        assert outcome.effect is Effect.UNKNOWN
    assert not (status >= 500 and outcome.effect is Effect.ACCEPTED)


@given(st.sampled_from([ACME, SAMSUNG]), st.integers(100, 599), json)
def test_an_absence_is_said_and_never_guessed(tier: Any, status: int, body: Any) -> None:  # noqa: ANN401
    """An error page is no absence."""
    verdict = classify.verified(tier, Reply(status, body)).verdict
    if verdict is Verdict.ABSENT:
        said = isinstance(body, dict) and (
            body.get("registrations") == [] or body.get("code") == 4040001
        )
        assert said


def test_a_200_with_an_error_page_is_unclear() -> None:
    """As a proxy in trouble sends it."""
    outcome = classify.submitted(ACME, Reply(200, None, page=True))
    assert (outcome.code, outcome.effect, outcome.raw_code) == (
        Code.OUTCOME_UNKNOWN,
        Effect.UNKNOWN,
        "200",
    )


def test_a_refused_field_is_named_by_its_canonical_path() -> None:
    """The manufacturer says owner, the caller knows customer."""
    body = {"code": "invalid_field", "field": "owner.email"}
    assert classify.submitted(ACME, Reply(422, body)).field == "customer.email"
    other = {"code": "invalid_field", "field": "not a path!"}
    assert classify.submitted(ACME, Reply(422, other)).field == ""


def knox(status: str, *codes: int) -> Reply:
    """The answer of a poll."""
    devices = [{"deviceId": "490154203237518", "code": code} for code in codes]
    return Reply(200, {"transactionId": "reg_1", "status": status, "devices": devices})


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (knox("IN_PROGRESS"), Verdict.PENDING),
        (knox("COMPLETED", 0), Verdict.FOUND),
        (knox("COMPLETED"), Verdict.FOUND),
        (knox("COMPLETED", 4090001), Verdict.FOUND),
        (knox("COMPLETED", 4090002), Verdict.REFUSED),
        (knox("COMPLETED", 4000001), Verdict.REFUSED),
        (knox("COMPLETED", 77), Verdict.CANNOT_TELL),
        (Reply(200, {"transactionId": "reg_1", "status": "COMPLETED"}), Verdict.CANNOT_TELL),
        (knox("FAILED", 4090002), Verdict.REFUSED),
        (knox("FAILED", 77), Verdict.REFUSED),
        (knox("PAUSED", 0), Verdict.CANNOT_TELL),
        (Reply(404, {"code": 4040001}), Verdict.ABSENT),
        (Reply(404, {"code": 1}), Verdict.CANNOT_TELL),
        (Reply(404, None, page=True), Verdict.CANNOT_TELL),
        (Reply(429, {"code": 4290001}), Verdict.CANNOT_TELL),
    ],
)
def test_a_completed_transaction_is_no_registered_device(reply: Reply, verdict: Verdict) -> None:
    """The device's own code decides."""
    assert classify.verified(SAMSUNG, reply).verdict is verdict


ACME_RULES = [
    (409, {"code": "already_registered", "registration_id": "A-1"}, "same_owner"),
    (409, {"code": "owned_by_other"}, "other_owner"),
    (422, {"code": "invalid_field", "field": "owner.email"}, "invalid_field"),
    (422, {"code": "unsupported_product"}, "unsupported_product"),
    (422, {"code": "idempotency_key_reused"}, "key_reused"),
    (400, {"code": "idempotency_key_missing"}, "key_missing"),
    (401, {"code": "unauthorized"}, "unauthorized"),
    (403, {"code": "forbidden"}, "forbidden"),
    (429, {"code": "rate_limited"}, "throttled"),
    (503, {"code": "maintenance"}, "maintenance"),
]
SAMSUNG_RULES = [
    (200, knox("COMPLETED", 4090001).body, "already_ours"),
    (200, knox("COMPLETED", 4090002).body, "another_customers"),
    (200, knox("FAILED", 4000001).body, "invalid_after_upload"),
    (200, knox("FAILED", 1).body, "failed"),
    (400, {"code": 4000000}, "invalid_device"),
    (401, {"code": 4012250}, "token"),
    (401, {"code": 1}, "credentials"),
    (403, {"code": 4030002}, "not_approved"),
    (429, {"code": 4290001}, "throttled"),
]
TABLE = [(ACME, *row) for row in ACME_RULES] + [(SAMSUNG, *row) for row in SAMSUNG_RULES]


@pytest.mark.parametrize(("tier", "status", "body", "name"), TABLE)
def test_every_rule_has_its_answer(tier: Any, status: int, body: Any, name: str) -> None:  # noqa: ANN401
    """And gives what it says."""
    outcome = classify.submitted(tier, Reply(status, body))
    (rule,) = [one for one in tier.errors if one.name == name]
    assert (outcome.rule, outcome.code, outcome.effect) == (name, rule.code, rule.effect)
    assert (not outcome.reference) is (not rule.reference)


def test_no_rule_is_left_without_an_answer() -> None:
    """The table above is whole."""
    assert [name for *_, name in ACME_RULES] == [one.name for one in ACME.errors]
    assert [name for *_, name in SAMSUNG_RULES] == [one.name for one in SAMSUNG.errors]


@pytest.mark.parametrize("reference", [True, "", None, [1], "x" * 201, "a\nb", 1.5])
@pytest.mark.parametrize(
    ("status", "body"), [(201, {"status": "registered"}), (409, {"code": "already_registered"})]
)
def test_a_success_without_a_reference_is_unclear(
    status: int, body: dict[str, Any], reference: object
) -> None:
    """True is no number of a registration, and half a reference finds nothing."""
    outcome = classify.submitted(ACME, Reply(status, body | {"registration_id": reference}))
    assert (outcome.code, outcome.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)


@pytest.mark.parametrize("status", [401, 403, 429, 400, 200, 503])
def test_a_page_is_nobodys_word(status: int) -> None:
    """A proxy's 403 says nothing of what the manufacturer has done."""
    outcome = classify.submitted(ACME, Reply(status, None, page=True))
    assert (outcome.code, outcome.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)


def test_an_answer_without_a_rule_is_unmapped() -> None:
    """And reported; what a manufacturer writes into its code is kept only if it is a word."""
    outcome = classify.submitted(ACME, Reply(418, {"code": "ada@example.com is wrong"}))
    assert (outcome.code, outcome.effect, outcome.raw_code) == (
        Code.UNMAPPED,
        Effect.UNKNOWN,
        "418",
    )


def test_false_is_not_zero() -> None:
    """In JSON they are two values."""
    body = {"transactionId": "t", "status": "COMPLETED", "devices": [{"code": False}]}
    assert classify.verified(SAMSUNG, Reply(200, body)).verdict is Verdict.CANNOT_TELL


def throttling(retry_after: float | None = 30.0) -> ApiTier:
    """Acme's, which throttles with a 404, as some do."""
    data: dict[str, Any] = {
        "name": "busy",
        "when": {"status": [404]},
        "code": "rate_limited",
        "effect": "refused",
    }
    rule = operations.rule(data | ({"retry_after": retry_after} if retry_after else {}))
    return replace(ACME, errors=(rule, *ACME.errors))


@pytest.mark.parametrize(
    ("told", "ruled", "expected"),
    [(None, 30.0, 30), (7, 30.0, 7), (None, None, None), (7, None, 7)],
)
def test_a_throttling_without_a_header_waits_as_its_rule_says(
    told: int | None, ruled: float | None, expected: int | None
) -> None:
    """Whatever its status; what the answer says comes first. Of a look-up, too."""
    pause = None if told is None else timedelta(seconds=told)
    wanted = None if expected is None else timedelta(seconds=expected)
    reply = Reply(404, {}, pause)
    outcome = classify.submitted(throttling(ruled), reply)
    assert (outcome.code, outcome.retry_after) == (Code.RATE_LIMITED, wanted)
    found = classify.verified(throttling(ruled), reply)
    assert (found.verdict, found.retry_after) == (Verdict.CANNOT_TELL, wanted)


MIXED = {"done": True, "devices": [{"code": 0}, {"code": 409, "why": "theirs", "id": 7}, "x"]}


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ("devices[*].code", [409], True),
        ("devices[*].code", [0, 1], True),
        ("devices[*].code", [500], False),
        ("devices[*].code", [None], True),
        ("done[*].code", [None], False),
        ("nothing[*].code", [None], False),
    ],
)
def test_one_device_of_many_is_enough(path: str, values: list[object], expected: object) -> None:
    """A transaction completes also where it refused one: `[*]` finds it wherever it stands."""
    when = When(conditions=(Condition(path, tuple(values)),))
    assert classify.holds(when, Reply(200, MIXED)) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("devices[*].why", "theirs"), ("devices[*].id", "7"), ("devices[*].x", ""), ("[*].why", "")],
)
def test_what_any_device_says_is_read(path: str, expected: str) -> None:
    """The first that says something."""
    assert classify.text(Reply(200, MIXED), path) == expected


def test_a_list_may_be_the_whole_answer() -> None:
    """Of many devices without a name."""
    assert classify.text(Reply(200, [{}, {"why": "theirs"}]), "[*].why") == "theirs"


def test_an_asynchronous_answer_refuses_by_any_of_its_devices() -> None:
    """Partial success is none for the device of this registration."""
    rule = operations.rule(
        {
            "name": "theirs",
            "when": {"path": "devices[*].code", "in": [409]},
            "code": "duplicate.other_owner",
            "effect": "refused",
        }
    )
    answers = (Answer(When(frozenset({200}), (Condition("done", (True,)),)), "refused"),)
    verify = replace(ACME.verify, answers=answers)
    found = classify.verified(replace(ACME, verify=verify, errors=(rule,)), Reply(200, MIXED))
    assert found.verdict is Verdict.REFUSED
    assert found.outcome is not None
    assert found.outcome.code is Code.DUPLICATE_OTHER_OWNER


@pytest.mark.parametrize(
    ("status", "each"),
    [(400, True), (404, True), (422, True)]
    + [(status, False) for status in (401, 403, 407, 408, 425, 429, 500, 503)],
)
def test_who_is_slowed_down_does_not_ask_for_each(status: int, *, each: bool) -> None:
    """Fifty look-ups that were one would be the answer to "too many requests"."""
    lookup = load(PACKAGED / "dell" / "manifest.yaml").lookup
    assert lookup is not None
    reply = Reply(status, {"error": "no"})
    assert classify.of_one(replace(lookup, errors=()), reply, reads=True) is each
    assert not classify.of_one(replace(lookup, errors=()), reply, reads=False)
    assert not classify.of_one(lookup, replace(reply, body=None, page=True), reads=True)
