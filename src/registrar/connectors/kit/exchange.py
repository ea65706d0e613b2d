"""Requests of one section of a manifest: prepared, sent with its credentials, answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from registrar.connectors.kit import classify, prepare
from registrar.connectors.kit.auth import Authorization
from registrar.connectors.kit.batches import Batches
from registrar.connectors.kit.http import HttpClient, Reply, Request
from registrar.connectors.kit.manifest import ApiTier, Lookup, Operation
from registrar.connectors.kit.sharing import Sharable, around
from registrar.ports.connector import Job


@dataclass(frozen=True, slots=True)
class Exchange:
    """With a manufacturer at `base_url`."""

    section: ApiTier | Lookup
    base_url: str
    http: HttpClient
    auth: Authorization
    secrets: Mapping[str, str] = field(repr=False)
    batches: Batches = field(default_factory=Batches, init=False, repr=False)
    """Of this version of the manifest alone."""

    def prepare(self, operation: Operation, job: Job) -> Request:
        """Pure: the request without its credentials. Raises Unmappable."""
        return prepare.request(self.section, operation, job, self.base_url, self.secrets)

    async def answered(self, request: Request) -> Reply:
        """By itself, or in one request with others where the operation has a batch.

        Raises NotSent, NoAnswer and Refused.
        """
        if isinstance(request, Sharable):
            return await self.batches.answered(request, self._alone, self._apart)
        return await self._alone(request)

    def _apart(self, request: Sharable, reply: Reply) -> bool:
        reads = request.method == "GET" or isinstance(self.section, Lookup)
        return classify.of_one(self.section, reply, reads=reads)

    async def _alone(self, request: Request) -> Reply:
        """Sent again only if the manufacturer has refused it for its token."""
        credentials = await self.auth.headers()
        reply = await self._sent(request, credentials)
        # One item that speaks of a token is no word of the others, which were carried out.
        said = around(request, reply) if isinstance(request, Sharable) else reply
        if not classify.expired(self.section, said):
            return reply
        self.auth.forget(credentials)
        return await self._sent(request, await self.auth.headers())

    async def _sent(self, request: Request, credentials: dict[str, str]) -> Reply:
        return await self.http.send(
            replace(request, headers=request.headers | credentials),
            read_timeout=self.section.read_timeout,
            max_body=self.section.max_body,
        )
