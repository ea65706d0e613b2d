"""What gRPC raises, as a caller of ours sees it."""

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata

from registrar.client.errors import cut_off, from_call

LOST = "Internal error from Core"
"""Its word for an answer that came while the request was being written."""

CUT = "Stream removed (RST_STREAM (Received RST_STREAM with error code 2))"
"""Its word for a service whose process has ended."""


def raised(code: grpc.StatusCode, details: str) -> AioRpcError:
    """Without any trailers."""
    return AioRpcError(code, Metadata(), Metadata(), details)


@pytest.mark.parametrize(
    ("error", "again", "code"),
    [
        (raised(grpc.StatusCode.INTERNAL, LOST), True, grpc.StatusCode.UNAVAILABLE),
        (raised(grpc.StatusCode.INTERNAL, CUT), True, grpc.StatusCode.UNAVAILABLE),
        (raised(grpc.StatusCode.INTERNAL, "a defect"), False, grpc.StatusCode.INTERNAL),
        (raised(grpc.StatusCode.CANCELLED, ""), True, grpc.StatusCode.CANCELLED),
        (raised(grpc.StatusCode.NOT_FOUND, LOST), False, grpc.StatusCode.NOT_FOUND),
    ],
    ids=["lost", "cut", "defect", "cancelled", "other"],
)
def test_an_answer_that_was_lost_is_asked_for_again(
    error: AioRpcError, *, again: bool, code: grpc.StatusCode
) -> None:
    """And at last is no defect of the service: it has said something else."""
    assert cut_off(error) is again
    assert from_call(error).code is code
