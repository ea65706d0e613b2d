"""Calls about what operators have done: `client.audit`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from registrar.v1 import registration_admin_service_pb2 as pb

if TYPE_CHECKING:
    from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceAsyncStub


@dataclass(frozen=True, slots=True)
class AuditCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: RegistrationAdminServiceAsyncStub

    async def entries(
        self,
        *,
        actor: str = "",
        action: str = "",
        subject: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AsyncIterator[pb.AuditEntry]:
        """Of the tenant, newest first, page by page. `until`: before then."""
        request = pb.ListAuditEntriesRequest(actor=actor, action=action, subject=subject)
        for field, at in ((request.start_time, since), (request.end_time, until)):
            if at is not None:
                field.FromDatetime(at)
        while True:
            page = await self.call(self.stub.ListAuditEntries, request)
            for one in page.audit_entries:
                yield one
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
