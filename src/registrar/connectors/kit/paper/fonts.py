"""The fonts of the papers: the same ones wherever it runs, from wheels, all under the OFL.

They cover Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai, Chinese, Japanese and Korean.
The system's own are not used: a guide would look otherwise on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGES = {
    "fontpkg_noto_sans": "Noto Sans",
    "fontpkg_noto_sans_arabic": "Noto Sans Arabic",
    "fontpkg_heebo": "Heebo",
    "fontpkg_noto_sans_devanagari": "Noto Sans Devanagari",
    "fontpkg_noto_sans_thai": "Noto Sans Thai",
}
"""Package to family, in the order in which a letter is looked for."""
CJK_PACKAGE = "noto_cjk_sans_otc"
CJK = {"CN": "SC", "SG": "SC", "TW": "TC", "HK": "HK", "MO": "HK", "KR": "KR"}
"""The same character is written otherwise from country to country; elsewhere as in Japan."""


def folders() -> list[Path]:
    """Where the font files are."""
    specs = (find_spec(one) for one in (*PACKAGES, CJK_PACKAGE))
    return [Path(one.origin).parent for one in specs if one is not None and one.origin]


def families(country: str) -> Sequence[str]:
    """For a person in this country, ISO 3166-1 alpha-2."""
    return *PACKAGES.values(), f"Noto Sans CJK {CJK.get(country, 'JP')}"
