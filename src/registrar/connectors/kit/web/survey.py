"""What a person sees of a page, as data. Read by `page.js`, decided upon without a browser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import msgspec

_MARKS = re.compile(r"\s*(\*|\((required|optional|pflichtfeld|obligatoire)\)|:)\s*$", re.IGNORECASE)
BOXES = frozenset({"checkbox", "switch"})
BUTTONS = frozenset({"button", "option"})


class Option(msgspec.Struct, frozen=True):
    """Of a list to choose from."""

    value: str
    label: str
    enabled: bool = True


class Control(msgspec.Struct, frozen=True):
    """One thing that can be filled in, ticked or pressed. `name` is what a person reads of it."""

    index: int
    role: str
    name: str
    type: str = ""
    group: str = ""
    """What the set of choices is called that it belongs to."""
    visible: bool = True
    enabled: bool = True
    required: bool = False
    value: str = ""
    checked: bool = False
    invalid: bool = False
    problem: str = ""
    """What the page says against its value."""
    identity: str = ""
    """Its name in the form, or its id."""
    test_id: str = ""
    autocomplete: str = ""
    accept: str = ""
    most: int = 0
    options: tuple[Option, ...] = ()
    matches: tuple[str, ...] = ()
    """Those of the selectors that were asked for."""

    @property
    def usable(self) -> bool:
        """What nobody can see is nobody's to fill."""
        return self.visible and self.enabled


class Survey(msgspec.Struct, frozen=True):
    """One page, or one frame of it, at one moment."""

    url: str
    title: str = ""
    language: str = ""
    ready: str = "complete"
    left: bool = False
    """It is the document that was left by a click, and has not been replaced by another."""
    headings: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    text: str = ""
    challenged: bool = False
    """A riddle for people is shown."""
    controls: tuple[Control, ...] = ()
    status: int = 200
    """HTTP's, of the document."""

    @property
    def failed(self) -> bool:
        """The browser's own page in the place of one that did not come."""
        return self.url.startswith("chrome-error:")

    def usable(self, *roles: str) -> Iterator[Control]:
        """What a person could use, of these roles or of any."""
        return (one for one in self.controls if one.usable and (not roles or one.role in roles))


def read(text: str, status: int = 200) -> Survey:
    """As `page.js` made it. Raises msgspec.DecodeError for what a page has tampered with."""
    return msgspec.structs.replace(msgspec.json.decode(text, type=Survey), status=status)


def plain(text: str) -> str:
    """What a person takes for the same words: case, width, blanks and marks of need aside."""
    folded = unmarked(unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def unmarked(text: str) -> str:
    """Without the marks of need at its end."""
    before = ""
    while before != text:
        before, text = text, _MARKS.sub("", text)
    return text
