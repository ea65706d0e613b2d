"""The words of one paper: a language, a manufacturer, and which characters can be printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from registrar.connectors.kit.paper import texts
from registrar.connectors.kit.paper.texts import Texts

_HOLE = re.compile(r"\{([a-z]+)\}")
_MEGABYTE = 1_000_000

FIXED = (
    "missing",
    "unreadable",
    "lacking_title",
    "lacking",
    "link_title",
    "product_title",
    "steps_title",
    "foreign",
    "proof_title",
    "done_title",
    "notes_title",
    "contact_title",
    "contact_unknown",
    "privacy_title",
    "basis_title",
    "keep_title",
    "keep",
)
"""Texts that depend on nothing but the manufacturer."""

Fact = dict[str, str]
"""`label`, `value`, and `state`: given, missing or unreadable."""


@dataclass(frozen=True, slots=True)
class Words:
    """`unprintable` are characters that no font of ours has."""

    language: str
    maker: str
    unprintable: frozenset[str] = frozenset()

    @property
    def texts(self) -> Texts:
        """All of this language."""
        return texts.of(self.language)

    def say(self, text: str, **values: str) -> str:
        """With its holes filled, once: what a value holds is never looked at again."""
        given = {"maker": self.maker} | values
        return _HOLE.sub(lambda hole: given.get(hole[1], hole[0]), text)

    def fixed(self) -> dict[str, str]:
        """What stands in the templates themselves, by name."""
        return {name: self.say(getattr(self.texts, name)) for name in FIXED}

    def day(self, day: date) -> str:
        """Written out, as in 3 de noviembre de 2026."""
        return format_date(day, "long", locale=self.language)

    def country(self, code: str) -> str:
        """Its name; the code where the world has no name for it."""
        name: str = Locale(self.language).territories.get(code, code)
        return name

    def size(self, count: int) -> str:
        """Bytes as megabytes."""
        return f"{format_decimal(count / _MEGABYTE, '#,##0.#', locale=self.language)} MB"

    def readable(self, text: str) -> bool:
        """Whether each of its characters has a glyph."""
        return self.unprintable.isdisjoint(text)

    def fact(self, label: str, value: str) -> Fact:
        """A row. What has no glyphs is said to have none, rather than shown as boxes."""
        state = "given" if value else "missing"
        if not self.readable(value):
            state, value = "unreadable", ""
        return {"label": self.plain(label), "value": value, "state": state}

    def facts(self, *rows: tuple[str, str]) -> list[Fact]:
        """Without those that the submission does not have."""
        return [self.fact(label, value) for label, value in rows if value]

    def plain(self, text: str) -> str:
        """As it is, or the notice that stands for it."""
        return text if self.readable(text) else self.texts.unreadable

    def sheet(self, title: str, summary: str, footer: str) -> dict[str, Any]:
        """What every paper has."""
        return {
            "lang": self.language,
            "title": title,
            "summary": self.plain(summary),
            "footer": footer,
            "author": "registrar",
            "says": self.fixed(),
        }
