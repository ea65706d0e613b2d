"""The guide for authors of connectors: whoever follows it word for word arrives where it says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.system import ROOT, clean_environment

GUIDE = ROOT / "docs" / "connectors" / "guide.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?( \(continued\))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT_CODE = re.compile(r"\(exit code (\d+)\)")
SECONDS = 200
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True, slots=True)
class Block:
    """One of the page: a part of a file, or commands with lines of what they print."""

    language: str
    file: str
    continued: bool
    text: str


def blocks() -> list[Block]:
    """In their order."""
    found = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    return [Block(language, file, bool(more), text) for language, file, more, text in found]


def steps(text: str) -> Iterator[tuple[str, list[str], int]]:
    """Of a console: command, lines that it prints, exit code."""
    for part in text.removeprefix("$ ").split("\n$ "):
        command, *lines = part.strip().splitlines()
        codes = [int(one) for line in lines for one in EXIT_CODE.findall(line)]
        yield command, [one for one in lines if not EXIT_CODE.fullmatch(one)], sum(codes)


def written(block: Block, folder: Path) -> None:
    """A whole file, or a part that goes to its end."""
    path = folder / block.file
    assert path.is_file(), f"{block.file}: nothing that was there before"
    before = path.read_text(encoding="utf-8") if block.continued else ""
    path.write_text(before + block.text, encoding="utf-8")


def run(text: str, folder: Path) -> None:
    """Every command of a console; what the page says of its output must be there."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = clean_environment() | {"PATH": programs, "COLUMNS": "4000"}
    for command, lines, code in steps(text):
        done = subprocess.run(  # noqa: S602 - the commands of our own page, as a reader types them
            command,
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{command}: {said}"
        assert [one for one in lines if one not in said] == [], f"{command}: {said}"


def test_the_guide_leads_from_nothing_to_a_grade(tmp_path: Path) -> None:
    """Every file is written and every command run, in an empty folder."""
    found = blocks()
    for block in found:
        if block.language == "console":
            run(block.text, tmp_path)
        else:
            written(block, tmp_path)
    assert len(found) > 10


def test_everything_that_looks_like_a_block_is_one() -> None:
    """Nothing on the page escapes the test by the way it is written."""
    text = GUIDE.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(blocks())
    assert all(block.file for block in blocks() if block.language != "console")
    assert {block.language for block in blocks()} == {"console", "yaml", "python"}
