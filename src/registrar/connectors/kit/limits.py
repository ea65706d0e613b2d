"""How long a text may be and of which characters; what loses more than accents is refused."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

Truncate = Literal["refuse", "cut", "word"]
Charset = Literal["ascii", "latin1", "any"]


@dataclass(frozen=True, slots=True)
class Limits:
    """`most` in characters; of a list, each item's."""

    most: int | None = None
    truncate: Truncate = "refuse"
    charset: Charset = "any"

    def fitted(self, value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
        """Of texts and lists of texts; raises ValueError for what does not fit."""
        if isinstance(value, list):
            return [self.fitted(one) for one in value]
        if not isinstance(value, str):
            return value
        value = value if self.charset == "any" else transliterated(value, self.charset)
        if self.most is None or len(value) <= self.most:
            return value
        return _shortened(value, self.most, self.truncate)


def _shortened(value: str, most: int, truncate: Truncate) -> str:
    """A letter keeps its accents, with `word` a word its letters."""
    if truncate == "refuse":
        raise ValueError(f"is longer than {most}")
    end = most
    while end and (unicodedata.combining(value[end]) or _inside(value, end, truncate)):
        end -= 1
    if not end:
        raise ValueError(f"has a word longer than {most}")
    return value[:end].rstrip()


def _inside(value: str, end: int, truncate: Truncate) -> bool:
    return truncate == "word" and not value[end].isspace()


def transliterated(value: str, charset: str) -> str:
    """In these characters; raises ValueError where more than accents would be lost."""
    made = ""
    for one in unicodedata.normalize("NFC", value):
        if _expressed(one, charset):
            made += one
        elif not _accent(one) or not made[-1:].isalpha():
            made += _plain(one, charset)
    return made


def _plain(one: str, charset: str) -> str:
    """The letter without its accents. Of a sign they are its meaning: ≠ is not =."""
    decomposed = unicodedata.normalize("NFD", one)
    letter, marks = decomposed[0], decomposed[1:]
    if letter.isalpha() and _expressed(letter, charset) and all(map(_accent, marks)):
        return letter
    raise ValueError(f"has a character that is not in {charset}")


def _accent(one: str) -> bool:
    return unicodedata.category(one) == "Mn"


def _expressed(one: str, charset: str) -> bool:
    try:
        one.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
