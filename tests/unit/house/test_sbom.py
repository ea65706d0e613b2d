"""`make sbom` lists what is shipped, and nothing else."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.house.test_licences import ROOT, shipped


@pytest.mark.slow
def test_all_that_is_shipped_is_listed_with_its_hashes(tmp_path: Path) -> None:
    """By the command of the Makefile; a scanner finds each by its package URL."""
    recipe = re.search(r"cyclonedx-py (.+?) -o ", (ROOT / "Makefile").read_text(), re.DOTALL)
    assert recipe is not None
    arguments = shlex.split(recipe[1].replace("\\\n", " "))
    made = tmp_path / "sbom.json"
    program = Path(sys.prefix, "lister", "bin", "cyclonedx-py")
    subprocess.run(  # noqa: S603 - our own program and options
        [str(program), *arguments, "-o", str(made)], cwd=ROOT, check=True, capture_output=True
    )
    found = json.loads(made.read_text())
    assert found["metadata"]["component"]["name"] == "registrar"
    assert {one["name"] for one in found["components"]} == set(shipped())
    for one in found["components"]:
        assert one["purl"].startswith(f"pkg:pypi/{one['name']}@{one['version']}")
        hashes = [known for link in one["externalReferences"] for known in link["hashes"]]
        assert {known["alg"] for known in hashes} == {"SHA-256"}
