"""The table from domain errors to gRPC status."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
import pytest
from google.rpc.status_pb2 import Status

from registrar.domain import errors
from registrar.rpc import status
from registrar.v1.errors_pb2 import ErrorReason


def tree(top: type[errors.RegistrarError]) -> Iterator[type[errors.RegistrarError]]:
    """A class and all below."""
    yield top
    for one in top.__subclasses__():
        yield from tree(one)


ALL = sorted(set(tree(errors.RegistrarError)), key=lambda kind: kind.__name__)


def unpacked(made: Status) -> dict[str, Any]:
    """Details by name."""
    kinds = [
        details.ErrorInfo,
        details.BadRequest,
        details.RetryInfo,
        details.QuotaFailure,
        details.ResourceInfo,
        details.PreconditionFailure,
        details.RequestInfo,
    ]
    found = {}
    for part in made.details:
        for kind in kinds:
            message = kind()
            if part.Unpack(message):
                found[kind.__name__] = message
    return found


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_has_a_rule(kind: type[errors.RegistrarError]) -> None:
    """Its own, not that of a class above."""
    assert kind in status.TABLE


def test_every_reason_of_the_contract_is_used() -> None:
    """A reason that never comes would be a promise not kept."""
    used = {rule.reason for rule in status.TABLE.values()}
    assert used == set(ErrorReason.values()) - {0}


def test_a_reason_travels_without_its_prefix() -> None:
    """With the domain, as AIP-193 wants."""
    made = unpacked(status.to_status(errors.NotFound()))
    assert made["ErrorInfo"] == details.ErrorInfo(reason="NOT_FOUND", domain="registrar")


def test_violations_are_capped_so_that_the_error_arrives() -> None:
    """Trailers are cut at 16 KB; long paths and texts count, in bytes."""
    many = tuple(errors.Violation("ł" * 400, "too-long", "ż" * 4000) for _ in range(200))
    made = status.to_status(errors.InvalidRequest(many, "x" * 9000))
    assert len(made.SerializeToString()) < 8000
    bad = unpacked(made)["BadRequest"]
    assert isinstance(bad, details.BadRequest)
    assert len(bad.field_violations) == 20
    assert bad.field_violations[0].reason == "TOO_LONG"


@pytest.mark.parametrize(
    "error",
    [
        errors.StoreUnavailable(retry_after=timedelta(seconds=3)),
        errors.RateLimited(retry_after=timedelta(seconds=3)),
    ],
)
def test_what_may_be_tried_again_says_when(error: errors.RegistrarError) -> None:
    """RetryInfo."""
    retry = unpacked(status.to_status(error))["RetryInfo"]
    assert isinstance(retry, details.RetryInfo)
    assert retry.retry_delay.seconds == 3


def test_a_duplicate_names_the_other_registration() -> None:
    """ResourceInfo."""
    info = unpacked(status.to_status(errors.DuplicateRegistration("reg_1")))["ResourceInfo"]
    assert isinstance(info, details.ResourceInfo)
    assert info.resource_name == "reg_1"


def test_the_text_of_an_unexpected_error_stays_here() -> None:
    """It may hold a credential."""
    made = status.to_status(RuntimeError("postgres://user:secret@host"), "req-1")
    assert made.code == grpc.StatusCode.INTERNAL.value[0]
    assert b"secret" not in made.SerializeToString()
    assert unpacked(made)["RequestInfo"] == details.RequestInfo(request_id="req-1")


def test_a_configuration_error_stays_here_too() -> None:
    """Its text is for operators."""
    made = status.to_status(errors.ConfigurationError("REGISTRAR_X: secret"))
    assert b"secret" not in made.SerializeToString()


def test_precondition_and_quota_details_fit_their_errors() -> None:
    """One detail of each fitting type."""
    assert "PreconditionFailure" in unpacked(status.to_status(errors.OutcomeUnverified()))
    assert "QuotaFailure" in unpacked(status.to_status(errors.WatchLimit()))


def test_a_backlog_names_whose_it_is_and_when_to_come_back() -> None:
    """RESOURCE_EXHAUSTED, as of any limit; the key of the caller has no part in it."""
    made = status.to_status(errors.Backlogged("acme/bulk", timedelta(minutes=1)))
    assert made.code == grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
    found = unpacked(made)
    assert found["ErrorInfo"].reason == "BACKLOGGED"
    assert [one.subject for one in found["QuotaFailure"].violations] == ["acme/bulk"]
    assert found["RetryInfo"].retry_delay.seconds == 60
