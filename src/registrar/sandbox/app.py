"""The process: all manufacturers on one port, and `/_sandbox` to look behind them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from registrar.sandbox.faults import Script
from registrar.sandbox.knox import Knox
from registrar.sandbox.ledger import Ledger
from registrar.sandbox.metrics import Metrics
from registrar.sandbox.partner import Partner
from registrar.sandbox.request import World, answer_json, json_body

MAX_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """`partners` speak partner-v1; times in seconds."""

    ledger: str = ":memory:"
    partners: tuple[str, ...] = ("acme",)
    token_seconds: float = 1800.0
    work_seconds: float = 0.3


class Sandbox:
    """Start and close; port 0 takes a free one."""

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self._settings = settings or SandboxSettings()
        self.world = World(Ledger(self._settings.ledger), Script(), Metrics())
        self.knox = Knox(self.world, self._settings.token_seconds, self._settings.work_seconds)
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """All routes."""
        settings = self._settings
        made = web.Application(client_max_size=MAX_BODY)
        for manufacturer in settings.partners:
            made.add_routes(Partner(self.world, manufacturer).routes())
        made.add_routes(self.knox.routes())
        made.add_routes(
            [
                web.get("/_sandbox/ledger", self._ledger),
                web.delete("/_sandbox/ledger", self._clear),
                web.get("/_sandbox/faults", self._faults),
                web.put("/_sandbox/faults", self._script),
                web.delete("/_sandbox/faults", self._no_faults),
                web.get("/_sandbox/metrics", self._metrics),
            ]
        )
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

    async def _ledger(self, request: web.Request) -> web.Response:
        return answer_json(self.world.ledger.report(request.query.get("manufacturer", "")))

    async def _clear(self, _request: web.Request) -> web.Response:
        self.world.ledger.clear()
        return answer_json({})

    async def _faults(self, _request: web.Request) -> web.Response:
        return answer_json({"rules": self.world.script.report()})

    async def _script(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        try:
            self.world.script.replace(body.get("rules", []), int(body.get("seed", 0)))
        except (TypeError, ValueError) as error:
            return answer_json({"error": str(error)}, 422)
        return answer_json({"rules": self.world.script.report()})

    async def _no_faults(self, _request: web.Request) -> web.Response:
        self.world.script.replace([])
        return answer_json({})

    async def _metrics(self, _request: web.Request) -> web.Response:
        return answer_json({"manufacturers": self.world.metrics.report()})
