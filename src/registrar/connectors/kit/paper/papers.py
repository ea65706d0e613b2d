"""`ports.papers.Papers` by typst: words and data, then the press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import structlog

from registrar.connectors.kit.paper import guides, proofs
from registrar.connectors.kit.paper.press import Press, TemplateWrong, Unprintable
from registrar.connectors.kit.paper.words import Words
from registrar.domain.errors import PaperFailed
from registrar.domain.guide import Guide
from registrar.domain.paper import Paper, Proof, Subject

ROUNDS = 4
"""Characters without a glyph may hide others until they are gone."""
GUIDE, PROOF = "guide.typ", "proof.typ"

_log = structlog.get_logger("registrar.papers")

Own = Callable[[str], str | None]
"""A manufacturer's own guide.typ, by its id; None where it has none."""


def packaged(manufacturer_id: str) -> None:
    """No manufacturer has one of its own."""
    del manufacturer_id


class TypstPapers:
    """Tagged PDF/UA-1."""

    def __init__(self, press: Press, own: Own = packaged) -> None:
        self._press = press
        self._own = own

    async def guide(self, subject: Subject, guide: Guide, language: str) -> Paper:
        """By the manufacturer's own template where it has one that works."""

        def data(words: Words) -> dict[str, Any]:
            return guides.data(subject, guide, words)

        maker = subject.manufacturer.id
        own = self._own(maker)
        if own is not None:
            try:
                return await self._printed(GUIDE, subject, language, data, own)
            except (TemplateWrong, PaperFailed) as error:
                # Its text may quote the data of the page.
                _log.warning("own_guide_failed", manufacturer=maker, error=type(error).__name__)
        return await self._printed(GUIDE, subject, language, data)

    async def proof(self, subject: Subject, proof: Proof, language: str) -> Paper:
        """By the packaged template alone: a proof is the gateway's word."""

        def data(words: Words) -> dict[str, Any]:
            return proofs.data(subject, proof, words)

        return await self._printed(PROOF, subject, language, data)

    async def _printed(
        self,
        template: str,
        subject: Subject,
        language: str,
        data: Callable[[Words], dict[str, Any]],
        source: str | None = None,
    ) -> Paper:
        """Again without the characters that have no glyph, until all of it can be shown."""
        made_at = int(datetime.combine(subject.today, time(), UTC).timestamp())
        lacking = frozenset[str]()
        for _ in range(ROUNDS):
            words = Words(language, subject.manufacturer.name, lacking)
            try:
                content = await self._press.print(template, data(words), made_at, source)
            except Unprintable as error:
                lacking |= error.characters
                continue
            name = f"{template.removesuffix('.typ')}-{subject.registration.id}.pdf"
            return Paper(name, language, content)
        raise PaperFailed
