"""Files from the command line, against a running system."""

from pathlib import Path

import pytest
from tests.system import System, example, lines

from registrar.testing.proofs import PDF, PNG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CANARY = b"Quagmire Lane 17"
NAMELESS = CANARY + b"\x00" * 3_000_000


def state_folder(system: System) -> dict[Path, bytes]:
    """Every file of the running system: database, log, artifacts."""
    command = [str(one) for one in system.process.args]  # type: ignore[union-attr]  # it is a list
    folder = Path(command[command.index("--state-dir") + 1])
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in found}


def test_a_proof_is_added_named_and_fetched(system: System, tmp_path: Path) -> None:
    """As it was, and nowhere in the clear; a file that is there already is left alone."""
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(PDF + NAMELESS)
    (proof,) = system.json("proofs", "add", str(receipt))
    size = str(len(PDF) + len(NAMELESS))
    assert (proof["media_type"], proof["size"]) == ("application/pdf", size)
    bought = example(810_001)["purchase"] | {"proofs": [proof["id"]]}
    (result,) = system.json("submit", "-", stdin=lines(example(810_001, purchase=bought)))
    key = result["response"]["registration"]["id"]
    (listed,) = system.json("artifacts", "list", key)
    assert (listed["id"], listed["registration_id"]) == (proof["id"], key)
    table = system.run("artifacts", "list", key).stdout.replace("│", " ").split()
    assert {proof["id"], "purchase", "bytes", "until"} <= set(table)
    written = state_folder(system)
    assert any(proof["id"] in str(path) for path in written)
    assert [path for path, data in written.items() if CANARY in data or b"%PDF-1." in data] == []
    fetched = tmp_path / "fetched.pdf"
    get = ("artifacts", "get", proof["id"], "--output", str(fetched))
    assert system.json(*get) == [listed]
    assert fetched.read_bytes() == PDF + NAMELESS
    assert system.run(*get).returncode == 2
    assert system.run(*get, "--force").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fetched.pdf", "receipt.pdf"]


def test_what_is_no_proof_is_refused_by_its_content(system: System, tmp_path: Path) -> None:
    """A name is only a guess, and may be overruled."""
    odd = tmp_path / "receipt.pdf"
    odd.write_bytes(PNG)
    refused = system.run("proofs", "add", str(odd))
    assert (refused.returncode, "This is no" in refused.stderr) == (4, True)
    (made,) = system.json("proofs", "add", str(odd), "--media-type", "image/png")
    assert made["kind"] == "ARTIFACT_KIND_PROOF_OF_PURCHASE"
    assert system.run("proofs", "add", str(tmp_path / "nothing.pdf")).returncode == 2


def test_what_is_not_there_is_not_written(system: System, tmp_path: Path) -> None:
    """Neither whole nor in part."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        get = ("artifacts", "get", "art_unknown", "--output", str(folder / "file"))
        assert system.run(*get).returncode == (4 if folder == tmp_path else 2)
    assert list(tmp_path.iterdir()) == []
    assert system.run("artifacts", "list", "reg_unknown").returncode == 4
