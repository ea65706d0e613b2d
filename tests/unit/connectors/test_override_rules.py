"""Which overrides are refused, and with what field and rule."""

from typing import Any

import pytest

from registrar.connectors.kit.override_lints import violations

RULE: dict[str, Any] = {
    "when": {"status": [418], "path": "code", "in": ["teapot"]},
    "code": "not_eligible",
    "effect": "unknown",
}
OWNER = RULE | {"code": "duplicate.same_owner", "effect": "accepted"}


def found(rule: dict[str, Any], *, acknowledged: bool = False) -> list[tuple[str, str]]:
    """Field and rule of each."""
    return [(one.field, one.rule) for one in violations(rule, acknowledged=acknowledged)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"retry_after": 12.5, "guidance": "Ask the manufacturer.", "code": "rate_limited"},
        {"when": {"path": "errors", "empty": False, "also": [{"path": "x[0]", "in": [None]}]}},
        {"code": "duplicate.same_owner", "effect": "accepted", "reference": "id"},
        {"code": "invalid.field", "field": "field", "canonical": "product.serial_number"},
    ],
)
def test_what_a_manifest_may_say_an_override_may_say(changes: dict[str, Any]) -> None:
    """In the same shape."""
    assert found(RULE | changes) == []


def test_a_refusal_needs_somebody_who_accepts_the_risk() -> None:
    """It lets the registration be sent again, though it may have been carried out."""
    rule = RULE | {"effect": "refused"}
    assert found(rule) == [("acknowledge_duplicate_risk", "required")]
    assert found(rule, acknowledged=True) == []


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize(
    ("rule", "field", "broken"),
    [
        (RULE | {"code": "ok.registered"}, "rule.code", "never_success"),
        (RULE | {"code": "ok.accepted_pending"}, "rule.code", "never_success"),
        (RULE | {"code": "handed_over"}, "rule.code", "never_success"),
        (RULE | {"code": "auth.session_expired"}, "rule.code", "manifest_only"),
        (RULE | {"code": "nonsense"}, "rule.code", "unknown_value"),
        (RULE | {"code": "duplicate.same_owner"}, "rule.effect", "accepted"),
        (OWNER, "rule.reference", "required"),
        ({"code": "not_eligible", "effect": "unknown"}, "rule.when", "required"),
        (RULE | {"effect": "accepted", "reference": "id"}, "rule.code", "const"),
        (RULE | {"effect": "not_sent"}, "rule.effect", "enum"),
        (RULE | {"when": {"status": [99]}}, "rule.when.status[0]", "minimum"),
        (RULE | {"when": {"path": "a", "in": []}}, "rule.when.values", "min_items"),
        (RULE | {"when": {"path": "a"}}, "rule.when", "any_of"),
        (RULE | {"when": {"path": "a", "in": [{}]}}, "rule.when.values[0]", "type"),
        (RULE | {"when": {"path": "a[", "empty": True}}, "rule.when.path", "path"),
        (RULE | {"reference": "a["}, "rule.reference", "path"),
        (OWNER | {"reference": "ids[*].id"}, "rule.reference", "device"),
        (RULE | {"canonical": "no.such"}, "rule.canonical", "unknown_value"),
        (RULE | {"guidance": "a\0b"}, "rule.guidance", "printable"),
        (RULE | {"retry_after": 0}, "rule.retry_after", "exclusive_minimum"),
        (RULE | {"retry_after": 86_401}, "rule.retry_after", "maximum"),
        (RULE | {"retry_after": float("nan")}, "rule", "finite"),
        (RULE | {"guidance": "g" * 9000}, "rule", "length"),
        (RULE | {"more": 1}, "rule", "additional_properties"),
    ],
)
def test_an_override_that_cannot_be_is_told_why(
    rule: dict[str, Any], field: str, broken: str, *, acknowledged: bool
) -> None:
    """Whoever accepts the risk of a duplicate accepts nothing else."""
    assert (field, broken) in found(rule, acknowledged=acknowledged)


def test_a_failed_server_refuses_nothing_by_its_status() -> None:
    """Also where the risk is accepted; by what its body says it may."""
    rule = RULE | {"effect": "refused", "when": {"status": [503]}}
    assert found(rule, acknowledged=True) == [("rule.when", "server_error")]
    said = rule | {"when": {"status": [503], "path": "code", "in": ["busy"]}}
    assert found(said, acknowledged=True) == []
