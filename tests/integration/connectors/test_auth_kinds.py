"""Every kind of credentials as it arrives at the other end of a real socket."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.integration.connectors.maker import (
    ASSERTION,
    AUD,
    BASIC,
    BODY,
    SECRETS,
    SUBSCRIPTION,
    TOKEN_KINDS,
    Answer,
    Maker,
    connected,
    job,
    maker,
    running,
)

from registrar.domain.outcome import Code, Effect
from registrar.sandbox.request import dropped

each_token_kind = pytest.mark.parametrize("auth", TOKEN_KINDS.values(), ids=TOKEN_KINDS)


async def sent_once(tmp_path: Path, auth: dict[str, Any]) -> Maker:
    """One registration, which went well."""
    made = maker(auth)
    async with running(made) as base, connected(tmp_path, auth, {"acme": base}) as connector:
        outcome = await connector.submit(job())
    assert (outcome.code, outcome.effect) == (Code.REGISTERED, Effect.ACCEPTED)
    return made


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"kind": "bearer", "secret": "acme.key"}, "Authorization", "Bearer the-key"),
        ({"kind": "api_key", "header": "ClientID", "secret": "acme.key"}, "ClientID", "the-key"),
        (
            {"kind": "basic", "username": "acme.user", "password": "acme.password"},
            "Authorization",
            "Basic " + base64.b64encode(b"user:pass:word").decode(),
        ),
    ],
    ids=["bearer", "api_key", "basic"],
)
async def test_a_key_stands_in_its_header(
    tmp_path: Path, auth: dict[str, Any], header: str, value: str
) -> None:
    """And no token is asked for."""
    made = await sent_once(tmp_path, auth)
    assert [one.headers[header] for one in made.sent] == [value]
    assert made.asked == []


async def test_client_credentials_stand_in_the_form(tmp_path: Path) -> None:
    """Where nothing else is said."""
    (asked,) = (await sent_once(tmp_path, BODY)).asked
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": "id/1",
        "client_secret": "se cret",
    }
    assert "Authorization" not in asked.headers


async def test_client_credentials_stand_in_the_header_alone(tmp_path: Path) -> None:
    """Encoded as a form first, for they may hold a colon."""
    (asked,) = (await sent_once(tmp_path, BASIC)).asked
    assert asked.form == {"grant_type": "client_credentials", "scope": "devices:upload"}
    expected = base64.b64encode(b"id%2F1:se+cret").decode()
    assert asked.headers["Authorization"] == f"Basic {expected}"


def part(text: str) -> dict[str, Any]:
    """Header or claims of a JWT."""
    made: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=="))
    return made


async def test_an_assertion_says_who_for_whom_and_until_when(tmp_path: Path) -> None:
    """As RFC 7523 and Apple have it."""
    (asked,) = (await sent_once(tmp_path, ASSERTION)).asked
    form = dict(asked.form)
    header, claims, signature = form.pop("client_assertion").split(".")
    assert form == {
        "grant_type": "client_credentials",
        "client_id": "id/1",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "scope": "business.api",
    }
    assert part(header) == {"alg": "ES256", "kid": "key-1", "typ": "JWT"}
    said = part(claims)
    assert (said["iss"], said["sub"], said["aud"]) == ("id/1", "id/1", AUD)
    assert said["exp"] - said["iat"] == 3600
    assert set(said) == {"iss", "sub", "aud", "iat", "exp", "jti"}
    assert len(base64.urlsafe_b64decode(signature + "==")) == 64


async def test_a_subscription_key_goes_with_the_token_and_not_before(tmp_path: Path) -> None:
    """The service that gives the token is another one: it does not learn the key."""
    made = await sent_once(tmp_path, SUBSCRIPTION)
    (asked,), (sent,) = made.asked, made.sent
    assert "Ocp-Apim-Subscription-Key" not in asked.headers
    assert sent.headers["Ocp-Apim-Subscription-Key"] == "the-key"
    assert sent.headers["Authorization"].startswith("Bearer ")


async def test_tokens_may_come_from_another_address(tmp_path: Path) -> None:
    """Which the settings name, whatever the manifest says."""
    auth = ASSERTION | {"token_url": "/nowhere"}
    there, here = maker(auth), maker(auth)
    here.tokens = there.tokens
    async with running(there) as tokens, running(here) as base:
        urls = {"acme": base, "acme.token": f"{tokens}/oauth/token"}
        async with connected(tmp_path, auth, urls) as connector:
            outcome = await connector.submit(job())
    assert outcome.code is Code.REGISTERED
    assert [one.path for one in there.arrived] == ["/oauth/token"]
    assert [one.path for one in here.arrived] == ["/registrations"]


@each_token_kind
async def test_fifty_at_once_share_one_token(tmp_path: Path, auth: dict[str, Any]) -> None:
    """Whatever it is got for."""
    made = maker(auth)
    made.tokens.world.script.replace([{"fault": "latency", "seconds": 0.1, "step": "token"}])
    async with running(made) as base, connected(tmp_path, auth, {"acme": base}) as connector:
        outcomes = await asyncio.gather(*(connector.submit(job(n)) for n in range(50)))
    assert {one.code for one in outcomes} == {Code.REGISTERED}
    assert (len(made.asked), len(made.sent)) == (1, 50)


@pytest.mark.parametrize(
    "auth",
    [*TOKEN_KINDS.values(), BODY | {"expires": "acme.ends"}],
    ids=[*TOKEN_KINDS, "a secret that ends"],
)
async def test_a_token_that_ends_on_the_way_is_renewed_once(
    tmp_path: Path, auth: dict[str, Any]
) -> None:
    """And the request that it was refused for is sent again."""
    made = maker(auth)
    secrets = SECRETS | {"acme.ends": "2999-01-01"}
    async with (
        running(made) as base,
        connected(tmp_path, auth, {"acme": base}, secrets) as connector,
    ):
        await connector.submit(job())
        made.tokens.expire()
        outcomes = await asyncio.gather(*(connector.submit(job(n)) for n in range(20)))
    assert {one.code for one in outcomes} == {Code.REGISTERED}
    assert len(made.asked) == 2
    assert len({one.headers["Authorization"] for one in made.sent}) == 2


async def _drop(request: web.Request) -> web.StreamResponse:
    return dropped(request)


async def _fail(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"code": "token_expired"}, status=500)


async def _page(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=401, text="<html>token_expired</html>", content_type="text/html")


@pytest.mark.parametrize("answer", [_drop, _fail, _page], ids=["dropped", "failed", "a page"])
@each_token_kind
async def test_without_a_refusal_for_the_token_nothing_is_sent_twice(
    tmp_path: Path, auth: dict[str, Any], answer: Answer
) -> None:
    """It may have been carried out."""
    made = maker(auth)
    made.answer = answer
    async with running(made) as base, connected(tmp_path, auth, {"acme": base}) as connector:
        outcome = await connector.submit(job())
    assert outcome.effect is Effect.UNKNOWN
    assert (len(made.asked), len(made.sent)) == (1, 1)


@each_token_kind
async def test_a_token_service_that_is_away_means_nothing_was_sent(
    tmp_path: Path, auth: dict[str, Any]
) -> None:
    """Time may mend it: it is tried again."""
    made = maker(auth)
    async with running(made) as base:
        # While the other one runs: its port must not be the one that has become free.
        async with running(maker(auth)) as gone:
            pass
        urls = {"acme.token": f"{gone}/oauth/token", "acme": base}
        async with connected(tmp_path, auth, urls) as connector:
            outcome = await connector.submit(job())
    assert (outcome.code, outcome.effect) == (Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)
    assert made.arrived == []


@pytest.mark.parametrize(
    "fault",
    [{"fault": "status", "status": 503}, {"fault": "reset_before_commit"}, {"fault": "html"}],
    ids=["ill", "reset", "a page"],
)
@each_token_kind
async def test_a_token_service_that_is_ill_means_nothing_was_sent(
    tmp_path: Path, auth: dict[str, Any], fault: dict[str, Any]
) -> None:
    """However it shows."""
    made = maker(auth)
    made.tokens.world.script.replace([fault | {"step": "token"}])
    async with running(made) as base, connected(tmp_path, auth, {"acme": base}) as connector:
        outcome = await connector.submit(job())
    assert (outcome.code, outcome.effect) == (Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)
    assert made.sent == []


@pytest.mark.parametrize("auth", [BODY, BASIC, SUBSCRIPTION], ids=["body", "basic", "subscription"])
async def test_a_wrong_client_secret_is_ours_to_mend(tmp_path: Path, auth: dict[str, Any]) -> None:
    """And nothing was sent."""
    made = maker(auth)
    secrets = SECRETS | {"acme.secret": "wrong"}
    async with (
        running(made) as base,
        connected(tmp_path, auth, {"acme": base}, secrets) as connector,
    ):
        outcome = await connector.submit(job())
    assert (outcome.code, outcome.effect) == (Code.AUTH_REJECTED, Effect.NOT_SENT)
    assert made.sent == []
