"""Mutants: a guarantee taken out of a throw-away copy of the sources, to see that it is missed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

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
