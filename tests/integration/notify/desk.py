"""Registrations and what is told of them, over any store."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from registrar.app import sealing
from registrar.app.notifications import secrets
from registrar.app.notifications.deliver import Deliveries, Flow
from registrar.app.notifications.hooks import Hooks
from registrar.app.notifications.letters import Letters
from registrar.app.notifications.secrets import Secret
from registrar.app.notifications.tail import Tail
from registrar.domain.guide import Guide
from registrar.domain.lifecycle import Moment
from registrar.domain.lifecycle.step import step
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.notification import Channel, Kind, TenantNotifications
from registrar.domain.registration import EventKind, Registration
from registrar.domain.submission import Submission
from registrar.notify.memory import MemoryCourier, MemoryMailer
from registrar.ports.clock import SystemClock
from registrar.ports.notices import Notice, NoticeFilter
from registrar.ports.notifier import Courier, Mailer
from registrar.ports.papers import Papers
from registrar.ports.store import Store
from registrar.ports.tenant_settings import TenantRow
from registrar.ports.vault import Vault
from registrar.testing.courier_suite import SECRET
from registrar.testing.letters import GUIDE, MAKER, SETTINGS, SUBMISSION, changes
from registrar.testing.papers import SheetPapers
from registrar.testing.records import Wanted, new_registration
from registrar.testing.vault import MemoryVault

VAULT = MemoryVault()
QUICK = Flow(poll=0.05, outage=(0.05, 0.2), database=0.05, grace=0.5)
EVERYTHING = NoticeFilter()


@dataclass
class Guides:
    """One guide for every registration; `error` is raised instead."""

    found: Guide | None = GUIDE
    error: Exception | None = None

    def guide(
        self, registration: Registration, submission: Submission, language: str = ""
    ) -> Guide | None:
        """The one."""
        del registration, submission, language
        if self.error is not None:
            raise self.error
        return self.found


@dataclass
class Makers:
    """Acme."""

    known: dict[str, Manufacturer] = field(default_factory=lambda: {MAKER.id: MAKER})

    def manufacturers(self) -> dict[str, Manufacturer]:
        """By id."""
        return self.known


@dataclass
class Time:
    """The machine's, and then some."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The present, moved."""
        return SystemClock().now() + self.ahead


@dataclass
class Telling:
    """A tenant's registrations, and what tells of them when it is told to."""

    store: Store
    mailer: Mailer = field(default_factory=MemoryMailer)
    courier: Courier = field(default_factory=MemoryCourier)
    guides: Guides = field(default_factory=Guides)
    makers: Makers = field(default_factory=Makers)
    papers: Papers | None = field(default_factory=SheetPapers)
    clock: Time = field(default_factory=Time)
    flow: Flow = QUICK
    vault: Vault = VAULT

    @property
    def tail(self) -> Tail:
        """Of the log."""
        return Tail(self.store, self.guides, self.vault, self.clock)

    @property
    def letters(self) -> Letters:
        """The mail."""
        return Letters(
            self.store, self.vault, self.guides, self.makers, self.mailer, self.clock, self.papers
        )

    @property
    def deliveries(self) -> Deliveries:
        """Of the mail."""
        return Deliveries(Channel.EMAIL, self.store.notices, self.letters.tell, self.flow)

    @property
    def hooks(self) -> Hooks:
        """The webhooks."""
        return Hooks(self.store, self.vault, self.courier, self.clock)

    @property
    def hook_deliveries(self) -> Deliveries:
        """Of the webhooks."""
        return Deliveries(Channel.WEBHOOK, self.store.notices, self.hooks.tell, self.flow)

    async def begin(self, settings: TenantNotifications = SETTINGS) -> "Telling":
        """From the end of the log, with these settings of tenant-a."""
        await self.settle(settings)
        await self.tail.once()
        return self

    async def settle(self, settings: TenantNotifications) -> None:
        """Change them; a webhook has `SECRET`."""
        known = (await self.store.tenants.of(["tenant-a"])).get("tenant-a")
        revision = known.revision if known else 0
        sealed = secrets.sealed(self.vault.keys, "tenant-a", [Secret(SECRET)])
        row = TenantRow("tenant-a", settings, 0, sealed)
        assert await self.store.tenants.keep(row, revision)

    async def submitted(
        self, submission: Submission = SUBMISSION, tenant_id: str = "tenant-a"
    ) -> Registration:
        """A registration."""
        item = new_registration(Wanted(tenant_id=tenant_id, serial=uuid.uuid4().bytes))
        made = item.transition.registration
        sealed = await sealing.seal(self.vault, made.id, sealing.payload(submission))
        await self.store.insert([replace(item, sealed=sealed)])
        return made

    async def moved(
        self,
        before: Registration,
        kind: Kind,
        event: EventKind = EventKind.ATTEMPT_ENDED,
        **more: Any,  # noqa: ANN401 - of its fields
    ) -> Registration:
        """To where this is told."""
        made = step(before, Moment(datetime.now(UTC)), event, None, changes(kind) | more)
        assert await self.store.write([made], timedelta(0)) == [True]
        return made.registration

    async def read(self) -> None:
        """The log, to its end."""
        while await self.tail.once():
            pass

    async def told(self) -> None:
        """Everything that is due."""
        await self.read()
        await self.deliveries.drain()
        await self.hook_deliveries.drain()

    async def notices(self, where: NoticeFilter = EVERYTHING) -> list[Notice]:
        """Oldest first."""
        found = await self.store.notices.listed("tenant-a", where, 100)
        return sorted(found, key=lambda one: (one.created_at, one.sequence, one.days))

    async def summary(self) -> list[tuple[str, str, str]]:
        """Kind, state and code of each."""
        return [(one.kind.value, one.state.value, one.code) for one in await self.notices()]
