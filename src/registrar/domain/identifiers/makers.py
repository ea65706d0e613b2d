"""Manufacturers by id, name or brand, however they are written. Never by a number's length."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

KNOWN: dict[str, tuple[str, ...]] = {
    "acer": (),
    "apple": (),
    "asus": ("asustek",),
    "bsh": ("bosch", "siemens", "neff", "gaggenau", "thermador", "bsh hausgeräte"),
    "canon": (),
    "dell": ("alienware", "dell emc", "dell technologies"),
    "dyson": (),
    "electrolux": ("frigidaire",),
    "ge": ("ge appliances", "general electric", "ge profile", "café", "monogram", "hotpoint"),
    "honeywell": (),
    "hp": ("hp inc", "hewlett-packard", "compaq"),
    "lenovo": ("thinkpad", "thinkcentre", "ideapad"),
    "lg": ("lg electronics",),
    "makita": (),
    "microsoft": ("xbox", "surface"),
    "miele": (),
    "milwaukee": ("milwaukee tool",),
    "nintendo": (),
    "ridgid": (),
    "samsung": ("samsung electronics",),
    "sony": (),
    "whirlpool": ("kitchenaid", "maytag", "amana", "jennair", "whirlpool corporation"),
}
"""Id to names and brands that share its rules; the id is a name too."""


@dataclass(frozen=True, slots=True)
class Maker:
    """`id` is empty where the manufacturer is unknown; `brand` where only the id was said."""

    id: str = ""
    brand: str = ""


def find(manufacturer: str, brand: str = "") -> Maker:
    """By an id, a name or a brand; a brand counts only under the manufacturer it belongs to."""
    found = _BY_NAME.get(squeezed(manufacturer), Maker())
    named = _BY_NAME.get(squeezed(brand), Maker())
    return named if named.id == found.id and named.brand else found


def squeezed(name: str) -> str:
    """Letters and digits only, without accents and case: "Jenn-Air" is "JENNAIR"."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in apart if one.isalnum())


_BY_NAME = {
    squeezed(name): Maker(key, "" if name == key else squeezed(name))
    for key, names in KNOWN.items()
    for name in (key, *names)
}
