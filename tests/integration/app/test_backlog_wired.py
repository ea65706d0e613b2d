"""`serve` heeds its settings: how late the work may be, and whose may go where."""

import asyncio
import base64
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from registrar.bootstrap.parts import serving
from registrar.config.settings import load
from registrar.domain.outcome import Tier
from registrar.domain.registration import Priority
from registrar.ports.store import Lateness
from registrar.store import migrate


async def test_serve_shuts_the_door_by_its_setting(tmp_path: Path) -> None:
    """Ten minutes late: too late for bulk by this setting, and not by the usual one."""
    url = f"sqlite:///{tmp_path / 'registrar.db'}"
    await migrate.upgrade(url)
    settings = load(
        database_url=url,
        root_key=base64.b64encode(b"k" * 32).decode(),
        artifacts_url=str(tmp_path / "artifacts"),
        redis_url="unix:///nowhere/redis.sock",
        browser="off",
        backlog_minutes={"bulk": 5},
        tenant_tiers={"tenant-a": ["api"]},
    )

    async def late(manufacturers: Sequence[str]) -> list[Lateness]:
        return [
            Lateness(one, priority, timedelta(minutes=10))
            for one in manufacturers
            for priority in (Priority.NORMAL, Priority.BULK)
        ]

    async with serving(settings) as made:
        made.core.store.lateness = late  # type: ignore[method-assign]  # one that is late
        routes = made.registrations.submissions.routing.of_tenant
        assert routes == {"tenant-a": frozenset({Tier.API})}
        backlog = made.registrations.submissions.backlog
        assert backlog is not None
        async with asyncio.timeout(30):
            while backlog.refusal("acme", Priority.BULK) is None:  # noqa: ASYNC110 - another task's look
                await asyncio.sleep(0.05)
        assert backlog.refusal("acme", Priority.NORMAL) is None
