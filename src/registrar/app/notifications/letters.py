"""A notice as a letter to the owner: who, in which language, and whether it is still true."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from registrar.app import sealing
from registrar.app.commands import Manufacturers
from registrar.app.indexes import Indexes
from registrar.app.notifications import backoff
from registrar.app.notifications.deliver import Told
from registrar.domain.errors import Erased, RegistrarError
from registrar.domain.guide import Guide
from registrar.domain.notification import Channel, Kind
from registrar.domain.paper import Paper, Subject
from registrar.domain.registration import State
from registrar.ports.clock import Clock
from registrar.ports.guides import Guides
from registrar.ports.notices import Claimed, Notice, NoticeState, Settled
from registrar.ports.notifier import Letter, Mailer, Verdict
from registrar.ports.papers import Papers
from registrar.ports.store import Store
from registrar.ports.tenant_settings import TenantRow
from registrar.ports.vault import Vault

TRUE_IN: Mapping[Kind, frozenset[State]] = {
    Kind.RECEIVED: frozenset(State),
    Kind.REGISTERED: frozenset({State.SUCCEEDED}),
    Kind.ACTION_REQUIRED: frozenset({State.ACTION_REQUIRED}),
    Kind.REMINDER: frozenset({State.ACTION_REQUIRED}),
    Kind.FAILED: frozenset({State.FAILED, State.REJECTED}),
}
"""In another state a letter would say what is not so any more."""

_log = structlog.get_logger("registrar.notices")


class Untold(Exception):
    """There is nothing to tell, or nobody to tell it to; says why."""


@dataclass(frozen=True, slots=True)
class Letters:
    """The mail. `papers` None: guides are not attached."""

    store: Store
    vault: Vault
    guides: Guides
    catalogue: Manufacturers
    mailer: Mailer
    clock: Clock
    papers: Papers | None = None

    async def tell(self, claimed: Claimed) -> Told:
        """Once. Raises StoreUnavailable."""
        notice = claimed.notice
        try:
            letter = await self.letter(notice)
        except Untold as why:
            return Told(Settled(NoticeState.SKIPPED, str(why)))
        # The address is nowhere in the clear.
        index = Indexes(self.vault.keys, notice.tenant_id).address(letter.to)
        if await self.store.notices.bounced(notice.tenant_id, index):
            return Told(Settled(NoticeState.BOUNCED, "bounced_before"))
        answer = await self.mailer.send(letter)
        match answer.verdict:
            case Verdict.SENT:
                return Told(Settled(NoticeState.SENT, answer.code))
            case Verdict.BOUNCED:
                return Told(Settled(NoticeState.BOUNCED, answer.code, bounced=index))
            case Verdict.REFUSED:
                return Told(Settled(NoticeState.REFUSED, answer.code))
            case _:
                settled = backoff.again(claimed, answer, random.random())  # noqa: S311 - no secret
                return Told(settled, outage=answer.verdict is Verdict.UNREACHABLE)

    async def letter(self, notice: Notice) -> Letter:
        """As things are now. Raises Untold."""
        row = await self._row(notice)
        subject = await self._subject(notice)
        language = row.settings.language(subject.submission.locale)
        guide = self._guide(notice, subject, language)
        attached = await self._attached(notice.kind, subject, guide, language)
        return Letter(notice.id, notice.kind, language, row.settings, subject, guide, attached)

    async def _row(self, notice: Notice) -> TenantRow:
        row = (await self.store.tenants.of([notice.tenant_id])).get(notice.tenant_id)
        if row is None or not row.settings.wants(Channel.EMAIL, notice.kind):
            raise Untold("not_wanted")
        return row

    async def _subject(self, notice: Notice) -> Subject:
        found = await self.store.get(notice.tenant_id, [notice.registration_id])
        stored = found.get(notice.registration_id)
        if stored is None:
            raise Untold("erased")
        if stored.registration.state not in TRUE_IN[notice.kind]:
            raise Untold("over")
        maker = self.catalogue.manufacturers().get(stored.registration.manufacturer_id)
        if maker is None:
            raise Untold("manufacturer_unknown")
        try:
            submission = await sealing.unseal(self.vault, stored)
        except Erased as why:
            raise Untold("erased") from why
        if not submission.customer.email:
            raise Untold("no_address")
        return Subject(stored.registration, submission, maker, self.clock.now().date())

    def _guide(self, notice: Notice, subject: Subject, language: str) -> Guide | None:
        """Where a person is asked. A window that has closed is nothing to be reminded of."""
        if notice.kind not in {Kind.ACTION_REQUIRED, Kind.REMINDER}:
            return None
        guide = self.guides.guide(subject.registration, subject.submission, language)
        closes = guide.register_by if guide else None
        if notice.kind is Kind.REMINDER and (closes is None or closes < subject.today):
            raise Untold("over")
        return guide

    async def _attached(
        self, kind: Kind, subject: Subject, guide: Guide | None, language: str
    ) -> tuple[Paper, ...]:
        """The guide to print. A letter without it is better than none: its steps are in it."""
        if self.papers is None or guide is None or kind is not Kind.ACTION_REQUIRED:
            return ()
        try:
            return (await self.papers.guide(subject, guide, language),)
        except RegistrarError as error:
            what = type(error).__name__
            _log.warning("guide_not_attached", registration_id=subject.registration.id, of=what)
            return ()
