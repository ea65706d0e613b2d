"""The planted faults still apply to the source as it is."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MUTANTS = sorted((ROOT / "tests/faults/mutants").glob("*.patch"))


def test_each_part_that_delivery_rests_on_has_one() -> None:
    """Five of them."""
    names = {one.stem for one in MUTANTS}
    assert names >= {"fence", "gate", "marker", "revision", "verify"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.stem)
def test_a_mutant_applies(mutant: Path) -> None:
    """To the whole of it, without a conflict."""
    done = subprocess.run(  # noqa: S603 - our own files
        ["git", "apply", "--check", mutant],  # noqa: S607 - wherever it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
