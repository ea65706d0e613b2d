"""A customer's data by the commands: as a copy, and gone for good."""

import json
import uuid
from pathlib import Path

import pytest
from tests.e2e.test_canaries import CUSTOMER, clear
from tests.system import System, example, lines, running, start

from registrar.testing.proofs import PDF

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
NAMES = ("Xanthippe", "Quackenbosch", "Zwyxel Crescent")


def submitted(system: System, folder: Path) -> list[str]:
    """One with a receipt, one without, one of somebody else."""
    receipt = folder / "receipt.pdf"
    receipt.write_bytes(PDF)
    (proof,) = system.json("proofs", "add", str(receipt))
    items = []
    for number in (1, 2, 3):
        made = example(number)
        if number < 3:
            made |= {"customer": CUSTOMER}
        items.append(made)
    items[0]["purchase"] = items[0]["purchase"] | {"proofs": [proof["id"]]}
    answers = system.json("submit", "-", stdin=lines(*items))
    return [one["response"]["registration"]["id"] for one in answers]


def test_a_customer_is_exported_and_erased(tmp_path: Path) -> None:
    """All of them and nobody else; and who has to be told is said."""
    with running(start(tmp_path)) as system:
        ids = submitted(system, tmp_path)
        assert set(system.settled(ids).values()) == {"SUCCEEDED"}
        mine, other = sorted(ids[:2]), ids[2]
        folder = tmp_path / "copy"
        by_mail = ("--email", CUSTOMER["email"].upper())
        (counts,) = system.json("export", *by_mail, "--output", str(folder))
        assert counts == {"registrations": 2, "files": 1}
        found = {one.stem: json.loads(one.read_text()) for one in folder.glob("*.json")}
        assert sorted(found) == mine
        for one in found.values():
            assert one["registration"]["customer"]["family_name"] == "Quackenbosch"
            assert [event["sequence"] for event in one["events"]][:1] == ["1"]
            assert one["attempts"]
        (receipt,) = folder.glob("*.pdf")
        assert receipt.read_bytes() == PDF
        again = system.run("export", *by_mail, "--output", str(folder))
        assert (again.returncode, "copy" in again.stderr) == (2, True)

        by_name = ("--user-ref", CUSTOMER["user_ref"])
        asked = system.run("erase", *by_name, stdin="n\n")
        assert asked.returncode == 1
        once = str(uuid.uuid4())
        (made,) = system.json("erase", *by_name, "--yes", "--request-id", once)
        assert made["registration_count"] == 2
        told = {(one["manufacturer_id"], one["registration_id"]) for one in made["recipients"]}
        assert told == {("acme", one) for one in mine}
        assert system.json("erase", *by_name, "--yes", "--request-id", once) == [made]
        for one in mine:
            (shown,) = system.json("get", one)
            assert shown["state"] == "REGISTRATION_STATE_SUCCEEDED"
            assert "erase_time" in shown
            assert clear(NAMES, json.dumps(shown).encode()) == []
        (kept,) = system.json("get", other)
        assert "customer" in kept
        said = system.run("erase", *by_name, "--yes")
        assert (said.returncode, "0 registrations erased" in said.stdout) == (0, True)
        for wrong in ((), (*by_name, *by_mail)):
            refused = system.run("erase", *wrong, "--yes")
            assert (refused.returncode, "--user-ref" in refused.stderr) == (2, True)
        assert "erased" in system.run("events", mine[0], "--json").stdout
