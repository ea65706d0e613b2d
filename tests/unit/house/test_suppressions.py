"""What is suppressed says why, at least where its kind first stands in a file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = [
    path
    for root in ("src", "workers", "tests", "benchmarks", "examples", "deploy")
    for path in sorted((ROOT / root).rglob("*.py"))
]
SUPPRESSED = re.compile(
    r"# (?:ruff: )?(?:noqa: (?P<rules>[A-Z0-9]+(?:, [A-Z0-9]+)*)"
    r"|type: ignore\[(?P<kinds>[a-z, -]+)\])(?P<rest>.*)"
)


def unreasoned(text: str) -> Iterator[str]:
    """Those of a file, by line."""
    known: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        rest = line
        while found := SUPPRESSED.search(rest):
            codes = set(re.findall(r"[\w-]+", found["rules"] or found["kinds"]))
            rest = found["rest"]
            if re.sub(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])", "", rest).strip(" #-"):
                known |= codes
            elif not codes <= known:
                yield f"{number}: {line.strip()}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_suppression_has_its_reason(path: Path) -> None:
    """On its line; the next of its kind in the same file may rely on the first."""
    assert list(unreasoned(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 1  # noqa: E501", 1),
        ("a = 1  # noqa: E501 - a table", 0),
        ("a = 1  # noqa: E501 - a table\nb = 2  # noqa: E501", 0),
        ("a = 1  # noqa: E501 - a table\nb = 2  # noqa: E501, S105", 1),
        ("a = 1  # type: ignore[arg-type]", 1),
        ("a = 1  # type: ignore[arg-type]  # theirs", 0),
        ("a = 1  # type: ignore[arg-type]  # noqa: E501", 2),
        ("a = 1  # type: ignore[arg-type]  # noqa: E501 - a table", 0),
    ],
)
def test_the_rule_can_be_broken(text: str, found: int) -> None:
    """By a kind without a reason."""
    assert len(list(unreasoned(text))) == found
