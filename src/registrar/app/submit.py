"""Submit: validate, look for duplicates, store. OK means it is durable."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from msgspec.structs import replace

from registrar.app import indexes, sealing, tokens
from registrar.app.backlog import Backlog
from registrar.app.calling import shut
from registrar.app.commands import Caller, Submit, Submitted, View
from registrar.app.event_log import EventLog
from registrar.app.outlook import Outlook
from registrar.app.proofs import Inserting, Proofs
from registrar.app.rate_limits import RateLimits
from registrar.app.routing import Routing
from registrar.app.tokens import Bound, Resume, Tokens
from registrar.domain import lifecycle
from registrar.domain.artifact import RETENTION, ArtifactKind
from registrar.domain.errors import (
    DuplicateRegistration,
    InvalidRequest,
    RateLimited,
    RegistrarError,
    RequestIdReused,
    UnknownManufacturer,
    Violation,
)
from registrar.domain.lifecycle import Moment
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, State
from registrar.domain.submission import Submission
from registrar.ports import plain
from registrar.ports.admission import Admission
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue
from registrar.ports.store import Inserted, InsertStatus, NewRegistration, Store
from registrar.ports.vault import Vault

COMPLETE_WITHIN = timedelta(days=3)
"""The deadline of a registration whose caller names none: then a person is asked."""

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""As it is usually written."""

LONGEST_WAIT = timedelta(days=90)

_NO_PROOFS = b',"proofs":[]'
"""Says nothing, and is not in the digests of before there were proofs: a request that is repeated
across an update is the same. Within a value its quotation marks would be escaped.
"""

Validate = Callable[[Submission, Manufacturer, date], tuple[Submission, tuple[Violation, ...]]]


@dataclass(frozen=True, slots=True)
class SubmitRegistrations:
    """The use case."""

    store: Store
    inserting: Inserting
    catalogue: Catalogue
    vault: Vault
    clock: Clock
    log: EventLog
    validate: Validate
    proofs_kept: timedelta = RETENTION[ArtifactKind.PROOF_OF_PURCHASE]
    """How long a proof of purchase is kept once it belongs to a registration."""
    admission: Admission | None = None
    """Whose gates tell which routes fail for everyone."""
    backlog: Backlog | None = None
    """None: whatever is submitted is taken in."""
    routing: Routing = field(default_factory=Routing)
    """By default a tenant's registrations may take every route."""
    rate_limits: RateLimits | None = None
    """None: an end user may have as many as they like."""

    @property
    def outlook(self) -> Outlook:
        """What is planned, by the same catalogue."""
        return Outlook(self.store.connectors, self.catalogue, self.clock, self.admission)

    @property
    def _proofs(self) -> Proofs:
        return Proofs(self.store, self.inserting, self.clock, self.proofs_kept)

    async def one(self, caller: Caller, command: Submit) -> Submitted:
        """Raises InvalidRequest, DuplicateRegistration, Backlogged, StoreUnavailable."""
        now = self.clock.now()
        manufacturer = self._manufacturer(command)
        command = await self._proofs.checked(caller, command)
        late = _times_broken(command, now)
        command = self._checked(caller, command, manufacturer, now, late)
        await self._let_in(caller, command, late)
        tiers = self.routing.tiers(caller, command, manufacturer)
        fresh = _registration(caller, command, tiers, now)
        if command.validate_only:
            view = View(fresh, command.submission)
            return Submitted(view, created=False, plan=await self.outlook.plan(view))
        # Taken before the insert: everything of this registration is after it.
        place = self.log.position
        item = await self._item(caller, command, fresh, now)
        inserted = await self._proofs.insert(caller, command, item)
        return await self._answer(caller, command, inserted, Resume(place))

    async def many(
        self, caller: Caller, commands: Sequence[Submit]
    ) -> Sequence[Submitted | RegistrarError]:
        """One result a command, in order. They meet in the same batches."""
        results = await asyncio.gather(
            *(self.one(caller, one) for one in commands), return_exceptions=True
        )
        return [_expected(result) for result in results]

    def _manufacturer(self, command: Submit) -> Manufacturer:
        found = self.catalogue.manufacturers().get(command.manufacturer_id)
        if found is None:
            rule = "required" if not command.manufacturer_id else "unknown"
            raise UnknownManufacturer(
                (Violation("manufacturer_id", rule, "ListManufacturers names those that exist."),)
            )
        return found

    def _checked(
        self,
        caller: Caller,
        command: Submit,
        maker: Manufacturer,
        now: datetime,
        times: Sequence[Violation],
    ) -> Submit:
        """The command with its submission normalised; raises with all violations at once.

        `times` alone are no reason: they may have passed since the request was first made.
        """
        submission, broken = self.validate(command.submission, maker, now.date())
        brand, brand_broken = _brand(command.brand, maker)
        request_id, id_broken = _request_id(command.request_id)
        unreadable = {one.field for one in command.violations}
        found = (
            *command.violations,
            *id_broken,
            *times,
            *brand_broken,
            *self.routing.broken(caller, command, maker),
            *(one for one in broken if one.field not in unreadable),
        )
        if len(found) > len(times):
            raise InvalidRequest(found)
        return replace(command, submission=submission, brand=brand, request_id=request_id)

    async def _let_in(self, caller: Caller, command: Submit, times: Sequence[Violation]) -> None:
        """What was accepted once is answered again, whatever the time, and however much waits."""
        refusal = self._refusal(command, times) or await self._over(caller, command)
        if refusal is None:
            return
        if command.validate_only or not await self.store.known(
            caller.tenant_id, command.request_id
        ):
            raise refusal

    def _refusal(self, command: Submit, times: Sequence[Violation]) -> RegistrarError | None:
        """Of a new one."""
        if times:
            return InvalidRequest(tuple(times))
        if self.backlog is None or command.validate_only:
            return None
        return self.backlog.refusal(command.manufacturer_id, command.priority)

    async def _over(self, caller: Caller, command: Submit) -> RateLimited | None:
        """Whether it is one too many for its end user."""
        if self.rate_limits is None or command.validate_only:
            return None
        index = indexes.Indexes(self.vault.keys, caller.tenant_id)
        return await self.rate_limits.user(caller, index.user(command.submission.customer.user_ref))

    async def _item(
        self, caller: Caller, command: Submit, fresh: Registration, now: datetime
    ) -> NewRegistration:
        submission = command.submission
        index = indexes.Indexes(self.vault.keys, caller.tenant_id)
        payload = sealing.payload(submission)
        return NewRegistration(
            transition=lifecycle.submit(
                fresh,
                Moment(
                    now,
                    actor=f"caller:{caller.key_id}",
                    shut=shut(self.catalogue, fresh.manufacturer_id),
                ),
            ),
            body_digest=self._body(command, payload),
            sealed=await sealing.seal(self.vault, fresh.id, payload),
            serial_index=index.serial(fresh.manufacturer_id, submission.product.serial_number),
            reference_index=index.reference(submission.external_reference),
            user_index=index.user(submission.customer.user_ref),
            email_index=index.mailbox(submission.customer.email),
            duplicates=command.duplicates,
        )

    def _body(self, command: Submit, payload: bytes) -> bytes:
        """Of all that a repeated request must repeat.

        Keyed: a plain digest of so little text could be guessed back.
        """
        rest = (
            command.manufacturer_id,
            command.brand,
            command.allowed_tiers,
            command.priority,
            command.not_before,
            command.complete_by,
            command.duplicates,
        )
        return self.vault.keys.sign("body", plain.to_json(rest) + payload.replace(_NO_PROOFS, b""))

    async def _answer(
        self, caller: Caller, command: Submit, inserted: Inserted, resume: Resume
    ) -> Submitted:
        found = inserted.registration
        created = inserted.status is InsertStatus.CREATED
        submission = command.submission
        if inserted.status is InsertStatus.REQUEST_ID_REUSED:
            raise RequestIdReused
        if inserted.status is InsertStatus.DUPLICATE:
            if command.duplicates != "return_existing":
                raise DuplicateRegistration(found.id)
            submission = await self._stored(caller, found.id)
        bound = Bound(caller.tenant_id, (found.id,))
        # What was there already has a past that lies before the token: its state comes first.
        place = replace(resume, snapshot=not created)
        token = Tokens(self.vault.keys).resume(place, bound, self.clock.now())
        return Submitted(View(found, submission), created, token)

    async def _stored(self, caller: Caller, registration_id: str) -> Submission:
        """Of what stood in the way: the store has just named it."""
        found = await self.store.get(caller.tenant_id, [registration_id])
        return await sealing.unseal(self.vault, found[registration_id])


def _expected(result: Submitted | BaseException) -> Submitted | RegistrarError:
    """An unexpected error concerns all: it is a defect, not an answer."""
    if isinstance(result, BaseException) and not isinstance(result, RegistrarError):
        raise result
    return result


def _registration(
    caller: Caller, command: Submit, tiers: tuple[Tier, ...], now: datetime
) -> Registration:
    return Registration(
        id=tokens.registration_id(now),
        tenant_id=caller.tenant_id,
        request_id=command.request_id,
        manufacturer_id=command.manufacturer_id,
        brand=command.brand,
        state=State.PENDING,
        revision=0,
        priority=command.priority,
        allowed_tiers=tiers,
        created_at=now,
        updated_at=now,
        complete_by=command.complete_by or now + COMPLETE_WITHIN,
        not_before=command.not_before,
        traceparent=command.traceparent,
        country=command.submission.purchase.country,
    )


@cache
def _spellings(brands: tuple[str, ...]) -> dict[str, str]:
    return {brand.casefold(): brand for brand in brands}


def _brand(given: str, manufacturer: Manufacturer) -> tuple[str, tuple[Violation, ...]]:
    if not given and len(manufacturer.brands) == 1:
        return manufacturer.brands[0], ()
    known = _spellings(manufacturer.brands).get(given.casefold())
    if known is not None:
        return known, ()
    one_of = "One of " + ", ".join(manufacturer.brands) + " is needed."
    return given, (Violation("brand", "required" if not given else "unknown", one_of),)


def _request_id(given: str) -> tuple[str, tuple[Violation, ...]]:
    """In the one way to write it."""
    if _UUID.fullmatch(given):
        return given, ()
    try:
        return str(UUID(given)), ()
    except ValueError:
        problem = "A UUID of the caller's making is needed."
        return given, (Violation("request_id", "uuid", problem),)


def _times_broken(command: Submit, now: datetime) -> list[Violation]:
    found = []
    start = command.not_before or now
    if start > now + LONGEST_WAIT:
        found.append(Violation("not_before", "range", "At most 90 days from now."))
    if command.complete_by is not None and command.complete_by <= max(now, start):
        found.append(Violation("complete_by", "order", "After now and after not_before."))
    return found
