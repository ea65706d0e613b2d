"""`ports.papers.Papers` without a press: the data of the page instead of the page."""

from __future__ import annotations

import json
from typing import Any

from registrar.connectors.kit.paper import guides, proofs
from registrar.connectors.kit.paper.words import Words
from registrar.domain.guide import Guide
from registrar.domain.paper import Paper, Proof, Subject


class SheetPapers:
    """What it prints is JSON."""

    async def guide(self, subject: Subject, guide: Guide, language: str) -> Paper:
        """At once."""
        return _sheet("guide", subject, guides.data(subject, guide, _words(subject, language)))

    async def proof(self, subject: Subject, proof: Proof, language: str) -> Paper:
        """At once."""
        return _sheet("proof", subject, proofs.data(subject, proof, _words(subject, language)))


def _words(subject: Subject, language: str) -> Words:
    return Words(language, subject.manufacturer.name)


def _sheet(kind: str, subject: Subject, data: dict[str, Any]) -> Paper:
    content = json.dumps(data, ensure_ascii=False).encode()
    name = f"{kind}-{subject.registration.id}.json"
    return Paper(name, data["lang"], content, "application/json")
