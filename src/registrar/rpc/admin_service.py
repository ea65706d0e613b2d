"""RegistrationAdminService: the caller's API keys, audit log, failures and bulk operations."""

from __future__ import annotations

from registrar.app.api_keys import ApiKeys
from registrar.app.bulk import BulkOperations
from registrar.app.dead_letters import DeadLetters
from registrar.rpc import admin_messages as messages
from registrar.rpc import audit_messages, paging
from registrar.rpc.bulk import BulkMethods
from registrar.rpc.call import Context, caller
from registrar.v1 import registration_admin_service_pb2 as pb
from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceServicer


class AdminServicer(BulkMethods, RegistrationAdminServiceServicer):
    """Over the use cases; all of them stand on what the keys stand on."""

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    @property
    def dead_letters(self) -> DeadLetters:
        """Of the same store."""
        return DeadLetters(self._keys.store, self._keys.keys)

    @property
    def bulk(self) -> BulkOperations:
        """Of the same store."""
        return BulkOperations(self._keys.store, self._keys.keys, self._keys.clock)

    async def CreateApiKey(  # noqa: N802 - gRPC's name
        self, request: pb.CreateApiKeyRequest, context: Context
    ) -> pb.CreateApiKeyResponse:
        """See the contract."""
        del context
        wanted = messages.read_wanted(request)
        made = await self._keys.create(caller(), wanted)
        return pb.CreateApiKeyResponse(api_key=messages.write_key(made.row), key_text=made.text)

    async def ListApiKeys(  # noqa: N802
        self, request: pb.ListApiKeysRequest, context: Context
    ) -> pb.ListApiKeysResponse:
        """See the contract."""
        del context
        every = await self._keys.listed(caller())
        found, rest = paging.page(every, request.page_size, request.page_token, "api_keys")
        return pb.ListApiKeysResponse(api_keys=map(messages.write_key, found), next_page_token=rest)

    async def RotateApiKey(  # noqa: N802
        self, request: pb.RotateApiKeyRequest, context: Context
    ) -> pb.RotateApiKeyResponse:
        """See the contract."""
        del context
        overlap = messages.read_overlap(request)
        made = await self._keys.rotate(caller(), request.api_key_id, overlap)
        return pb.RotateApiKeyResponse(
            api_key=messages.write_key(made.row),
            key_text=made.text,
            previous=messages.write_key(made.previous) if made.previous else None,
        )

    async def ListAuditEntries(  # noqa: N802
        self, request: pb.ListAuditEntriesRequest, context: Context
    ) -> pb.ListAuditEntriesResponse:
        """See the contract."""
        del context
        where = audit_messages.read_filter(request)
        size = paging.size(request.page_size, default=paging.DEFAULT_SIZE)
        below = audit_messages.read_place(request.page_token, where)
        found = await self._keys.audit.listed(caller(), where, size + 1, below)
        return pb.ListAuditEntriesResponse(
            audit_entries=map(audit_messages.write_entry, found[:size]),
            next_page_token=audit_messages.write_place(found, size, where),
        )

    async def RevokeApiKey(  # noqa: N802
        self, request: pb.RevokeApiKeyRequest, context: Context
    ) -> pb.RevokeApiKeyResponse:
        """See the contract."""
        del context
        row = await self._keys.revoke(caller(), request.api_key_id)
        return pb.RevokeApiKeyResponse(api_key=messages.write_key(row))
