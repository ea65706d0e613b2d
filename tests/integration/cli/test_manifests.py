"""`registrar connectors lint`, `schema`, `fields`, `functions`: offline."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from registrar.cli.main import build
from registrar.connectors.kit import reading
from registrar.connectors.kit.catalogue import PACKAGED

DOCS = Path(__file__).parents[3] / "docs" / "connectors"


def run(*arguments: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(build("connectors"), ["connectors", *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The packaged manufacturers, of which acme has two faults."""
    made = tmp_path / "manufacturers"
    shutil.copytree(PACKAGED, made)
    path = made / "acme" / "manifest.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("to: product.name, most: 256", "to: brand, with: [shout]")
    path.write_text(text, encoding="utf-8")
    return made


def test_the_packaged_manifests_are_right() -> None:
    """Without a folder they are meant."""
    result = run("lint")
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"{len(reading.files(PACKAGED))} checked, 0 wrong" in result.stderr


def test_every_fault_is_told_with_its_place(folder: Path) -> None:
    """As compilers do, so that editors can follow."""
    result = run("lint", str(folder))
    file = folder / "acme" / "manifest.yaml"
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            f"{file}:37: $.tiers.api.fields[4].with[0]: no function shout",
            f"{file}:37: $.tiers.api.fields[4].to: brand: a second field of this target",
        ],
    )
    assert f"{len(reading.files(PACKAGED))} checked, 1 wrong" in result.stderr


def test_faults_are_json_lines_for_programs(folder: Path) -> None:
    """One a fault; several folders, also those of one manufacturer."""
    result = run("lint", str(folder / "samsung"), str(folder / "acme"), "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == {
        "file": str(folder / "acme" / "manifest.yaml"),
        "line": 37,
        "path": "$.tiers.api.fields[4].with[0]",
        "message": "no function shout",
    }
    assert second["line"] == 37


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("identity: [\n", ":2: $: "),
        ("a: 1\na: 2\n", ":2: $: a twice"),
        ("a: 1\nb: &b {c: [*b]}\n", ":2: $: holds itself"),
        ("a: \x00", ":1: $: unacceptable character"),
        ("[]\n", ":1: $: [] is not of type 'object'"),
    ],
)
def test_what_is_no_manifest_is_a_fault(tmp_path: Path, text: str, said: str) -> None:
    """With the line where reading ended."""
    (tmp_path / "manifest.yaml").write_text(text)
    result = run("lint", str(tmp_path))
    assert result.exit_code == 1
    assert said in result.stdout


def test_several_faults_of_the_schema_are_told_at_once(tmp_path: Path) -> None:
    """Each with what is nearest to its place."""
    text = (PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8")
    text = text.replace("max_in_flight: 64", "max_in_flight: 0").replace("most: 64", "most: 0")
    (tmp_path / "manifest.yaml").write_text(text, encoding="utf-8")
    result = run("lint", str(tmp_path))
    places = [one.split(": ")[1] for one in result.stdout.splitlines()]
    assert places == ["$.max_in_flight", "$.tiers.api.fields[10].most"]


def test_a_folder_without_manifests_is_wrong_usage(tmp_path: Path) -> None:
    """Nothing was checked, so nothing is right."""
    result = run("lint", str(tmp_path))
    assert result.exit_code == 2
    assert "no manifest.yaml" in result.stderr


def test_the_schema_is_printed_for_editors() -> None:
    """The very one that manifests are checked by."""
    result = run("schema")
    assert json.loads(result.stdout)["title"] == "Manifest of a manufacturer"


@pytest.mark.parametrize("path", reading.files(PACKAGED), ids=lambda path: path.parent.name)
def test_a_packaged_manifest_names_its_schema(path: Path) -> None:
    """Relative to itself, as the editors' language server reads it."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == reading.SCHEMA_FILE.resolve()


@pytest.mark.parametrize("page", ["fields", "functions"])
def test_a_page_is_as_the_repository_has_it(page: str) -> None:
    """`registrar connectors fields --output docs/connectors/fields.md` writes it."""
    assert run(page).stdout == (DOCS / f"{page}.md").read_text(encoding="utf-8")


def test_a_page_is_written(tmp_path: Path) -> None:
    """The same text as is printed."""
    made = tmp_path / "page.md"
    assert run("functions", "--output", str(made)).exit_code == 0
    assert made.read_text(encoding="utf-8") == run("functions").stdout


def test_a_page_of_wrong_manifests_is_refused(folder: Path) -> None:
    """With the first fault."""
    result = run("fields", str(folder))
    assert result.exit_code == 1
    assert "no function shout" in result.stderr


def test_commands_about_the_service_are_still_there() -> None:
    """Beside the offline ones."""
    shown = run("--help").stdout
    assert all(one in shown for one in ("list", "show", "lint", "schema", "fields", "functions"))
