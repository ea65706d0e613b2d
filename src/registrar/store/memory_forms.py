"""The memory twin of how forms look."""

from __future__ import annotations

from dataclasses import replace

from registrar.domain.audit import Act
from registrar.ports import audit
from registrar.ports.clock import Clock
from registrar.ports.forms import FormRecord, KeptPage, Look
from registrar.store.memory_audit import MemoryAudit


class MemoryForms:
    """By manufacturer and version."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock = clock
        self._audit = audit
        self._pages: dict[tuple[str, str], dict[str, KeptPage]] = {}
        self._runs: dict[str, tuple[str, int, str]] = {}

    async def of(self, manufacturer_id: str, version: str) -> FormRecord:
        """Empty where nothing is known."""
        known, failures, _ = self._runs.get(manufacturer_id, (version, 0, ""))
        pages = dict(self._pages.get((manufacturer_id, version), {}))
        return FormRecord(pages, failures if known == version else 0)

    async def saw(self, manufacturer_id: str, version: str, look: Look) -> None:
        """How these steps look now."""
        now = self._clock.now()
        kept = self._pages.setdefault((manufacturer_id, version), {})
        for page in look.pages:
            old = kept.get(page.step)
            since = old.seen_at if old and old.seen.digest == page.digest else now
            made = replace(old or KeptPage(page, now), seen=page, seen_at=since)
            if look.baseline and made.baseline is None:
                made = replace(made, baseline=page, baseline_at=now)
            kept[page.step] = replace(made, artifact_id=look.artifact_id)

    async def failed(self, manufacturer_id: str, version: str, by: str) -> int:
        """One failure more."""
        known, failures, last = self._runs.get(manufacturer_id, (version, 0, ""))
        if known != version:
            failures, last = 0, ""
        failures += by != last
        self._runs[manufacturer_id] = version, failures, by
        return failures

    async def worked(self, manufacturer_id: str) -> None:
        """The failures in a row are over."""
        self._runs.pop(manufacturer_id, None)

    async def accept(self, manufacturer_id: str, version: str, act: Act | None = None) -> int:
        """Every step of it looks as it should."""
        kept = self._pages.get((manufacturer_id, version), {})
        now = self._clock.now()
        made = {
            step: replace(one, baseline=one.seen, baseline_at=now) for step, one in kept.items()
        }
        if kept:
            self._audit.note(act, *audit.of_forms(kept, made))
        kept.update(made)
        return len(kept)
