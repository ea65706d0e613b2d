"""Token requests: the client credentials grant, proved by a secret or by a signature."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_plus

from registrar.connectors.kit.auth.assertion import Assertion
from registrar.connectors.kit.auth.headers import basic
from registrar.connectors.kit.http import Request

Ask = Callable[[], Request]
"""Makes the request for the next token."""

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def in_body(url: str, client_id: str, client_secret: str, scope: str = "") -> Ask:
    """Id and secret in the form."""
    form = {"client_id": client_id, "client_secret": client_secret}
    return lambda: _request(url, form, scope)


def by_basic(url: str, client_id: str, client_secret: str, scope: str = "") -> Ask:
    """Id and secret in the header, each form-encoded first, as RFC 6749 section 2.3.1 says."""
    value = basic(quote_plus(client_id), quote_plus(client_secret))
    return lambda: _request(url, {}, scope, {"Authorization": value})


def by_assertion(url: str, assertion: Assertion, scope: str = "") -> Ask:
    """RFC 7523. Signed anew each time: no request shows one that a log may have kept."""
    return lambda: _request(
        url,
        {
            "client_id": assertion.client_id,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion.signed(),
        },
        scope,
    )


def _request(
    url: str, form: dict[str, str], scope: str, headers: dict[str, str] | None = None
) -> Request:
    made = {"grant_type": "client_credentials"} | form | ({"scope": scope} if scope else {})
    return Request("POST", url, headers=headers or {}, query={}, form=made)
