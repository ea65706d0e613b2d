"""Every library that is shipped with us may be, beside an Apache-2.0 work."""

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ALLOWED = {
    "Apache": r"Apache",
    "MIT": r"\bMIT\b|\bMIT-0\b",
    "BSD": r"BSD|Redistribution and use in source and binary forms",
    "ISC": r"\bISC",
    "PSF": r"PSF|Python Software Foundation",
    "MPL": r"MPL|Mozilla Public License 2",
    "Unlicense": r"Unlicense",
    # Of fonts: they may be bundled, and a document that embeds one stays its author's.
    "OFL": r"\bOFL-1\.1\b",
    # Imported as it is, and exchangeable by whoever installs it: all that it asks for.
    "LGPL": r"LGPL|Lesser General Public License",
}
ELSEWHERE = {"async-timeout", "colorama", "pywin32", "tzdata"}
"""Only installed on other systems or older Pythons."""


def shipped() -> list[str]:
    """The libraries of the lock that a user installs."""
    text = (ROOT / "requirements" / "base.txt").read_text()
    return re.findall(r"^([a-z0-9_.\-]+)(?:\[.*?\])?==", text, re.MULTILINE)


def licence(name: str) -> str:
    """As its metadata has it, in whichever of three ways."""
    found = metadata.metadata(name)
    classified = [one for one in found.get_all("Classifier") or [] if one.startswith("License")]
    named = [found[key] for key in ("License-Expression", "License") if key in found]
    return " ".join([*named, *classified])


def test_there_are_libraries() -> None:
    """The test below is not about nothing."""
    assert {"dramatiq", "grpcio", "sqlalchemy"} <= set(shipped())


@pytest.mark.parametrize("name", [one for one in shipped() if one not in ELSEWHERE])
def test_a_library_has_a_licence_that_fits(name: str) -> None:
    """And none that would pass to our users what they did not choose."""
    text = licence(name)
    assert any(re.search(pattern, text) for pattern in ALLOWED.values()), text
    assert not re.search(r"AGPL|Affero|(?<!L)GPL-|SSPL|Commons Clause", text)
