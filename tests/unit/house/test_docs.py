"""Pages that name a test, or another page, name one that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
TEST = re.compile(r"`(tests/[\w/.-]+)`")
LINK = re.compile(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    """A claim whose test was moved or dropped is a claim without one."""
    text = page.read_text(encoding="utf-8")
    named = [ROOT / one for one in TEST.findall(text)]
    named += [page.parent / one for one in LINK.findall(text)]
    assert [str(one) for one in named if not one.exists()] == []


def test_the_page_of_security_names_tests() -> None:
    """So many rows, each with one."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d+\.\d+\.\d+.*\|$", text, re.MULTILINE)
    assert len(rows) > 20
    assert all(TEST.search(row) for row in rows)
