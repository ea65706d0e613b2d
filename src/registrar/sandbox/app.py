"""The process: all manufacturers on one port, and `/_sandbox` to look behind them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from registrar.sandbox.admin import Admin
from registrar.sandbox.faults import Script
from registrar.sandbox.knox import Knox
from registrar.sandbox.ledger import Ledger
from registrar.sandbox.metrics import Metrics
from registrar.sandbox.page import Page
from registrar.sandbox.profiles import packaged, profiles, simulated
from registrar.sandbox.request import World

MAX_BODY = 16 * 1024 * 1024
"""Ten thousand devices of a batch, each with a hardware hash of a kilobyte."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Times in seconds; faults and references follow from `seed`.

    `partners` speak partner-v1, by default everyone who has a manifest in the package. Tokens live
    as long as those of each manufacturer do, or `token_seconds`.
    """

    ledger: str = ":memory:"
    partners: tuple[str, ...] | None = None
    token_seconds: float | None = None
    work_seconds: float = 0.3
    seed: int = 0


class Sandbox:
    """Start and close; port 0 takes a free one."""

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self._settings = settings or SandboxSettings()
        ledger, seed = Ledger(self._settings.ledger), self._settings.seed
        self.world = World(ledger, Script(seed), Metrics(), seed)
        self.knox = Knox(self.world, self._settings.token_seconds, self._settings.work_seconds)
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """All routes."""
        settings = self._settings
        partners = packaged() if settings.partners is None else settings.partners
        made = web.Application(client_max_size=MAX_BODY)
        known = simulated(self.world, partners, settings.token_seconds, settings.work_seconds)
        shown = profiles(partners)
        behind = (Admin(self.world, shown), Page(self.world, shown))
        for one in (self.knox, *known, *behind):
            made.add_routes(one.routes())
        return made

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """The bound port."""
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        bound: int = self._runner.addresses[0][1]
        return bound

    async def close(self) -> None:
        """Stop listening, and give the ledger back."""
        if self._runner is not None:
            await self._runner.cleanup()
        self.world.ledger.close()
