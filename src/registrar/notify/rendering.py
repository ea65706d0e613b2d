"""A page as HTML, and as text for whoever reads no HTML."""

from __future__ import annotations

import re
import textwrap
from functools import cache
from pathlib import Path

import jinja2

from registrar.notify.pages import Page

FOLDER = Path(__file__).parent / "templates"
COLUMNS = 72
_GAPS = re.compile(r"\n{3,}")


def _wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    """Lines of a readable length; what has no spaces, such as an address, is left whole."""
    return textwrap.fill(
        text,
        COLUMNS,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


@cache
def _environment() -> jinja2.Environment:
    """A template that names what is not there fails, instead of leaving a hole."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["wrapped"] = _wrapped
    return made


def html(page: Page) -> str:
    """Everything that is filled in is escaped."""
    return _environment().get_template("letter.html").render(page=page)


def text(page: Page) -> str:
    """At most one empty line at a time."""
    made = _environment().get_template("letter.txt").render(page=page)
    return _GAPS.sub("\n\n", made).strip() + "\n"
