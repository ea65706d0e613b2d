"""The process that nothing befalls: simulated manufacturers, their ledger, and who knocked.

python -m tests.faults.storm.truth --ledger FILE --seed N; ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import Any

from aiohttp import web
from tests.faults.storm.makers import MAKERS

from registrar.cli.processes import said, until_stopped
from registrar.sandbox import Sandbox, SandboxSettings
from registrar.sandbox.partner import Partner
from registrar.sandbox.request import answer_json

ARRIVALS = "/_storm/arrivals"


class Careless(Partner):
    """Keeps no keys and knows no repetition: what is sent twice has happened twice."""

    def _before(self, key: str, body: dict[str, Any]) -> web.Response | None:
        del key, body


class Truth(Sandbox):
    """The sandbox with the manufacturers of the storm, and a list of all that was sent to them."""

    def application(self) -> web.Application:
        """The sandbox's own, and theirs."""
        made = super().application()
        arrived: list[tuple[str, str, float]] = []

        @web.middleware
        async def noted(request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's own
            if request.method == "POST" and request.path.endswith("/registrations"):
                maker = request.path.split("/")[1]
                arrived.append((maker, request.headers.get("Idempotency-Key", ""), time.time()))
            answer: web.StreamResponse = await handler(request)
            return answer

        async def shown(_request: web.Request) -> web.Response:
            return answer_json({"arrivals": arrived})

        made.middlewares.append(noted)
        made.add_routes([web.get(ARRIVALS, shown)])
        for one in MAKERS:
            if not one.keeps_keys:
                made.add_routes(Careless(self.world, one.id).routes())
        return made


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    keyed = tuple(one.id for one in MAKERS if one.keeps_keys)

    async def work(stopping: asyncio.Event) -> None:
        made = Truth(SandboxSettings(ledger=given.ledger, partners=keyed, seed=given.seed))
        said({"sandbox": f"http://127.0.0.1:{await made.start()}"})
        await stopping.wait()
        await made.close()

    until_stopped(work, until_eof=True)


if __name__ == "__main__":
    main()
