"""What the README shows is what happens."""

import json
import re
import subprocess
import sys

import pytest
from tests.system import ROOT, System, example

README = (ROOT / "README.md").read_text(encoding="utf-8")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_client_of_the_readme_works(system: System) -> None:
    """It submits, watches, and sees the end."""
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    line = json.dumps(example(9001))
    done = subprocess.run(  # noqa: S603 - the program of our own README
        [sys.executable, "-c", program, system.ready["grpc"], system.ready["api_key"], line],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("closing")


def test_every_command_of_the_readme_exists() -> None:
    """Of the Makefile and of the command line."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^make (\w+)", README, re.MULTILINE)):
        assert f"\n{target}:" in makefile
    help_text = subprocess.run(
        [sys.executable, "-m", "registrar.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    ).stdout
    for command in set(re.findall(r"`registrar (\w+)`", README)):
        assert command in help_text
