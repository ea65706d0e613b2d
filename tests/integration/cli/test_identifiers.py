"""`registrar identifiers inspect`: offline, one line an answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from registrar.cli import output
from registrar.cli.main import build

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "identifiers.csv"


def run(*arguments: str, stdin: bytes = b"") -> Result:
    """The command, in this process."""
    app = build("identifiers")
    return CliRunner().invoke(app, ["identifiers", "inspect", *arguments], input=stdin)


def answers(result: Result) -> list[dict[str, Any]]:
    """Its lines; the command must have succeeded."""
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_value_is_answered_with_candidates_and_other_forms() -> None:
    """All that is known, in one line."""
    (tag,) = answers(run("DELL", "service_tag", "jq4m8n2", "--json"))
    assert tag == {
        "manufacturer": "DELL",
        "kind": "service_tag",
        "value": "jq4m8n2",
        "valid": True,
        "normalized": "JQ4M8N2",
        "candidates": [],
        "derived": {"express_service_code": "42938741054"},
        "hints": [],
    }
    (fd,) = answers(run("Siemens", "fd", "8308", "--json"))
    assert fd["candidates"] == [{"year": 2003, "month": 8, "confidence": 0.9, "rule": "bsh.fd"}]
    (apple,) = answers(run("apple", "serial", "C02XG1D8JK78", "--json"))
    assert apple["candidates"][0]["week"] == 39


def test_a_value_that_is_not_valid_is_an_answer_too() -> None:
    """Exit code 0; null where no rule can say."""
    (imei,) = answers(run("any", "imei", "490154203237517", "--json"))
    assert imei["valid"] is False
    (unknown,) = answers(run("nobody", "serial", "AB12", "--json"))
    assert unknown["valid"] is None


def test_a_file_is_answered_row_by_row() -> None:
    """From a path and from standard input, with and without a byte order mark and brands."""
    all_of_them = answers(run("--file", str(PUBLISHED), "--json"))
    assert len(all_of_them) == 106
    assert (
        answers(run("--file", "-", stdin=b"\xef\xbb\xbf" + PUBLISHED.read_bytes())) == all_of_them
    )
    three = b'value,kind,manufacturer\r\n"0ABC123",service_tag,dell\r\n'
    assert [one["valid"] for one in answers(run("--file", "-", stdin=three))] == [True]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"manufacturer,kind\ndell,serial\n", "line 1: there is no column value"),
        (b"", "line 1: there is no column kind, manufacturer, value"),
        (b"manufacturer,kind,value\ndell,serial,A\ndell,serial\n", "line 3: not as many fields"),
        (b"manufacturer,kind,value\ndell,serial,A,B\n", "line 2: not as many fields"),
        (b"manufacturer,kind,value\ndell,serial,\xff\n", "line 2: this is not UTF-8"),
        (b'manufacturer,kind,value\ndell,serial,"A"B\n', "line 2:"),
        (b'manufacturer,kind,value\ndell,serial,A\ndell,serial,"A\n', "line 3:"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(data: bytes, reason: str) -> None:
    """Exit code 2, and no answer at all."""
    result = run("--file", "-", stdin=data)
    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [(), ("dell",), ("dell", "serial"), ("dell", "serial", "A", "--file", "-")],
)
def test_either_one_value_or_a_file_is_asked_for(arguments: tuple[str, ...]) -> None:
    """Not both, and not half."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "give MANUFACTURER KIND VALUE" in result.stderr


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Exit code 2."""
    result = run("--file", str(tmp_path / "none.csv"))
    assert result.exit_code == 2
    assert "No such file" in result.stderr


def test_people_get_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal; what was typed is no markup."""
    monkeypatch.setattr(output, "out", Console(force_terminal=True, width=200))
    shown = run("bosch", "fd", "[bold]8308").stdout
    assert "[bold]8308" in shown
    shown = run("bosch", "fd", "8308").stdout
    assert "2003-08 (90%)" in shown
    assert "normalized" not in shown
    assert "normalized JQ4M8N2" in run("dell", "serial", "jq4m8n2").stdout
    assert "week 39" in run("apple", "serial", "C02XG1D8JK78").stdout
    assert run("bosch", "fd", "8308", "--json").stdout.startswith("{")
