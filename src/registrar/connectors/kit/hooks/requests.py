"""Requests that a hook yields, carried out with the gateway's client, auth, host and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from registrar.connectors.kit.connector import HttpConnector
from registrar.connectors.kit.hooks import answers
from registrar.connectors.kit.hooks.talk import HookFault
from registrar.connectors.kit.http import Reply, Request
from registrar.ports.connector import Job

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_READING = frozenset({"GET", "HEAD"})
_KEYS = frozenset({"operation", "method", "path", "query", "json"})


@dataclass(slots=True)
class Requests:
    """Of one call. A request names an operation of the manifest, or a method and a path.

    `last` is what came back last, `effects` how many were sent that may have changed something.
    """

    connector: HttpConnector
    job: Job | None
    reading: bool
    last: Reply | None = None
    effects: int = 0

    async def perform(self, said: Any) -> Any:  # noqa: ANN401 - JSON
        """Raises HookFault for what no hook may ask, and whatever goes wrong on the way."""
        request = self._request(said)
        if request.method not in _READING:
            if self.reading:
                raise HookFault(f"a look-up asked for {request.method}")
            self.effects += 1
        self.last = None
        self.last = await self.connector.exchange.answered(request)
        return answers.evidence(self.last)

    def _request(self, said: Any) -> Request:  # noqa: ANN401 - JSON
        if not isinstance(said, dict) or said.keys() - _KEYS:
            raise HookFault(f"a request holds {', '.join(sorted(_KEYS))}")
        if "operation" not in said:
            return self._own(said)
        request = self._named(said["operation"])
        return replace(request, json=said["json"]) if "json" in said else request

    def _named(self, name: object) -> Request:
        tier = self.connector.tier
        if name == "health" and tier.health is not None:
            return Request(
                tier.health.method, self.connector.exchange.base_url + tier.health.path, {}, {}
            )
        operations = {"submit": tier.submit, "verify": tier.verify}
        if self.job is None or not isinstance(name, str) or name not in operations:
            raise HookFault("no such operation")
        return self.connector.prepare(operations[name], self.job)

    def _own(self, said: Mapping[str, Any]) -> Request:
        method, path, query = said.get("method"), said.get("path"), said.get("query", {})
        if not isinstance(method, str) or method not in _METHODS:
            raise HookFault("no such method")
        if not isinstance(query, dict) or not all(isinstance(one, str) for one in query.values()):
            raise HookFault("query is no object of texts")
        return Request(method, self._url(path), {}, query, json=said.get("json"))

    def _url(self, path: object) -> str:
        """Below the manufacturer's address, wherever the path points."""
        base = self.connector.exchange.base_url
        if not isinstance(path, str) or not path.startswith("/") or not path.isprintable():
            raise HookFault("a path starts with /")
        url, parts = base + path, urlsplit(base + path)
        outside = parts.netloc != urlsplit(base).netloc or ".." in parts.path.split("/")
        if outside or "\\" in path or "%2e" in path.casefold():
            raise HookFault("the path leads away")
        return url
