"""What is taken from a call's metadata, and page tokens."""

import pytest

from registrar.domain.errors import ApiKeyInvalid, PageTokenInvalid
from registrar.ports.tracing import trace_id
from registrar.rpc import call, paging


def test_harmless_ids_are_kept() -> None:
    """The caller's request id and trace."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    made = call.begin(
        call.Method("/p.S/M"),
        [
            ("x-request-id", "mine-1"),
            ("traceparent", f"00-{trace}-b7ad6b7169203331-01"),
            ("odd-bin", b"\x00"),
        ],
    )
    assert (made.request_id, trace_id(made.traceparent), made.method.service, made.method.name) == (
        "mine-1",
        trace,
        "p.S",
        "M",
    )
    assert call.current() is made


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\nb", "<script>"])
def test_other_ids_are_replaced(given: str) -> None:
    """Whatever is logged is ours."""
    made = call.begin(call.Method("/p.S/M"), [("x-request-id", given), ("traceparent", given)])
    assert (len(made.request_id), made.traceparent) == (32, "")


def test_nobody_is_denied() -> None:
    """Where nothing has authenticated the call."""
    call.begin(call.Method("/p.S/M"), [])
    with pytest.raises(ApiKeyInvalid):
        call.caller()


def test_a_page_token_belongs_to_its_list() -> None:
    """Another list's, or rubbish, is refused."""
    token = paging.write(7, "events:a")
    assert paging.read(token, "events:a") == 7
    assert (paging.read("", "events:a"), paging.read("", "events:a", start=3)) == (0, 3)
    for wrong in (token[:-4], "rubbish", "ż", "MS4y"):
        with pytest.raises(PageTokenInvalid):
            paging.read(wrong, "events:a")
    with pytest.raises(PageTokenInvalid):
        paging.read(token, "events:b")
