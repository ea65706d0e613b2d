"""Mutants: a guarantee taken out of a throw-away copy of the sources, to see that it is missed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WORLD, SCOPE = "tests/property/test_delivery_world.py", "tests/property/test_small_scope.py"
"""The model check: every order of what happens to one registration, without a storm's luck."""
ROOT = Path(__file__).parents[3]
PATCHES = Path(__file__).parents[1] / "mutants"
SOURCES = ("src", "workers")


class NoMutant(ValueError):
    """There is no such patch, or it does not fit the sources."""


def known() -> list[str]:
    """Their names."""
    return sorted(path.stem for path in PATCHES.glob("*.patch"))


def made(name: str, folder: Path) -> str:
    """The PYTHONPATH under which processes run the mutant; the checkout stays as it is."""
    patch = PATCHES / f"{name}.patch"
    if not patch.is_file():
        raise NoMutant(f"{name}: one of {', '.join(known())} is needed")
    for source in SOURCES:
        copied = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, folder / source, ignore=copied)
    done = subprocess.run(  # noqa: S603 - our own patch, and the program that made it
        ["git", "apply", "--whitespace=nowarn", str(patch)],  # noqa: S607 - wherever it is
        cwd=folder,
        # Within a repository it would leave out, without a word, what is not that repository's.
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoMutant(f"{name}: {done.stderr.strip()}")
    return os.pathsep.join(str(folder / source) for source in SOURCES)


def missed(python_path: str, *tests: str) -> str:
    """The first of these tests that the mutant fails; empty where it passes all."""
    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": python_path, "HYPOTHESIS_PROFILE": "verdict"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    if done.returncode and not found:
        raise NoMutant(f"the model check did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found[1] if found else ""
