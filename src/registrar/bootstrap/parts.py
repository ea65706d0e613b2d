"""What the processes are made of. One exit stack closes everything, last opened first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import redis.asyncio as aioredis
import structlog

from registrar.admission.quotas import RedisQuotas
from registrar.admission.redis import RedisAdmission
from registrar.app.advance import Advance, batched, looked_up
from registrar.app.api_keys import ApiKeys
from registrar.app.artifacts import Artifacts
from registrar.app.audit import Audit
from registrar.app.backlog import Backlog
from registrar.app.batching import Batcher
from registrar.app.connector_watch import ConnectorWatches
from registrar.app.connectors import Connectors
from registrar.app.customers import Customers
from registrar.app.dispatch import Dispatch
from registrar.app.drift import Drifts
from registrar.app.event_log import EVENTS, EventLog
from registrar.app.intervene import Intervene
from registrar.app.notifications.settings import NotificationSettings, Ways
from registrar.app.probing import ProbeClock, Probes
from registrar.app.queries import Queries
from registrar.app.rate_limits import RateLimits
from registrar.app.registrations import JOBS, RegistrationUseCases
from registrar.app.ringing import Ringing
from registrar.app.routing import Routing
from registrar.app.submit import SubmitRegistrations
from registrar.app.sweep import Sweep
from registrar.app.validation import validated
from registrar.app.watch import Watches, WatchLimits
from registrar.bootstrap import forms, gating, keeping, operations, overriding, papers, vaults
from registrar.bootstrap.vaults import FEW, Opened
from registrar.config.settings import ELSEWHERE, Settings
from registrar.connectors.kit import reloading
from registrar.connectors.kit.auth import Reached, Sharing
from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web import browser
from registrar.domain.artifact import ArtifactKind
from registrar.domain.errors import ConfigurationError, StoreUnavailable
from registrar.domain.registration import Transition
from registrar.keys.vault import AHEAD, KeyVault
from registrar.ports.clock import SystemClock
from registrar.ports.quotas import Asked
from registrar.ports.store import Inserted, NewRegistration, Store
from registrar.ports.tracing import NoTracer
from registrar.resilience.quota import Taken
from registrar.signals.redis import RedisDoorbell, RedisHints, connect
from registrar.signals.redis_tokens import RedisTokens
from registrar.store.keyring import Keyring
from registrar.store.sql import open_store

if TYPE_CHECKING:
    from registrar.telemetry.tracing import Tracing

_log = structlog.get_logger("registrar.bootstrap")

LOOK = 10.0
"""Seconds between two looks at which probes are due, at most."""


@dataclass(frozen=True, slots=True)
class Core:
    """What every process has."""

    settings: Settings
    store: Store
    opened: Opened
    catalogue: FileCatalogue
    clock: SystemClock
    redis: aioredis.Redis
    doorbell: RedisDoorbell
    artifacts: Artifacts

    @property
    def keys(self) -> Keyring:
        """What is not one record's."""
        return self.opened.keys

    @property
    def vault(self) -> KeyVault:
        """The keys of records."""
        return self.opened.vault


@asynccontextmanager
async def core(settings: Settings, *, ahead: int = FEW) -> AsyncIterator[Core]:
    """Waits for the store of keys alone: a process starts while its other servers are away."""
    async with AsyncExitStack() as stack:
        # Before anything is waited for: a wrong setting ends the process at once.
        chosen, folder = program(settings.browser), _folder(settings.connectors_folder)
        blobs = keeping.blobs(settings, stack)
        opened = await stack.enter_async_context(vaults.opened(settings, ahead=ahead, waits=True))
        store = open_store(settings.database_url, pool_size=settings.database_pool)
        stack.push_async_callback(store.close)
        client = connect(settings.redis_url)
        stack.push_async_callback(client.aclose)
        catalogue = FileCatalogue(
            ConnectorSettings(
                base_urls=settings.connector_urls,
                secrets=settings.connector_secrets,
                enabled_assumed=settings.enable_assumed,
                expiry_warning=timedelta(days=settings.secret_warning_days),
                browser=chosen,
                browser_sandbox=settings.browser_sandbox,
                folder=folder,
                plugins=tuple(settings.connector_plugins),
                sharing=Sharing(Reached(RedisTokens(client)), opened.keys),
            )
        )
        stack.push_async_callback(catalogue.close)
        reloading.told(catalogue.quarantined().items())
        for one in catalogue.plugins():
            if not one.allowed:
                _log.warning("plugin_not_allowed", distribution=one.distribution, name=one.name)
        watch = reloading.Reloading(catalogue, settings.connector_check_seconds)
        await stack.enter_async_context(running(watch.run))
        clock, bell = SystemClock(), RedisDoorbell(client)
        artifacts = keeping.artifacts(settings, store, opened.vault, clock, blobs)
        yield Core(settings, store, opened, catalogue, clock, client, bell, artifacts)


def program(told: str) -> str | None:
    """What fills forms; None for none. Raises ConfigurationError."""
    if told == "off":
        return None
    if told == ELSEWHERE:
        return ""
    if told == "auto":
        return browser.found()
    if not Path(told).is_file():
        raise ConfigurationError(f"browser: {told} is no program")
    return told


def _folder(named: str) -> Path | None:
    if named and not Path(named).is_dir():
        raise ConfigurationError(f"connectors_folder: {named} is no folder")
    return Path(named) if named else None


async def traced(process: str, settings: Settings, stack: AsyncExitStack) -> Tracing | None:
    """None where the settings name no collector. ConfigurationError without the extra."""
    if not settings.otlp_endpoint:
        return None
    try:
        from registrar.telemetry import tracing  # noqa: PLC0415 - an extra
    except ImportError as error:
        problem = f"otlp_endpoint: needs the extra [otel], {error.name} is missing"
        raise ConfigurationError(problem) from error
    return await stack.enter_async_context(tracing.exporting(process, settings.otlp_endpoint))


async def _started(log: EventLog) -> None:
    """A database that is away at the start is waited for, and said once."""
    told = False
    while True:
        try:
            return await log.start()
        except StoreUnavailable:
            if not told:
                _log.warning("outage_started", of="StoreUnavailable", at="start")
            told = True
            await asyncio.sleep(0.5)


@dataclass(frozen=True, slots=True)
class Serving:
    """What the gRPC server serves."""

    registrations: RegistrationUseCases
    api_keys: ApiKeys
    rate_limits: RateLimits
    connectors: Connectors
    connector_watches: ConnectorWatches
    notifications: NotificationSettings
    core: Core
    tracing: Tracing | None


@asynccontextmanager
async def running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """A task for the time of the block."""
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Serving]:
    """The use cases of `serve`; waits for the database."""
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(core(settings, ahead=AHEAD))
        log = EventLog(parts.store, parts.doorbell)
        await _started(log)
        await stack.enter_async_context(running(log.run))
        ringing = Ringing(parts.doorbell)
        stack.push_async_callback(ringing.close)
        inserting: Batcher[NewRegistration, Inserted] = Batcher(
            ringing.after(parts.store.insert, EVENTS, JOBS)
        )
        stack.push_async_callback(inserting.close)
        queries = Queries(parts.store, parts.vault, parts.clock, log, parts.catalogue)
        limits = WatchLimits(max_duration=settings.max_watch_seconds)
        rate_limits = _rate_limits(parts, stack)
        backlog = Backlog(parts.store, parts.catalogue, settings.lateness)
        await stack.enter_async_context(running(backlog.run))
        interventions = Intervene(parts.store, queries, parts.clock, backlog)
        assist = papers.assist(interventions, parts.catalogue, parts.doorbell, stack)
        registrations = RegistrationUseCases(
            submissions=SubmitRegistrations(
                store=parts.store,
                inserting=inserting,
                catalogue=parts.catalogue,
                vault=parts.vault,
                clock=parts.clock,
                log=log,
                validate=validated,
                proofs_kept=settings.retention[ArtifactKind.PROOF_OF_PURCHASE],
                admission=RedisAdmission(parts.redis),
                backlog=backlog,
                routing=Routing(settings.routes),
                rate_limits=rate_limits,
            ),
            queries=queries,
            watches=Watches(queries, limits),
            interventions=interventions,
            doorbell=parts.doorbell,
            assist=assist,
            customers=_customers(parts, queries),
        )
        connectors = _connectors(parts)
        watches = ConnectorWatches(connectors.all, parts.clock, limits)
        tracing = await traced("serve", settings, stack)
        api_keys = ApiKeys(parts.store, parts.keys, parts.clock, settings.environment)
        await stack.enter_async_context(running(api_keys.run))
        notifications = NotificationSettings(parts.store, parts.keys, parts.clock, _ways(settings))
        yield Serving(
            registrations,
            api_keys,
            rate_limits,
            connectors,
            watches,
            notifications,
            parts,
            tracing,
        )


def _customers(parts: Core, queries: Queries) -> Customers:
    audit = Audit(parts.store.audit, parts.keys)
    ring = partial(parts.doorbell.ring, EVENTS)
    return Customers(queries, parts.store.artifacts, keeping.erasures(parts), audit, ring)


def _rate_limits(parts: Core, stack: AsyncExitStack) -> RateLimits:
    """Callers that come together share a round trip. Closed with the stack."""
    counting: Batcher[Asked, Taken] = Batcher(RedisQuotas(parts.redis).take)
    stack.push_async_callback(counting.close)
    return RateLimits(counting.add, parts.settings.quotas, parts.settings.tenant_quotas)


def _connectors(parts: Core) -> Connectors:
    """As operators see and steer them."""
    states, audit = parts.store.connectors, Audit(parts.store.audit, parts.keys)
    said = overriding.overrides(parts.catalogue, parts.store, parts.clock, audit)
    drifts = Drifts(parts.catalogue, forms.forms(parts.catalogue, parts.store), audit)
    circuits = gating.circuits(
        parts.redis, parts.catalogue, states, parts.clock, parts.doorbell, audit=audit
    )
    return Connectors(
        *(parts.catalogue, states, parts.clock, parts.doorbell, _probes(parts)),
        *(said, drifts, circuits, audit),
    )


def _ways(settings: Settings) -> Ways:
    hooks = settings.webhooks
    return Ways(email=bool(settings.smtp_url), webhook=hooks != "off", local=hooks == "local")


def _probes(parts: Core) -> Probes:
    interval = timedelta(seconds=parts.settings.probe_interval_seconds)
    seen = forms.forms(parts.catalogue, parts.store)
    return Probes(parts.catalogue, parts.store.connectors, interval, seen)


async def _operating(parts: Core, stack: AsyncExitStack) -> None:
    """What operators have wished for."""
    backlog = Backlog(parts.store, parts.catalogue, parts.settings.lateness)
    work = operations.bulk_work(parts, parts.doorbell, backlog)
    for one in (backlog.run, work.run, operations.dead_letters(parts).run):
        await stack.enter_async_context(running(one))


async def _telling(parts: Core, stack: AsyncExitStack) -> None:
    """Nothing is read or loaded for it where nobody can be told."""
    if not parts.settings.notifies:
        return
    from registrar.bootstrap.notifying import notifying  # noqa: PLC0415 - only where it is used

    told = notifying(
        parts.settings,
        parts.store,
        parts.vault,
        parts.catalogue,
        parts.clock,
        parts.doorbell,
        stack,
    )
    await stack.enter_async_context(running(told.run))


@asynccontextmanager
async def dispatching(settings: Settings) -> AsyncIterator[Dispatch]:
    """The use case of `dispatch`."""
    interval = timedelta(seconds=settings.probe_interval_seconds)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(core(settings))
        hints = RedisHints(parts.redis)
        states = parts.store.connectors
        look = min(LOOK, settings.probe_interval_seconds / 4)
        seen = forms.forms(parts.catalogue, parts.store)
        clock = ProbeClock(parts.catalogue, states, hints, interval, look, seen)
        await stack.enter_async_context(running(clock.run))
        rows = parts.opened.rows
        await stack.enter_async_context(running(keeping.sweep(parts.artifacts, rows).run))
        await stack.enter_async_context(running(keeping.key_sweep(settings, rows).run))
        await stack.enter_async_context(running(keeping.erasures(parts).run))
        await stack.enter_async_context(running(keeping.rollup(parts, parts.doorbell).run))
        await _operating(parts, stack)
        await _telling(parts, stack)
        gates = gating.watch(parts.redis, parts.catalogue, states, hints)
        yield Dispatch(
            store=parts.store,
            hints=hints,
            doorbell=parts.doorbell,
            catalogue=parts.catalogue,
            sweep=Sweep(parts.store, parts.catalogue, parts.clock, gates),
            gates=gates,
        )


@dataclass(frozen=True, slots=True)
class Working:
    """What a worker does."""

    advance: Advance
    probes: Probes


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Working]:
    """The use cases of a worker process, on the loop that runs it."""
    lease = timedelta(seconds=settings.lease_seconds)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(core(settings))
        heeding = await overriding.heeding(parts.store, parts.catalogue)
        await stack.enter_async_context(running(heeding.run))
        ringing = Ringing(parts.doorbell)
        stack.push_async_callback(ringing.close)
        writer: Batcher[Transition, bool] = Batcher(
            ringing.after(batched(parts.store, lease), EVENTS, JOBS)
        )
        stack.push_async_callback(writer.close)
        gates = gating.gates(parts.redis, parts.catalogue, stack)
        advance = Advance(
            leases=parts.store,
            reader=Batcher(looked_up(parts.store)),
            writer=writer,
            catalogue=parts.catalogue,
            vault=parts.vault,
            clock=parts.clock,
            lease=lease,
            tracer=await traced("work", settings, stack) or NoTracer(),
            files=parts.artifacts,
            visits=forms.forms(parts.catalogue, parts.store),
            gates=gates,
        )
        yield Working(advance, replace(_probes(parts), gates=gates))
