"""A manifest's web tier, carried out: a browser, a walk, and what it leaves behind as evidence."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from registrar.connectors.kit import mapping
from registrar.connectors.kit.connector import unfit
from registrar.connectors.kit.manifest.web import WebTier
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.web import drifting, personal, planning
from registrar.connectors.kit.web.browser import Browsers
from registrar.connectors.kit.web.tab import Gone, NoPage, Tab
from registrar.connectors.kit.web.values import Upload, Values
from registrar.connectors.kit.web.walk import LIST_SECONDS, SETTLE_SECONDS, Walk
from registrar.domain.drift import FormSight, FormWalk
from registrar.domain.errors import RegistrarError
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.ports.connector import UNATTENDED, Connector, Job, Run

_log = structlog.get_logger("registrar.connectors")

SCREENSHOT, SNAPSHOT = "screenshot", "dom_snapshot"
EVIDENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class WebConnector:
    """`ports.connector.Connector` over one form."""

    tier: WebTier
    version: str
    base_url: str
    browsers: Browsers
    session: str = field(default="", repr=False)
    """A signed-in session of the organisation's own account, as Playwright stores one."""
    api: Connector | None = None
    """The manufacturer's API, where its look-up tells what the form has done."""
    probes: bool = True
    secret_expires_at: datetime | None = None

    @property
    def capabilities(self) -> Capabilities:
        """As the manifest says. Without a look-up nothing tells what became of a form."""
        if self.api is None:
            return self.tier.capabilities
        return replace(
            self.tier.capabilities,
            verify=self.tier.looks,
            absence_delay=self.api.capabilities.absence_delay,
        )

    @property
    def start(self) -> str:
        """Where the form begins."""
        # Not joined as a link is: `//host` and `/https://host` would be another host's.
        return f"{self.base_url.rstrip('/')}/{self.tier.start.lstrip('/')}"

    def values(self, job: Job) -> Values:
        """Pure: what goes into the form. Raises Unmappable."""
        record = mapping.record(job)
        mapped = mapping.request_body(self.tier.fields, record)
        sources = {str(one.target[0]): one.source[0] for one in self.tier.fields}
        return Values(mapped, record, sources)

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Filled once, in a context of its own."""
        try:
            values = self.values(job)
        except Unmappable as error:
            return unfit(error)
        if not mapping.meets(self.tier.when, values.record):
            return Outcome(Code.NOT_ELIGIBLE, Effect.NOT_SENT, "The form is not for such a one.")
        try:
            values = replace(values, proof=await self._proof(job, run))
        except RegistrarError as error:
            return Outcome(Code.INTERNAL, Effect.NOT_SENT, f"proof of purchase: {error}")
        try:
            async with self.browsers.visit(self.start, self.tier.hosts, self._session) as tab:
                walk = Walk(self.tier, values, tab, run)
                outcome = await walk.outcome(self.start)
                for one in walk.renamed:
                    _log.warning("form_reworded", step=one.step, label=one.label, now=one.now)
                words = personal.words(values.record, self.tier.fields, values.mapped)
                run.saw(self._told(walk, words))
                await self._keep(tab, run, words)
                return outcome
        except Gone as error:
            return Outcome(Code.INTERNAL, Effect.NOT_SENT, str(error))

    async def _proof(self, job: Job, run: Run) -> Upload | None:
        """The first that the form takes. Raises NotFound, Store- and ArtifactsUnavailable."""
        taken = self.tier.upload
        if taken is None:
            return None
        for one in await run.proofs(job.submission.purchase.proofs):
            if one.media_type in taken.types and one.size <= taken.most:
                return Upload(one.media_type, await run.content(one))
        return None

    @property
    def _session(self) -> Any:  # noqa: ANN401 - Playwright's own shape
        return json.loads(self.session) if self.session else None

    def _told(self, walk: Walk, words: Sequence[str]) -> FormWalk:
        sought = walk.sought or self.tier.steps[0].name
        return FormWalk(self.version, sought, walk.sights.made(words))

    async def _keep(self, tab: Tab, run: Run, words: Sequence[str]) -> None:
        """What a person needs to see why, without a word of the owner's.

        In bounded time: what became of the form is known by now, and must not be lost for it.
        """
        with suppress(Gone, TimeoutError):
            async with asyncio.timeout(EVIDENCE_SECONDS):
                picture, copy = await tab.masked(words)
                await run.keep(SCREENSHOT, "image/jpeg", picture)
                await run.keep(SNAPSHOT, "text/html", copy)

    async def verify(self, job: Job) -> Verification:
        """By the API's look-up, where it has one; a form tells nothing."""
        if self.api is None:
            return Verification(Verdict.CANNOT_TELL, message="There is no look-up.")
        return await self.api.verify(job)

    async def health(self) -> Outcome:
        """Whether the first page is there; nothing is filled in."""
        return (await self.sight())[0]

    async def sight(self) -> tuple[Outcome, FormSight | None]:
        """The same, and how it looks; `ports.forms.SeenForm`."""
        try:
            async with self.browsers.visit(self.start, self.tier.hosts, self._session) as tab:
                walk = Walk(self.tier, Values({}, {}), tab, UNATTENDED)
                await tab.open(self.start, self.tier.step_seconds)
                outcome = await walk.seen(self.tier.steps[0])
                return outcome, await self._settled(walk)
        except NoPage as error:
            return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, str(error)), None
        except Gone as error:
            return Outcome(Code.INTERNAL, Effect.NOT_SENT, str(error)), None

    async def _settled(self, walk: Walk) -> FormSight | None:
        """Looked at until all is there, or as long as a field may take to come.

        None for another page, and for one that something lies over: a probe clicks nothing away.
        """
        first, ends = self.tier.steps[0], time.monotonic() + SETTLE_SECONDS
        while seen := walk.sights.steps.get(first.name):
            if planning.covering(self.tier.dismiss, seen.last):
                return None
            (sight,) = walk.sights.made([])
            if drifting.fits(self.tier, sight.last) or time.monotonic() > ends:
                return sight
            await asyncio.sleep(LIST_SECONDS)
            survey = await walk.tab.look(self.tier.selectors, first.frame)
            walk.sights.look(first, survey, touched=False)
        return None
