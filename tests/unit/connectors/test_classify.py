"""No answer that is not expected is ever a success."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registrar.connectors.kit import classify
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.http import Reply
from registrar.connectors.kit.manifest import load
from registrar.domain.outcome import Code, Effect, Verdict

ACME = load(PACKAGED / "acme" / "manifest.yaml").api
SAMSUNG = load(PACKAGED / "samsung" / "manifest.yaml").api
words = st.sampled_from(
    ["status", "registered", "registration_id", "code", "ACCEPTED", "transactionId", "x", ""]
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from([ACME, SAMSUNG]), st.integers(100, 599), json)
def test_a_success_has_its_status_and_its_reference(tier: Any, status: int, body: Any) -> None:  # noqa: ANN401
    """Whatever else a manufacturer says."""
    outcome = classify.submitted(tier, Reply(status, body))
    if outcome.code in {Code.REGISTERED, Code.ACCEPTED_PENDING}:
        assert status in {200, 201}
        assert outcome.reference
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
    outcome = classify.submitted(ACME, Reply(200, None))
    assert (outcome.code, outcome.effect, outcome.raw_code) == (
        Code.UNMAPPED,
        Effect.UNKNOWN,
        "200",
    )


def test_a_refused_field_is_named_by_its_canonical_path() -> None:
    """The manufacturer says owner, the caller knows customer."""
    body = {"code": "invalid_field", "field": "owner.email"}
    assert classify.submitted(ACME, Reply(422, body)).field == "customer.email"
    other = {"code": "invalid_field", "field": "not a path!"}
    assert classify.submitted(ACME, Reply(422, other)).field == ""
