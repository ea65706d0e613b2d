"""A manual tier and a submission to the guide of one registration. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from registrar.connectors.kit import mapping
from registrar.connectors.kit.manifest import Fill, Manifest, ManualStep, ManualTier, Text
from registrar.connectors.kit.mapping import Unmappable
from registrar.connectors.kit.paper import texts
from registrar.domain import language as languages
from registrar.domain import window
from registrar.domain.guide import Guide, GuideStep, Prefilled, ProofOfPurchase
from registrar.domain.outcome import Tier
from registrar.domain.window import Window
from registrar.ports.connector import Job


def guide(manifest: Manifest, job: Job, language: str = "") -> Guide | None:
    """None where there is no manual tier. A value that cannot be shown is left empty.

    In `language` where the manifest speaks it; empty means that of the submission.
    """
    tier, listing = manifest.manual, manifest.manufacturer.listing(Tier.MANUAL)
    if tier is None or listing is None:
        return None
    data = mapping.record(job)
    spoken = language or languages.spoken(job.submission.locale)
    maker = manifest.manufacturer
    closing = window.closing(maker.windows, job.submission.purchase)
    return Guide(
        steps=tuple(
            _step(one, data, spoken) for one in tier.steps if mapping.meets(one.when, data)
        ),
        link=_link(tier, data),
        register_by=closing[1] if closing else None,
        register_for=closing[0].purpose if closing else "",
        proof=_proof(tier, spoken),
        contact=tier.contact,
        follow_up_days=tier.follow_up_days,
        evidence=listing.evidence,
        sources=listing.sources,
        notes=(*_of_window(closing), *(one.note for one in maker.components)),
    )


def _of_window(closing: tuple[Window, date] | None) -> tuple[str, ...]:
    """It may be of some products alone: a person can tell."""
    return (closing[0].notes,) if closing and closing[0].notes else ()


def _link(tier: ManualTier, data: Mapping[str, Any]) -> str:
    """A link with a hole left in it would lead astray: better none."""
    try:
        return mapping.filled(tier.link, data, {}, mapping.segment)
    except Unmappable:
        return ""


def _proof(tier: ManualTier, language: str) -> ProofOfPurchase | None:
    text, spoken = _said(tier.proof_notes, language)
    return tier.proof and replace(tier.proof, notes=text, language=spoken)


def _said(text: Text, language: str) -> tuple[str, str]:
    """With the language it is in: English where it has not been translated."""
    spoken = language if language in text else languages.SPOKEN[0]
    return text.get(spoken, ""), spoken


def _step(step: ManualStep, data: Mapping[str, Any], language: str) -> GuideStep:
    shown = (_prefilled(one, data, language) for one in step.fills)
    text, spoken = _said(step.text, language)
    return GuideStep(text, tuple(one for one in shown if one is not None), spoken)


def _prefilled(fill: Fill, data: Mapping[str, Any], language: str) -> Prefilled | None:
    """None where the form has no such field for this record."""
    if not mapping.applies(fill.value, data):
        return None
    try:
        value = mapping.request_body((fill.value,), data).get("value")
    except Unmappable:
        value = None
    label, _ = _said(fill.label, language)
    return Prefilled(fill.value.source[0], label, _shown(value, language))


def _shown(value: object, language: str) -> str:
    if isinstance(value, bool):
        words = texts.of(language)
        return words.yes if value else words.no
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
