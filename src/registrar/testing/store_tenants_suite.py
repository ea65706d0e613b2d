"""What every store must do with the settings of tenants. Used like `store_suite`."""
# ruff: noqa: S101 - a shipped suite is tests: it asserts, and expects literals

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from registrar.domain.notification import Kind, TenantNotifications
from registrar.ports.store import Store
from registrar.ports.tenant_settings import TenantRow


async def test_settings_are_kept_by_revision(store: Store) -> None:
    """One of those who change the same revision at once."""
    tenants = store.tenants
    assert await tenants.of(["tenant-a"]) == {}
    wanted = TenantNotifications(emails=(Kind.RECEIVED,), brand="Čapek & Søn", languages=("de",))
    row = TenantRow("tenant-a", wanted, 7, b"sealed", "key:a")
    many = await asyncio.gather(*(tenants.keep(row, 0) for _ in range(4)))
    (kept,) = [one for one in many if one is not None]
    assert (kept.settings, kept.revision, kept.sealed, kept.changed_by) == (
        wanted,
        1,
        b"sealed",
        "key:a",
    )
    assert await tenants.of(["tenant-a", "tenant-b"]) == {"tenant-a": kept}
    assert await tenants.keep(row, 3) is None
    changed = await tenants.keep(replace(row, settings=TenantNotifications()), 1)
    assert changed is not None
    assert (changed.revision, changed.settings) == (2, TenantNotifications())


async def test_a_webhook_that_fails_is_known_and_disabled_once(store: Store) -> None:
    """Since when; a success or a change ends it, and what failed before that counts no more."""
    tenants = store.tenants
    assert await tenants.webhook_failed("tenant-a", 0) is None
    assert not await tenants.disable_webhook("tenant-a", 0)
    row = await tenants.keep(TenantRow("tenant-a", TenantNotifications(), 0), 0)
    assert row is not None
    first = await tenants.webhook_failed("tenant-a", 1)
    second = await tenants.webhook_failed("tenant-a", 1)
    assert first is not None
    assert second is not None
    assert first.failing_since == second.failing_since is not None
    await tenants.webhook_worked("tenant-a")
    assert (await tenants.of(["tenant-a"]))["tenant-a"].failing_since is None
    await tenants.webhook_worked("tenant-b")
    assert await tenants.disable_webhook("tenant-a", 1)
    assert not await tenants.disable_webhook("tenant-a", 1)
    assert (await tenants.of(["tenant-a"]))["tenant-a"].disabled_at is not None
    kept = await tenants.keep(row, 1)
    assert kept is not None
    assert (kept.disabled_at, kept.failing_since) == (None, None)
    assert await tenants.webhook_failed("tenant-a", 1) is None
    assert not await tenants.disable_webhook("tenant-a", 1)
    assert await tenants.of(["tenant-a"]) == {"tenant-a": kept}
