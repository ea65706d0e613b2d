"""The simulated token service over HTTP: its errors are those of RFC 6749."""

from typing import Any

import aiohttp
import pytest
from tests.integration.connectors.maker import BASIC, SECRETS, maker, running

RIGHT = aiohttp.encode_basic_auth("id%2F1", "se+cret")
FORM = {"grant_type": "client_credentials", "scope": BASIC["scope"]}


async def asked(form: dict[str, str], authorization: str = RIGHT) -> tuple[int, Any]:
    """Status and body of a token request."""
    async with (
        running(maker(BASIC)) as base,
        aiohttp.ClientSession(headers={"Authorization": authorization}) as session,
        session.post(f"{base}/oauth/token", data=form) as response,
    ):
        return response.status, await response.json()


async def test_it_gives_a_token() -> None:
    """With its kind and its end."""
    status, body = await asked(FORM)
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 1800)
    assert SECRETS["acme.secret"] not in str(body)


@pytest.mark.parametrize(
    ("form", "authorization", "expected"),
    [
        (FORM | {"grant_type": "password"}, RIGHT, (400, "unsupported_grant_type")),
        (FORM | {"scope": "everything"}, RIGHT, (400, "invalid_scope")),
        (FORM, aiohttp.encode_basic_auth("id", "x"), (401, "invalid_client")),
    ],
)
async def test_it_says_what_it_does_not_take(
    form: dict[str, str], authorization: str, expected: tuple[int, str]
) -> None:
    """Status and error."""
    status, body = await asked(form, authorization)
    assert (status, body["error"]) == expected
