"""`serve` heeds its settings: how late work may be, whose may go where, what keys are called."""

import asyncio
import base64
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registrar.app import api_keys
from registrar.bootstrap.parts import serving
from registrar.config.settings import Settings, load
from registrar.domain.outcome import Tier
from registrar.domain.registration import Priority
from registrar.ports.store import Lateness
from registrar.store import migrate


async def settled(folder: Path, **given: Any) -> Settings:  # noqa: ANN401 - any setting
    """Over a database in this folder, and nothing else."""
    url = f"sqlite:///{folder / 'registrar.db'}"
    await migrate.upgrade(url)
    return load(
        database_url=url,
        root_key=base64.b64encode(b"k" * 32).decode(),
        artifacts_url=str(folder / "artifacts"),
        redis_url="unix:///nowhere/redis.sock",
        browser="off",
        **given,
    )


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


async def test_serve_notes_which_keys_were_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a task of its own; and new keys say where they are from."""
    monkeypatch.setattr(api_keys, "USE_SECONDS", 0.05)
    async with serving(await settled(tmp_path, environment="test")) as made:
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
