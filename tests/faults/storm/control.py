"""The manufacturers' own control interface: the rules of the moment, and what has happened."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, count
from typing import Any

from tests.faults.storm.makers import ALWAYS
from tests.faults.storm.truth import ARRIVALS

Rule = dict[str, Any]


class Control:
    """Of the sandbox at this address."""

    def __init__(self, address: str, seed: int) -> None:
        self._address = address
        self._seed = seed
        self._numbers = count()
        self._rules: dict[int, Sequence[Rule]] = {}
        self._telling = asyncio.Lock()

    async def begin(self) -> None:
        """With what is so always."""
        await self._tell()

    @asynccontextmanager
    async def ruled(self, rules: Sequence[Rule], maker: str = "") -> AsyncIterator[None]:
        """For the time of the block, before the rules that were there already."""
        number = next(self._numbers)
        self._rules[number] = [one | {"manufacturer": maker} for one in rules]
        try:
            await self._tell()
            yield
        finally:
            del self._rules[number]
            await self._tell()

    async def _tell(self) -> None:
        """Also where whoever asked is cancelled meanwhile: a rule must not stay behind."""
        await asyncio.shield(asyncio.create_task(self._told()))

    async def _told(self) -> None:
        # One after the other: an older list that arrives later would bring a rule back for good.
        async with self._telling:
            newest_first = chain.from_iterable(reversed(self._rules.values()))
            rules = {"rules": [*newest_first, *ALWAYS], "seed": self._seed}
            await self.ask("/_sandbox/faults", "PUT", rules)

    async def effects(self) -> list[dict[str, Any]]:
        """The ledger."""
        found: list[dict[str, Any]] = (await self.ask("/_sandbox/ledger"))["effects"]
        return found

    async def arrivals(self) -> list[tuple[str, str, float]]:
        """Manufacturer, key and time of every registration that was sent there."""
        return [tuple(one) for one in (await self.ask(ARRIVALS))["arrivals"]]

    async def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """One request; no fault touches it."""
        data = None if body is None else json.dumps(body).encode()
        url = self._address + path
        request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - our own

        def call() -> Any:  # noqa: ANN401
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)

        return await asyncio.to_thread(call)
