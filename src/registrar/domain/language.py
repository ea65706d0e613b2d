"""The languages that papers for people are written in."""

from __future__ import annotations

SPOKEN = ("en", "de", "fr", "es")
"""ISO 639-1. The first is what a person gets whose own is not among them."""


def spoken(locale: str) -> str:
    """The one that serves a BCP 47 tag best: `fr-CA` is served by `fr`, `pl` by English."""
    primary = locale.replace("_", "-").split("-")[0].lower()
    return primary if primary in SPOKEN else SPOKEN[0]
