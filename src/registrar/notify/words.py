"""The words of one letter: a language, and what its texts speak of."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from registrar.notify import texts
from registrar.notify.texts import Texts

_HOLE = re.compile(r"\{([a-z]+)\}")
_LONGEST_LINE = 2000
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Categories of Unicode that end a line, reverse its direction, or show nothing."""
_NEEDED = frozenset("\u200c\u200d")
"""Joiners, without which some scripts are misspelt."""


def line(text: str) -> str:
    """As one line of visible characters: it may stand in a header, and looks as what it is."""
    kept = [
        " " if one.isspace() else one
        for one in text
        if one.isspace() or one in _NEEDED or unicodedata.category(one) not in _INVISIBLE
    ]
    return " ".join("".join(kept).split())[:_LONGEST_LINE]


@dataclass(frozen=True, slots=True)
class Words:
    """`maker` and `product` by name."""

    language: str
    maker: str
    product: str

    @property
    def texts(self) -> Texts:
        """All of this language."""
        return texts.of(self.language)

    def say(self, text: str, **values: str) -> str:
        """With its holes filled, once: what a value holds is never looked at again."""
        given = {"maker": self.maker, "product": self.product} | values
        return _HOLE.sub(lambda hole: given.get(hole[1], hole[0]), text)

    def day(self, day: date) -> str:
        """Written out, as in 3 de noviembre de 2026."""
        return format_date(day, "long", locale=self.language)
