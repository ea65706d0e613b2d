"""The manual tier by the command line: the list, the guide, the end, the proof."""

import json
import time
from pathlib import Path

import pytest
from tests.system import System, example, lines

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def handed_over(system: System, number: int) -> str:
    """The id of a registration that waits for a person."""
    item = example(
        number,
        manufacturer_id="milwaukee",
        brand="Milwaukee",
        locale="de",
        product={"serial_number": f"G51AD2115{number:06d}", "model_number": "M18 B5"},
        consents={"terms": True, "data_storage": True},
        allowed_tiers=["FULFILLMENT_TIER_MANUAL_ASSIST"],
    )
    (result,) = system.json("submit", "-", stdin=lines(item))
    assert "response" in result, result
    key: str = result["response"]["registration"]["id"]
    ends = time.monotonic() + 30
    while system.json("get", key)[0]["state"] != "REGISTRATION_STATE_ACTION_REQUIRED":
        assert time.monotonic() < ends
        time.sleep(0.2)
    return key


def test_a_person_is_led_to_the_end(system: System, tmp_path: Path) -> None:
    """In the language of the registration, with a proof that says who said so."""
    key = handed_over(system, 911)
    assert key in [one["id"] for one in system.json("manual", "list")]
    assert "file manually" in system.run("manual", "list").stdout.replace("\n", " ")
    file = tmp_path / "guide.pdf"
    (info,) = system.json("manual", "guide", key, "--output", str(file))
    assert (info["paper"]["language"], file.read_bytes()[:5]) == ("de", b"%PDF-")
    assert file.stat().st_mode & 0o777 == 0o600
    assert {one["language"] for one in info["guide"]["steps"]} == {"de"}
    (english,) = system.json("manual", "guide", key, "--output", str(file), "--language", "en")
    assert english["guide"]["steps"][0]["text"].startswith("Open the Milwaukee site")
    end = ("manual", "done", key, "--reference", "M-5")
    (before,) = system.json(*end, "--dry-run")
    assert before["state"] == "REGISTRATION_STATE_ACTION_REQUIRED"
    (done,) = system.json(*end, "--yes")
    assert (done["state"], done["outcome"]) == (
        "REGISTRATION_STATE_SUCCEEDED",
        "REGISTRATION_OUTCOME_MANUALLY_COMPLETED",
    )
    assert system.json(*end, "--yes") == [done]
    proof = tmp_path / "proof.pdf"
    system.run("proof", key, "--output", str(proof))
    assert proof.read_bytes()[:5] == b"%PDF-"
    beside = json.loads(proof.with_suffix(".json").read_text())
    assert (beside["basis"], beside["registration"]["manufacturer_reference"]) == ("person", "M-5")


def test_a_person_may_give_up(system: System, tmp_path: Path) -> None:
    """It has failed; there is no proof of it, and two words at once are none."""
    key = handed_over(system, 912)
    both = system.run("manual", "done", key, "--give-up", "sold", "--reference", "R", "--yes")
    assert both.returncode == 2
    (failed,) = system.json("manual", "done", key, "--give-up", "sold", "--yes")
    assert failed["state"] == "REGISTRATION_STATE_FAILED"
    refused = system.run("proof", key, "--output", str(tmp_path / "proof.pdf"))
    assert (refused.returncode, "STATE_CONFLICT" in refused.stderr) == (4, True)
    nowhere = tmp_path / "missing" / "guide.pdf"
    assert system.run("manual", "guide", key, "--output", str(nowhere)).returncode == 2
