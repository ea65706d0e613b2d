"""How often a key may call: by the fleet's account, ahead of it, and without it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from registrar.admission.quotas import MemoryQuotas
from registrar.app import rate_limits
from registrar.app.commands import Caller
from registrar.app.rate_limits import Allowance, RateLimits
from registrar.domain.errors import RateLimited
from registrar.ports.api_keys import Scope
from registrar.ports.quotas import Asked
from registrar.resilience.quota import SECOND, USUAL, Quota, Taken

A, B = Caller("tenant-a", "a"), Caller("tenant-b", "b")
FEW = Quota(2, 60, 4)
MANY = Quota(100, 1, 500)


@dataclass
class Scene:
    """One process before the fleet's account, and a clock for both."""

    quotas: dict[str, Quota | None]
    tenants: dict[str, dict[str, Quota | None]] = field(default_factory=dict)
    now: float = 1_000.0
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = MemoryQuotas(lambda: round(self.now * SECOND))
        self.limits = self.process()

    def process(self) -> RateLimits:
        """One more."""
        return RateLimits(self._ask, self.quotas, self.tenants, lambda: self.now)

    async def _ask(self, asked: Asked) -> Taken:
        self.asked.append(asked)
        await asyncio.sleep(0)
        return (await self.account.take([asked]))[0]

    async def given(self, caller: Caller = A, cost: int = 1) -> Allowance:
        """What its next call leaves, which must be granted."""
        found = await self.limits.call(caller, Scope.READ, cost)
        assert found is not None
        assert found.refusal is None
        return found

    async def refused(self, cost: int = 1, scope: Scope = Scope.READ) -> RateLimited:
        """A's next call."""
        found = await self.limits.call(A, scope, cost)
        assert found is not None
        assert found.refusal is not None
        return found.refusal


async def test_a_key_has_its_burst_and_is_told_what_is_left() -> None:
    """And when to come back; by then it may."""
    scene = Scene({"read": FEW})
    left = [await scene.given() for _ in range(4)]
    assert left == [Allowance("read", FEW, 3 - n, 30.0 * (n + 1)) for n in range(4)]
    error = await scene.refused()
    assert error.retry_after == timedelta(seconds=30)
    assert str(error) == "At most 2 calls of read in 60 s, 4 at once."
    assert await scene.limits.call(A, Scope.READ) == Allowance("read", FEW, 0, 120.0, 30.0)
    scene.now += 30
    await scene.given()
    assert await scene.given(B) == Allowance("read", FEW, 3, 30.0)


async def test_each_scope_has_its_own() -> None:
    """And what has none has no limit."""
    scene = Scene({"read": FEW, "submit": Quota(1, 60, 1), "admin": None})
    await scene.limits.call(A, Scope.SUBMIT)
    await scene.refused(scope=Scope.SUBMIT)
    await scene.given()
    assert await scene.limits.call(A, Scope.ADMIN) is None
    assert await scene.limits.call(A, Scope.OPERATE) is None


async def test_a_tenants_own_limit_comes_first() -> None:
    """Narrower or none; the others keep theirs."""
    own: dict[str, dict[str, Quota | None]] = {
        "tenant-a": {"read": Quota(1, 60, 1)},
        "tenant-b": {"read": None},
    }
    scene = Scene({"read": FEW, "submit": FEW}, own)
    await scene.limits.call(A, Scope.READ)
    await scene.refused()
    assert await scene.limits.call(B, Scope.READ) is None
    found = await scene.limits.call(A, Scope.SUBMIT)
    assert found is not None
    assert found.left == 3


async def test_who_calls_often_asks_the_account_seldom() -> None:
    """Ten at a time of 500; all of them are still given, and not one more."""
    scene = Scene({"read": MANY})
    await asyncio.gather(*(scene.limits.call(A, Scope.READ) for _ in range(500)))
    assert len(scene.asked) == 50
    assert {one.want for one in scene.asked} == {10}
    assert {one.subject for one in scene.asked} == {"a/read"}
    await scene.refused()


async def test_what_was_fetched_ahead_is_lost_when_it_is_not_spent() -> None:
    """It is never more than the account has given."""
    scene = Scene({"read": MANY})
    assert (await scene.given()).left == 499
    scene.now += rate_limits.KEPT_SECONDS
    await scene.limits.call(A, Scope.READ)
    assert len(scene.asked) == 2


async def test_who_was_refused_is_refused_without_asking_again() -> None:
    """Until then; what costs less is asked for."""
    scene = Scene({"read": FEW})
    await scene.limits.call(A, Scope.READ, 3)
    assert (await scene.refused(3)).retry_after == timedelta(seconds=60)
    scene.now += 1
    assert (await scene.refused(3)).retry_after == timedelta(seconds=59)
    assert (await scene.refused(4)).retry_after == timedelta(seconds=59)
    assert len(scene.asked) == 2
    await scene.given()
    assert len(scene.asked) == 3


async def test_two_processes_share_the_account() -> None:
    """Four between them."""
    scene = Scene({"read": FEW})
    other = scene.process()
    for limits in (scene.limits, other, scene.limits, other):
        await limits.call(A, Scope.READ)
    await scene.refused()
    scene.limits = other
    await scene.refused()


async def test_without_the_account_each_grants_a_quarter() -> None:
    """It is not asked again for a second, and one line says so, and one that it is back."""
    scene = Scene({"read": Quota(40, 60, 40)})
    scene.account.away = True
    with capture_logs() as lines:
        for _ in range(10):
            await scene.given()
        error = await scene.refused()
        assert error.retry_after == timedelta(seconds=6)
        assert len(scene.asked) == 1
        scene.now += 6
        await scene.limits.call(A, Scope.READ)
        assert len(scene.asked) == 2
        scene.account.away = False
        scene.now += 6
        await scene.limits.call(A, Scope.READ)
    assert [one["event"] for one in lines] == ["granted_alone", "granted_together"]
    assert (await scene.given()).left == 38


async def test_an_end_user_has_a_limit_of_registrations() -> None:
    """Whoever asks for them; without anything personal in the name of the account."""
    scene = Scene({"user": Quota(2, 3_600, 2)})
    assert await scene.limits.user(A, b"\x01\x02") is None
    assert await scene.limits.user(Caller("tenant-a", "b"), b"\x01\x02") is None
    error = await scene.limits.user(A, b"\x01\x02")
    assert isinstance(error, RateLimited)
    assert error.subject == "customer.user_ref"
    assert error.retry_after == timedelta(minutes=30)
    assert str(error) == "At most 2 registrations in 3600 s for one end user."
    assert await scene.limits.user(A, b"\x01\x03") is None
    assert await scene.limits.user(A, None) is None
    assert {one.subject for one in scene.asked} == {"user/0102", "user/0103"}
    scene.quotas["user"] = None
    assert await scene.limits.user(A, b"\x01\x02") is None


async def test_purses_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is idle goes; where nothing is, all go, and the account still knows."""
    monkeypatch.setattr(rate_limits, "MOST", 3)
    scene = Scene({"user": Quota(1, 3_600, 1)})
    for number in range(10):
        assert await scene.limits.user(A, bytes([number])) is None
        scene.now += number % 2
    assert len(scene.limits._purses) <= 3  # noqa: SLF001 - what it keeps is the point
    for number in range(10):
        assert await scene.limits.user(A, bytes([number])) is not None
    assert len(scene.limits._purses) <= 3  # noqa: SLF001 - as above


def test_the_usual_limits_are_of_all_scopes() -> None:
    """And of end users."""
    assert set(USUAL) == {*Scope, "user"}
    assert RateLimits(Scene({})._ask).quotas is USUAL  # noqa: SLF001 - of this test
