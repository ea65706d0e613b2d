"""The commands of the page about keys at rest, as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from registrar.testing.softhsm import module

PAGE = Path(__file__).parents[3] / "docs" / "keys-at-rest.md"
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
ROLLED = re.findall(r"`(\(umask 077; \{ .*?\))`", PAGE.read_text(encoding="utf-8"))


def blocks_with(*words: str) -> list[str]:
    """In their order."""
    return [block for block in BLOCKS if any(word in block for word in words)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("commands", "key"),
    [
        (blocks_with("REGISTRAR_ROOT_KEY=", "a try"), "[0-9a-f]{16}"),
        (blocks_with('"file:', "a try"), "2026"),
        ([*blocks_with('"file:'), *ROLLED, *blocks_with("a try")], "2027"),
        (blocks_with("softhsm2-util", "a try"), "kek-2026"),
    ],
)
def test_the_commands_make_a_key_that_wraps(tmp_path: Path, commands: list[str], key: str) -> None:
    """In a new folder; the last of them says its name."""
    assert len(commands) >= 2
    program = "\n".join(["set -e", *commands]).replace("/usr/lib/softhsm/libsofthsm2.so", module())
    done = subprocess.run(  # noqa: S603 - of our own page
        ["bash", "-c", program],  # noqa: S607 - where the system has it
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(key, done.stdout.splitlines()[-1])
