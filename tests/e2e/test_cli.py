"""Every command against the running system."""

import base64
import json
import subprocess
from pathlib import Path

import pytest
from tests.system import REGISTRAR, ROOT, System, clean_environment, example, lines, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def submitted(system: System, number: int) -> str:
    """Accepted, and followed to its end."""
    result, states = system.json("submit", "-", "--wait", stdin=lines(example(number)))
    assert states == {"states": {"REGISTRATION_STATE_SUCCEEDED": 1}}
    registration_id: str = result["response"]["registration"]["id"]
    return registration_id


def test_a_registration_goes_through_and_can_be_looked_at(system: System) -> None:
    """get, list, events, watch, explain; as JSON and for people."""
    key = submitted(system, 1)
    (got,) = system.json("get", key)
    assert got["state"] == "REGISTRATION_STATE_SUCCEEDED"
    assert got["manufacturer_reference"].startswith("ACM-")
    events = system.json("events", key)
    assert [int(one["sequence"]) for one in events] == list(range(1, len(events) + 1))
    watched = system.json("watch", key)
    assert watched[-1]["closing"]["reason"] == "WATCH_CLOSING_REASON_COMPLETE"
    (why,) = system.json("explain", key)
    assert (why["state"], why["summary"]) == ("REGISTRATION_STATE_SUCCEEDED", "It is registered.")
    assert [one["code"] for one in why["attempts"]] == ["ok.registered"]
    assert {one["reason"] for one in why["plan"]} >= {"finished"}
    listed = system.json("list", "--state", "succeeded", "--limit", "5")
    assert key in {one["id"] for one in listed}
    for command in (["get", key], ["events", key], ["explain", key], ["list"], ["watch", key]):
        done = system.run(*command)
        assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


def test_what_is_wrong_is_said_with_its_field_and_an_exit_code(system: System) -> None:
    """1 for a refused registration, 2 for a line that is none, 4 for what the service refuses."""
    bad = example(2, product={"serial_number": "AC99ZZO00002", "model_number": "NV-FR-1000"})
    refused = system.run("submit", "-", stdin=lines(bad))
    assert refused.returncode == 1
    assert "product.serial_number" in refused.stderr
    assert "A letter O may be a figure 0" in refused.stderr
    broken = system.run("submit", "-", stdin='{"no_such_field": 1}\n')
    assert broken.returncode == 2
    assert "line 1" in broken.stderr
    assert system.run("submit", "nowhere.jsonl").returncode == 2
    assert system.run("get", "reg_unknown").returncode == 4
    assert system.run("list", "--state", "happy").returncode == 2
    assert system.run("retry", submitted(system, 3), "--yes").returncode == 4
    assert system.run("get", "reg_unknown", "--address", "127.0.0.1:1").returncode == 3
    wrong = system.run("list", "--api-key", "rgk_dev_x_y")
    assert (wrong.returncode, "API_KEY_INVALID" in wrong.stderr) == (4, True)


def test_a_registration_that_waits_can_be_cancelled(system: System) -> None:
    """Before the manufacturer has it; and the explanation says when it would have been sent."""
    later = example(4, not_before="2026-12-31T00:00:00Z")
    (result,) = system.json("submit", "-", stdin=lines(later))
    key = result["response"]["registration"]["id"]
    (why,) = system.json("explain", key)
    assert why["waiting_for"] == "It may not be sent earlier."
    assert "Stop it: registrar cancel." in why["remedies"]
    said = system.run("explain", key).stdout
    assert "State: WAITING. It waits. It may not be sent earlier." in said
    assert "Route API: will try." in said
    (cancelled,) = system.json("cancel", key, "--yes", "--reason", "sold")
    assert cancelled["state"] == "REGISTRATION_STATE_CANCELLED"


def test_the_routes_are_shown_before_anything_is_stored(system: System) -> None:
    """With the reason of each that is skipped."""
    (checked,) = system.json("submit", "-", "--validate-only", stdin=lines(example(5)))
    plan = checked["response"]["plan"]
    assert plan[0]["tier"] == "FULFILLMENT_TIER_API"
    assert plan[0]["status"] == "PLANNED_TIER_STATUS_WILL_TRY"
    told = system.run("submit", "-", "--validate-only", stdin=lines(example(5)))
    assert (told.returncode, "Route API: will try." in told.stdout) == (0, True)
    assert "0 accepted, 0 refused, 1 checked" in told.stderr
    key = checked["response"]["registration"]["id"]
    assert system.run("get", key).returncode == 4


def test_the_manufacturers_are_listed_with_their_evidence(system: System) -> None:
    """And the service is well."""
    routes = system.json("connectors", "list")
    audiences = [one["audience"] for one in routes if one["manufacturer_id"] == "samsung"]
    assert audiences == ["business", "consumer", "anyone"]
    (shown,) = system.json("connectors", "show", "acme")
    assert shown["fictitious"] is True
    mine = [one for one in routes if one["manufacturer_id"] == "acme"]
    # A circuit is looked at anew each time.
    seen = [one.pop("circuit", None) is not None for one in (*mine, *shown["connectors"])]
    assert seen == 2 * [one.get("enabled", False) for one in mine]
    assert shown["connectors"] == mine
    (doctor,) = system.json("doctor")
    assert set(doctor["checks"].values()) == {"SERVING", "valid"}
    (probed,) = system.json("doctor", "--health", "--api-key", "")
    assert set(probed["checks"].values()) == {"SERVING"}
    assert system.json("version")[0]["registrar"]
    for command in (
        ["connectors", "list"],
        ["connectors", "show", "acme"],
        ["doctor"],
        ["version"],
    ):
        assert system.run(*command).returncode == 0


def test_a_stopped_system_leaves_nothing_behind_and_starts_again(tmp_path: Path) -> None:
    """Exit code 0 within 15 seconds; the key and the registrations are still there."""
    first = start(tmp_path)
    members = first.members()
    key = submitted(first, 5)
    assert len(members) >= 5
    assert first.stop() == 0
    assert not [pid for pid in members if Path(f"/proc/{pid}").exists()]
    second = start(tmp_path)
    assert second.ready["api_key"] == first.ready["api_key"]
    assert second.json("get", key)[0]["state"] == "REGISTRATION_STATE_SUCCEEDED"
    assert second.stop() == 0


def test_the_demo_loses_nothing(tmp_path: Path) -> None:
    """A short one, on a bad day: a summary in the last line, and something to look at."""
    head = (ROOT / "examples" / "registrations.jsonl").read_text(encoding="utf-8").splitlines()[:40]
    file = tmp_path / "few.jsonl"
    file.write_text("\n".join(head), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own program
        [*REGISTRAR, "demo", str(file), "--keep", str(tmp_path / "kept"), "--json"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["submitted"], summary["lost"], summary["duplicates"]) == (40, 0, 0)
    kept = (tmp_path / "kept").iterdir()
    starts = {one.name.partition("-")[2]: one.read_bytes()[:4] for one in kept}
    assert starts.pop("form.jpg") == b"\xff\xd8\xff\xe0"
    assert set(starts.values()) == {b"%PDF"}


KEY = {"REGISTRAR_ROOT_KEY": base64.b64encode(bytes(32)).decode()}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "REGISTRAR_ROOT_KEY"),
        ({"REGISTRAR_ROOT_KEY": "short"}, "REGISTRAR_ROOT_KEY"),
        ({"REGISTRAR_DATABASE_URL": "mysql://x"}, "REGISTRAR_DATABASE_URL"),
        ({"REGISTRAR_REDIS_URL": "x"}, "REGISTRAR_REDIS_URL"),
        ({"REGISTRAR_ARTIFACT_DAYS": '{"screenshot": 0}'}, "REGISTRAR_ARTIFACT_DAYS"),
        ({"REGISTRAR_ARTIFACT_DAYS": '{"hologram": 9}'}, "REGISTRAR_ARTIFACT_DAYS"),
        (KEY | {"REGISTRAR_ARTIFACTS_URL": "s3://bucket/folder"}, "artifacts_url: Install s3fs"),
        (KEY | {"REGISTRAR_ARTIFACTS_URL": "nothing://x"}, "artifacts_url: Protocol not known"),
        ({"REGISTRAR_WORKER_THREADS": "many"}, "REGISTRAR_WORKER_THREADS"),
        (
            KEY | {"REGISTRAR_BROWSER": "/no/such/program"},
            "browser: /no/such/program is no program",
        ),
        ({"REGISTRAR_DATABSE_URL": "sqlite:///x"}, "no such setting: REGISTRAR_DATABSE_URL"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(settings: dict[str, str], said: str) -> None:
    """With exit code 2, before anything is opened."""
    done = subprocess.run(  # noqa: S603 - our own program
        [*REGISTRAR, "dispatch"],
        env=clean_environment() | settings,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr


def test_whoever_fills_forms_needs_a_browser_of_its_own() -> None:
    """Said at the start, by the name of the setting."""
    done = subprocess.run(  # noqa: S603 - our own program
        [*REGISTRAR, "work", "--queue", "browser"],
        env=clean_environment() | KEY | {"REGISTRAR_BROWSER": "elsewhere"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert (done.returncode, done.stderr.partition("browser: ")[2]) == (
        2,
        "whoever fills forms needs one of its own\n",
    )
