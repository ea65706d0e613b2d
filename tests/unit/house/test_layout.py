"""Rules of the house that break far from where they are broken."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("root", ["src", "workers", "generated"])
def test_registrar_stays_a_namespace(root: str) -> None:
    """An `__init__.py` there would hide the other source roots."""
    assert not (ROOT / root / "registrar" / "__init__.py").exists()


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_requirements_are_hashed_and_name_no_index(name: str) -> None:
    """Every pinned package carries hashes; where it comes from is the installer's business."""
    text = (ROOT / "requirements" / name).read_text()
    pins = [line for line in text.splitlines() if "==" in line]
    assert pins
    assert all(line.endswith("\\") for line in pins)
    assert "://" not in text
    assert "index-url" not in text
