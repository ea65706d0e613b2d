"""One token for everybody: fetched once, renewed once, and its absence shared."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from registrar.connectors.kit.auth import Refused, Tokens
from registrar.connectors.kit.auth.grants import in_body
from registrar.connectors.kit.http import HttpClient, NotSent
from registrar.outbound import Reach


class TokenService:
    """Counts; answers after `seconds` what the test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.seconds = 0.05
        self.status = 200
        self.answer: object = None

    async def give(self, request: web.Request) -> web.Response:
        """POST /token."""
        self.asked.append(dict(await request.post()))
        await asyncio.sleep(self.seconds)
        made = {"access_token": f"t{len(self.asked)}", "expires_in": 1800}
        return web.json_response(made if self.answer is None else self.answer, status=self.status)


@pytest.fixture
def service() -> TokenService:
    """In good health."""
    return TokenService()


@pytest.fixture
async def tokens(service: TokenService) -> AsyncIterator[Tokens]:
    """Of that service, over a real socket."""
    app = web.Application()
    app.router.add_post("/token", service.give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http = HttpClient(reach=Reach(local=True))
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield Tokens(http, in_body(url, "id", "secret"), 2)
    await http.close()
    await runner.cleanup()


async def test_a_token_is_fetched_once_and_kept(tokens: Tokens, service: TokenService) -> None:
    """For all who wait, and for all who come later."""
    first = await asyncio.gather(*(tokens.headers() for _ in range(50)))
    assert [*first, await tokens.headers()] == [{"Authorization": "Bearer t1"}] * 51
    assert service.asked == [
        {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
    ]


async def test_a_token_service_that_hangs_holds_everybody_equally_long(
    tokens: Tokens, service: TokenService
) -> None:
    """One after the other would pass the send deadline, and unsent would be called unknown."""
    service.seconds = 60
    start = asyncio.get_running_loop().time()
    ends = await asyncio.gather(*(tokens.headers() for _ in range(20)), return_exceptions=True)
    assert {type(one) for one in ends} == {NotSent}
    assert len(service.asked) == 1
    assert asyncio.get_running_loop().time() - start < 10
    service.seconds = 0
    assert await tokens.headers() == {"Authorization": "Bearer t2"}


async def test_who_gives_up_does_not_take_the_token_from_the_others(
    tokens: Tokens, service: TokenService
) -> None:
    """The first to come may be the first to go."""
    first = asyncio.create_task(tokens.headers())
    second = asyncio.create_task(tokens.headers())
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second == {"Authorization": "Bearer t1"}
    assert first.cancelled()
    assert len(service.asked) == 1


async def test_a_late_refusal_of_the_old_token_does_not_cost_the_new_one(
    tokens: Tokens, service: TokenService
) -> None:
    """Fifty requests with the old token come back: one renewal."""
    old = await tokens.headers()
    for _ in range(50):
        tokens.forget(old)
        assert await tokens.headers() == {"Authorization": "Bearer t2"}
    assert len(service.asked) == 2


@pytest.mark.parametrize("seconds", [4, 60])
async def test_a_token_is_renewed_before_it_expires(
    tokens: Tokens, service: TokenService, seconds: int
) -> None:
    """A short one after half its life."""
    service.answer = {"access_token": "short", "expires_in": seconds}
    await tokens.headers()
    await tokens.headers()
    assert len(service.asked) == 1
    if seconds == 4:
        await asyncio.sleep(2.1)
        await tokens.headers()
        assert len(service.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_wrong_credentials_are_refused(
    tokens: Tokens, service: TokenService, status: int
) -> None:
    """Time does not mend them."""
    service.status, service.answer = status, {"error": "invalid_client"}
    with pytest.raises(Refused):
        await tokens.headers()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {}),
        (200, []),
        (200, {"access_token": 7, "expires_in": 1800}),
        (200, {"access_token": "", "expires_in": 1800}),
        (200, {"access_token": "a\nb", "expires_in": 1800}),
        (200, {"access_token": "ż", "expires_in": 1800}),
        (200, {"access_token": "a", "expires_in": "soon"}),
        (302, {"access_token": "a", "expires_in": 1800}),
        (429, {}),
        (503, {}),
    ],
)
async def test_no_usable_token_means_nothing_was_sent(
    tokens: Tokens, service: TokenService, status: int, answer: object
) -> None:
    """Whatever was said instead."""
    service.status, service.answer = status, answer
    with pytest.raises(NotSent):
        await tokens.headers()


async def test_a_token_without_an_end_is_still_a_token(
    tokens: Tokens, service: TokenService
) -> None:
    """RFC 6749 only recommends to tell it."""
    service.answer = {"access_token": "a"}
    assert await tokens.headers() == {"Authorization": "Bearer a"}
    await tokens.headers()
    assert len(service.asked) == 1
