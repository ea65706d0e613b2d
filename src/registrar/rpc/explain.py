"""ExplainRegistration, and what it answers with."""

from __future__ import annotations

from abc import abstractmethod

from registrar.app.commands import Explained, Registrations
from registrar.rpc import mapping
from registrar.rpc.call import Context, caller
from registrar.rpc.convert import write_attempt
from registrar.rpc.fields import write_time
from registrar.v1 import registration_service_pb2 as pb


def write_explained(explained: Explained) -> pb.ExplainRegistrationResponse:
    """In sentences and for programs."""
    registration, told = explained.registration, explained.told
    due = registration.next_attempt_at
    return pb.ExplainRegistrationResponse(
        registration_id=registration.id,
        state=mapping.STATE.write(registration.state),  # type: ignore[arg-type]  # the wrapper's own int type
        revision=registration.revision,
        summary=told.summary,
        wait_reason=mapping.WAIT_REASON.codec().write(registration.wait_reason),
        waiting_for=told.waiting_for,
        attempts=[write_attempt(one) for one in explained.attempts],
        plan=[mapping.PLANNED.write(one) for one in explained.plan],
        next=told.next,
        next_time=write_time(due) if due else None,
        remedies=told.remedies,
    )


class ExplainMethods:
    """Mixed into the servicer."""

    @property
    @abstractmethod
    def registrations(self) -> Registrations:
        """The use cases."""
        ...

    async def ExplainRegistration(  # noqa: N802 - gRPC's name
        self, request: pb.ExplainRegistrationRequest, context: Context
    ) -> pb.ExplainRegistrationResponse:
        """See the contract."""
        del context
        explained = await self.registrations.explain(caller(), request.registration_id)
        return write_explained(explained)
