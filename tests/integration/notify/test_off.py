"""Where nobody can be told, nothing is read, kept or loaded for it."""

import asyncio
import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.notify.mailserver import MailServer

from registrar.bootstrap import notifying, parts
from registrar.bootstrap.vaults import migrated
from registrar.config.settings import Settings
from registrar.domain.errors import ConfigurationError
from registrar.notify.smtp import Server, SmtpMailer
from registrar.ports.store import Position
from registrar.store.sql import open_store

ROOT = base64.b64encode(b"r" * 32).decode()
LOADED = """
import sys
import registrar.bootstrap.parts
print([one for one in sys.modules if one.startswith(("registrar.notify", "aiosmtplib", "jinja2"))])
"""


def settings(folder: Path, **given: Any) -> Settings:  # noqa: ANN401 - any setting
    """Of a dispatcher; nobody answers where its Redis should be."""
    return Settings(
        database_url=f"sqlite:///{folder / 'r.db'}",
        redis_url=f"unix://{folder / 'none.sock'}",
        artifacts_url=str(folder / "files"),
        root_key=ROOT,
        browser="off",
        **given,
    )


async def place(made: Settings) -> Position | None:
    """How far the log is read when a dispatcher has run for a while."""
    await migrated(made)
    store = open_store(made.database_url)
    try:
        async with parts.dispatching(made):
            for _ in range(30):
                if await store.notices.position() is not None:
                    break
                await asyncio.sleep(0.05)
        return await store.notices.position()
    finally:
        await store.close()


def test_no_process_loads_what_it_does_not_use() -> None:
    """Neither templates nor the mail client."""
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)  # noqa: S603 - our own words
    assert done.stdout == "[]\n"


async def test_without_a_way_out_the_log_is_not_read(tmp_path: Path) -> None:
    """As by default."""
    assert await place(settings(tmp_path)) is None


async def test_with_a_mail_server_it_is(tmp_path: Path, post: MailServer) -> None:
    """From its end on."""
    made = settings(tmp_path, smtp_url=f"smtp://127.0.0.1:{post.port}")
    assert await place(made) == Position(0, 0)


async def test_letters_come_back_to_the_address_of_the_settings(
    tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes is asked by nobody."""
    given: list[str] = []

    class Noted(SmtpMailer):
        def __init__(self, server: Server, bounce_address: str = "") -> None:
            super().__init__(server, bounce_address)
            given.append(bounce_address)

    monkeypatch.setattr(notifying, "SmtpMailer", Noted)
    told = {"smtp_url": f"smtp://127.0.0.1:{post.port}", "bounce_address": "bounces@gate.example"}
    await place(settings(tmp_path, **told))
    assert given == ["bounces@gate.example"]


@pytest.mark.parametrize("reach", ["public", "local"])
async def test_with_webhooks_it_is(tmp_path: Path, reach: str) -> None:
    """Without any mail server."""
    assert await place(settings(tmp_path, webhooks=reach)) == Position(0, 0)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"smtp_url": "http://mail.example"}, "smtp_url"),
        ({"webhooks": "everywhere"}, "webhooks"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, given: dict[str, str], named: str) -> None:
    """At the start."""
    with pytest.raises(ValueError, match=named):
        settings(tmp_path, **given)


async def test_a_mail_server_that_cannot_be_is_named(tmp_path: Path) -> None:
    """At the start of the dispatcher."""
    made = settings(tmp_path, smtp_url="smtp://")
    await migrated(made)
    with pytest.raises(ConfigurationError, match="smtp_url"):
        async with parts.dispatching(made):
            pass
