"""Exemptions, grades, the scorecard, the command and the plug-in."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from tests.integration.conformance.planted import copied, judged, violation
from tests.manifests import hammer
from typer.testing import CliRunner
from typer.testing import Result as Ran

from registrar.cli import main
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.domain.errors import ConfigurationError
from registrar.testing.conformance import runner, scenarios, scorecard
from registrar.testing.conformance.checks import ALL
from registrar.testing.conformance.report import Card, Grade, Result, Status, graded
from registrar.testing.conformance.scenarios import Exemption

EXEMPTION = Exemption(15, "The manufacturer will announce the header.", date(2027, 1, 31))
LONG = "{check: 1, reason: It will be so for a long time, until: 2999-01-01}"
FAILED = Result(15, "Retry-After", Status.FAILED, "it is not read")


def results(**other: Status) -> list[Result]:
    """All passed, but for these: `_7=Status.FAILED`."""
    return [
        Result(one.id, one.name, other.get(f"_{one.id}", Status.PASSED), "because") for one in ALL
    ]


def test_there_are_25_checks() -> None:
    """By number."""
    assert [one.id for one in ALL] == list(range(1, 26))


@pytest.mark.parametrize(
    ("found", "grade"),
    [
        (results(), Grade.GOLD),
        (results(_25=Status.FAILED), Grade.SILVER),
        (results(_14=Status.FAILED), Grade.BRONZE),
        (results(_13=Status.FAILED, _14=Status.PASSED), Grade.NONE),
        (results(_13=Status.NOT_APPLICABLE, _20=Status.NOT_APPLICABLE), Grade.GOLD),
        (results(**{f"_{n}": Status.NOT_APPLICABLE for n in range(14, 26)}), Grade.BRONZE),
        (results(**{f"_{n}": Status.NOT_APPLICABLE for n in range(1, 26)}), Grade.NONE),
    ],
)
def test_a_grade_follows_from_the_results(found: list[Result], grade: Grade) -> None:
    """Up to the first level that fails, or of which nothing applies."""
    assert graded(found) is grade


def test_a_person_s_route_needs_no_grade() -> None:
    """A failure is a failure all the same."""
    card = Card(
        "miele", "1", tuple(results(**{f"_{n}": Status.NOT_APPLICABLE for n in range(8, 26)}))
    )
    assert not card.enough(Grade.SILVER)
    assert replace(card, automatic=False).enough(Grade.SILVER)
    failing = Card("miele", "1", tuple(results(_1=Status.FAILED)), automatic=False)
    assert not failing.enough(Grade.SILVER)


def test_an_exemption_lets_a_failure_by_until_its_day() -> None:
    """It is shown, with what it lets by."""
    made = runner.exempted(FAILED, EXEMPTION, date(2027, 1, 31))
    assert made.status is Status.NOT_APPLICABLE
    said = "exempted until 2027-01-31: The manufacturer will announce the header. (it is not read)"
    assert made.reason == said


def test_an_expired_exemption_is_a_failure() -> None:
    """Also of a check that passes by now."""
    for result in (FAILED, replace(FAILED, status=Status.PASSED)):
        made = runner.exempted(result, EXEMPTION, date(2027, 2, 1))
        assert made.status is Status.FAILED
        assert made.reason.startswith("its exemption ended on 2027-01-31")


def test_an_exemption_that_nothing_needs_is_a_failure() -> None:
    """It would hide the next failure."""
    made = runner.exempted(replace(FAILED, status=Status.PASSED), EXEMPTION, date(2027, 1, 1))
    assert (made.status, made.reason) == (Status.FAILED, "it needs no exemption: passed")


async def test_an_exemption_stands_in_the_scenarios(tmp_path: Path) -> None:
    """Of a rule that has no scenario."""
    exemption = {"check": 10, "reason": "Nobody knows how to reach it.", "until": "2027-06-30"}

    def change(data: dict[str, object]) -> None:
        data["rows"] = []
        data["exemptions"] = [exemption]

    found = runner.subject(copied(tmp_path, "acme", scenarios=change))
    assert (await judged(10, found)).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("record: {}\nrecords: []\n", "$: Additional properties are not allowed"),
        ("record: {product: {serial: A1}}\nvalid: [{name: a, record: []}]\n", "is not of type"),
        ("record: {}\nexemptions: [{check: 1, reason: short, until: 2027-01-01}]\n", "too short"),
        (f"record: {{}}\nexemptions: [{LONG}]\n", "is more than a year ahead"),
        ("record: {}\n" + "# a line\n" * 400, "has more than 400 lines"),
        ("record: {\n", "expected"),
    ],
)
def test_scenarios_with_a_problem_are_refused_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    """File, line, path."""
    (tmp_path / scenarios.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"^scenarios.yaml:\d+: ") as refused:
        scenarios.load(tmp_path)
    assert said in str(refused.value)


def test_scenarios_lie_over_the_defaults() -> None:
    """Null takes away what stands below."""
    below = {"a": 1, "b": {"c": 2, "d": 3}, "e": [1]}
    above = {"b": {"c": None}, "e": [], "f": 4}
    assert scenarios.merged(below, above) == {"a": 1, "b": {"d": 3}, "e": [], "f": 4}


def test_a_default_may_be_taken_away(tmp_path: Path) -> None:
    """By its name."""
    text = "record: {product: {serial_number: A1}}\nrefused: {no name: null}\n"
    (tmp_path / scenarios.FILE).write_text(text, encoding="utf-8")
    names = {one.name for one in scenarios.load(tmp_path).invalid}
    assert "no name" not in names
    assert "no e-mail address" in names


def test_the_scorecard_shows_grades_and_reasons() -> None:
    """No times, so that it changes only with what it says."""
    card = Card("acme", "3", tuple(results(_16=Status.NOT_APPLICABLE, _25=Status.FAILED)))
    page = scorecard.page([card])
    assert "| acme | 3 | silver | 13 of 13 | 6 of 6 | 4 of 5 |" in page
    assert "| 25. a pinned older version still passes | **no** |" in page
    assert "- 16, acme: because\n- 25, acme: because\n" in page


def by_hand(tmp_path: Path, **record: object) -> Path:
    """The folder of a manufacturer without an API."""
    folder = hammer(tmp_path) / "hammer"
    product = {"serial_number": "HM12345678", "model_number": "HM-1", **record}
    text = yaml.safe_dump({"record": {"brand": "Hammer", "product": product}})
    (folder / scenarios.FILE).write_text(text, encoding="utf-8")
    return folder


async def test_a_manufacturer_without_an_api_is_asked_little(tmp_path: Path) -> None:
    """What does not apply says why; what is left is bronze."""
    card = await runner.examined(by_hand(tmp_path))
    passed = [one.id for one in card.results if one.status is Status.PASSED]
    reasons = {one.reason for one in card.results if one.status is Status.NOT_APPLICABLE}
    assert (card.failed, passed, card.grade) == ((), [1, 5, 7], Grade.BRONZE)
    assert reasons == {"there is no API", "there is no web form", "there is no older version"}
    assert not card.automatic


async def test_a_guide_without_its_link_fails_check_5(tmp_path: Path) -> None:
    """The link needs a model, and the valid record has none."""
    found = runner.subject(by_hand(tmp_path, model_number=None))
    assert await violation(5, found) == "valid record plain: no link"


def registrar(*arguments: str) -> Ran:
    """The command in this process."""
    return CliRunner().invoke(main.build("connectors"), ["connectors", *arguments])


def broken(tmp_path: Path) -> Path:
    """A folder of one manufacturer whose field matrix is another one."""
    return copied(tmp_path, "acme", scenarios=lambda one: one["asks"].pop("sent")).parent


@pytest.mark.slow
def test_the_command_says_one_json_object_a_manufacturer(tmp_path: Path) -> None:
    """With grade and checks; exit code 1 for a failed check."""
    ran = registrar("test", "acme", "--json", "--folder", str(broken(tmp_path)))
    card = json.loads(ran.stdout)
    assert (ran.exit_code, card["id"], card["grade"]) == (1, "acme", "none")
    assert {one["id"]: one["status"] for one in card["checks"]}[4] == "failed"
    assert set(card["checks"][0]) == {"id", "name", "level", "status", "reason", "seconds"}


@pytest.mark.slow
def test_the_command_needs_a_grade(tmp_path: Path) -> None:
    """Exit code 0 where it is reached; the page is written."""
    page = tmp_path / "page.md"
    folder = copied(tmp_path, "samsung").parent
    arguments = ["--all", "--need", "silver", "--folder", str(folder), "--scorecard", str(page)]
    ran = registrar("test", *arguments)
    assert ran.exit_code == 0, ran.output
    assert "samsung: gold" in ran.stdout
    version = yaml.safe_load((folder / "samsung" / "manifest.yaml").read_text("utf-8"))["version"]
    assert f"| samsung | {version} | gold |" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [[], ["acme", "--all"], ["nobody"], ["acme", "--scorecard", "page.md"]]
)
def test_wrong_usage_is_told(arguments: list[str]) -> None:
    """Exit code 2."""
    assert registrar("test", *arguments).exit_code == 2


def test_the_field_matrix_can_be_asked_for() -> None:
    """As scenarios.yaml has it."""
    ran = registrar("asks", str(PACKAGED / "samsung"))
    assert yaml.safe_load(ran.stdout)["asks"]["required"] == ["idempotency_key"]


@pytest.mark.slow
def test_a_repository_of_connectors_needs_one_line(tmp_path: Path) -> None:
    """Its scenarios are tests: passed, skipped with a reason, or failed with one."""
    folder = broken(tmp_path)
    line = 'pytest_plugins = ["registrar.testing.conformance.plugin"]\n'
    (folder / "conftest.py").write_text(line, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", str(folder), "-q", "-rs", "-m", "bronze"]
    ran = subprocess.run(  # noqa: S603 - our own command
        [*command, "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert "acme, check 4: asks: " in ran.stdout
    assert "no field goes through a function" in ran.stdout
    assert "1 failed, 11 passed, 1 skipped, 12 deselected" in ran.stdout
