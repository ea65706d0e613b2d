"""`serve` heeds its settings: how late work may be, whose may go where, what keys are called."""

import asyncio
import base64
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.app.desks import submission

from registrar.app import api_keys
from registrar.app.commands import Caller, Submit
from registrar.bootstrap.parts import serving
from registrar.bootstrap.vaults import migrated
from registrar.config.settings import Settings, load
from registrar.domain.errors import Backlogged
from registrar.domain.outcome import Tier
from registrar.domain.registration import Priority
from registrar.ports.store import Lateness
from registrar.resilience.quota import Quota


async def settled(folder: Path, **given: Any) -> Settings:  # noqa: ANN401 - any setting
    """Over a database in this folder, and nothing else."""
    url = f"sqlite:///{folder / 'registrar.db'}"
    made = load(
        database_url=url,
        root_key=base64.b64encode(b"k" * 32).decode(),
        artifacts_url=str(folder / "artifacts"),
        redis_url="unix:///nowhere/redis.sock",
        browser="off",
        **given,
    )
    await migrated(made)
    return made


async def test_serve_shuts_the_door_by_its_setting(tmp_path: Path) -> None:
    """Ten minutes late: too late for bulk by this setting, and not by the usual one."""
    routes = {"tenant-a": ["api"]}
    settings = await settled(tmp_path, backlog_minutes={"bulk": 5}, tenant_tiers=routes)

    async def late(manufacturers: Sequence[str]) -> list[Lateness]:
        return [
            Lateness(one, priority, timedelta(minutes=10))
            for one in manufacturers
            for priority in (Priority.NORMAL, Priority.BULK)
        ]

    async with serving(settings) as made:
        made.core.store.lateness = late  # type: ignore[method-assign]  # one that is late
        of_tenant = made.registrations.submissions.routing.of_tenant
        assert of_tenant == {"tenant-a": frozenset({Tier.API})}
        backlog = made.registrations.submissions.backlog
        assert backlog is not None
        async with asyncio.timeout(30):
            while backlog.refusal("acme", Priority.BULK) is None:  # noqa: ASYNC110 - another task's look
                await asyncio.sleep(0.05)
        assert backlog.refusal("acme", Priority.NORMAL) is None
        assert made.registrations.interventions.backlog is backlog


def bulk(request_id: str = "") -> Submit:
    """One of Acme's, of a product of its own for each request."""
    wanted = request_id or str(uuid.uuid4())
    serial = f"AC26WB{uuid.UUID(wanted).int % 10**6:06}"
    return Submit(wanted, "acme", "Acme", submission(serial), priority=Priority.BULK)


async def test_what_really_waits_shuts_the_door_until_it_is_gone(tmp_path: Path) -> None:
    """By the database's own clock: a job that nobody takes up, and then nobody has to."""
    caller = Caller("tenant-a", "a")
    api = {"connector_urls": {"acme": "http://127.0.0.1:9"}}
    api |= {"connector_secrets": {"acme.api_key": "k"}}
    settings = await settled(tmp_path, backlog_minutes={"bulk": 1}, **api)
    async with serving(settings) as made:
        registrations, backlog = made.registrations, made.registrations.submissions.backlog
        assert backlog is not None
        first = (await registrations.submit(caller, bulk())).view.registration
        with sqlite3.connect(tmp_path / "registrar.db") as database:
            moved = database.execute("UPDATE jobs SET run_at = run_at - 120000000")
        assert moved.rowcount == 1
        await backlog.once()
        with pytest.raises(Backlogged):
            await registrations.submit(caller, bulk())
        again = await registrations.submit(caller, bulk(first.request_id))
        assert (again.view.registration.id, again.created) == (first.id, False)
        await registrations.cancel(caller, first.id, reason="sold", etag="", request_id="r")
        await backlog.once()
        assert (await registrations.submit(caller, bulk())).created


async def test_serve_notes_which_keys_were_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a task of its own; and new keys say where they are from."""
    monkeypatch.setattr(api_keys, "USE_SECONDS", 0.05)
    limits = {"tenant-a": {"read": {"calls": 5}}}
    settings = await settled(tmp_path, environment="test", tenant_rate_limits=limits)
    async with serving(settings) as made:
        assert made.rate_limits.of_tenant == {"tenant-a": {"read": Quota(5, 1, 5)}}
        issued = await made.api_keys.issue("tenant-a")
        assert issued.text.startswith("rgk_test_")
        await made.api_keys.authenticate(issued.text)
        rows = made.core.store.api_keys
        async with asyncio.timeout(30):
            while True:
                row = await rows.find(issued.row.key_id)
                if row is not None and row.used_at is not None:
                    break
                await asyncio.sleep(0.05)
