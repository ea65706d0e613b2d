"""No secret, and no token, is ever shown: not by a repr, a log line, an error or its causes."""

import asyncio
import base64
import logging
import traceback
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.integration.connectors.maker import (
    PEM,
    SECRETS,
    TOKEN_KINDS,
    connected,
    folder,
    job,
    maker,
    running,
)

from registrar.connectors.kit.auth import Refused
from registrar.connectors.kit.auth.declared import SESSIONS
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.http import NoAnswer, NotSent

FIXED = {
    "bearer": {"kind": "bearer", "secret": "acme.key"},
    "api_key": {"kind": "api_key", "header": "ClientID", "secret": "acme.key"},
    "plain": {"kind": "basic", "username": "acme.user", "password": "acme.password"},
}
EXPIRES = {"expires": "acme.ends"}
CANARIES = {name: f"canary-{name.removeprefix('acme.')}" for name in SECRETS if name != "acme.pem"}
HELD = CANARIES | {"acme.pem": PEM, "acme.ends": "2020-01-01"}
KEY_LINE = PEM.splitlines()[1][:24]


def shown(text: str) -> list[str]:
    """What must not be in it, and is."""
    encoded = [
        base64.b64encode(f"{CANARIES[a]}:{CANARIES[b]}".encode()).decode()
        for a, b in (("acme.user", "acme.password"), ("acme.id", "acme.secret"))
    ]
    marks = ["canary", KEY_LINE, "eyJ", "BEGIN", "Bearer ", *encoded]
    return [one for one in marks if one in text]


async def told(connector: HttpConnector) -> str:
    """Everything that a registration, and its credentials alone, have to say."""
    said = [repr(connector), repr(connector.exchange.auth)]
    said.append(repr(await connector.submit(job())))
    said.append(repr(await connector.verify(job())))
    said.append(repr(await connector.health()))
    try:
        await connector.exchange.auth.headers()
    except (NotSent, NoAnswer, Refused) as error:
        said.append("".join(traceback.format_exception(error)))
    return "\n".join(said)


@pytest.mark.parametrize("fault", ["", "wrong", "token", "down", "submit"])
@pytest.mark.parametrize("auth", (FIXED | TOKEN_KINDS).values(), ids=FIXED | TOKEN_KINDS)
async def test_no_secret_is_shown(
    tmp_path: Path, auth: Mapping[str, Any], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With every line of every library, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    made = maker(auth, None if fault == "wrong" else lambda _asked: "")
    if fault in {"token", "submit"}:
        rule = {"fault": "reset_before_commit", "step": fault}
        made.tokens.world.script.replace([rule])
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(running(made))
        urls = {"acme": base} | ({"acme.token": "http://127.0.0.1:9/t"} if fault == "down" else {})
        connector = await stack.enter_async_context(
            connected(tmp_path, {**auth, **EXPIRES}, urls, HELD)
        )
        lines = stack.enter_context(capture_logs())
        text = await told(connector)
        tokens = list(made.tokens.issued)
    assert bool(tokens) is (auth["kind"] in SESSIONS and fault in {"", "submit"})
    everything = f"{text}\n{caplog.text}\n{lines}"
    assert shown(everything) == []
    assert [one for one in tokens if one in everything] == []
    assert "secret_expired" in str(lines)


@pytest.mark.parametrize(
    ("auth", "secrets", "said"),
    [
        (TOKEN_KINDS["assertion"], {"acme.pem": "canary"}, "acme.pem: no private key in PEM"),
        (TOKEN_KINDS["assertion"], {"acme.pem": PEM.replace("M", "A")}, "acme.pem: a private key"),
        (FIXED["plain"], {"acme.user": "canary:x"}, "acme.user: a name with a colon"),
        (FIXED["bearer"] | EXPIRES, {"acme.ends": "canary"}, "acme.ends: is no day or time"),
        (FIXED["bearer"], {"acme.key": "canary\n"}, "secret acme.key"),
    ],
)
async def test_a_secret_that_does_not_fit_is_named_and_not_shown(
    tmp_path: Path, auth: Mapping[str, Any], secrets: Mapping[str, str], said: str
) -> None:
    """The manufacturer alone is put aside."""
    settings = ConnectorSettings({"acme": "https://a.example"}, {**HELD, **secrets})
    catalogue = FileCatalogue(settings, folder(tmp_path, auth))
    reason = catalogue.quarantined()["acme"]
    await asyncio.gather(catalogue.close())
    assert said in reason
    assert shown(reason + repr(settings)) == []
