"""Calls about the API keys of the caller's tenant: `client.api_keys`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from registrar.v1 import registration_admin_service_pb2 as pb

if TYPE_CHECKING:
    from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceAsyncStub


@dataclass(frozen=True, slots=True)
class ApiKeyCalls:
    """Each raises CallError. `call` sends a request by a method of the stub.

    A call that is cut off is made again: a key may then be made that nobody has been told of. It
    opens nothing for anybody, and can be seen in the list, and revoked.
    """

    call: Callable[..., Awaitable[Any]]
    stub: RegistrationAdminServiceAsyncStub

    async def create(
        self,
        display_name: str,
        scopes: Sequence[pb.ApiKeyScope.ValueType],
        expire_time: datetime | None = None,
    ) -> pb.CreateApiKeyResponse:
        """The text of the key is in the answer, this once."""
        request = pb.CreateApiKeyRequest(display_name=display_name, scopes=scopes)
        if expire_time is not None:
            request.expire_time.FromDatetime(expire_time)
        made: pb.CreateApiKeyResponse = await self.call(self.stub.CreateApiKey, request)
        return made

    async def every(self) -> AsyncIterator[pb.ApiKey]:
        """Newest first, page by page."""
        request = pb.ListApiKeysRequest()
        while True:
            page = await self.call(self.stub.ListApiKeys, request)
            for one in page.api_keys:
                yield one
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def rotate(
        self, api_key_id: str, overlap: timedelta | None = None
    ) -> pb.RotateApiKeyResponse:
        """The one before works on for a day, or for `overlap`."""
        request = pb.RotateApiKeyRequest(api_key_id=api_key_id)
        if overlap is not None:
            request.overlap.FromTimedelta(overlap)
        made: pb.RotateApiKeyResponse = await self.call(self.stub.RotateApiKey, request)
        return made

    async def revoke(self, api_key_id: str) -> pb.ApiKey:
        """At once, give or take half a minute."""
        request = pb.RevokeApiKeyRequest(api_key_id=api_key_id)
        key: pb.ApiKey = (await self.call(self.stub.RevokeApiKey, request)).api_key
        return key
