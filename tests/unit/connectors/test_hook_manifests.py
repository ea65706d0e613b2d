"""A hook is declared, and its file is checked without being run."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from registrar.cli.connectors import app
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.hooks.declared import ARGUMENTS, Hook
from registrar.connectors.kit.manifest import load, problems

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "hooks.md"
DECLARED = "hook: {step: classify, wall: 3, cpu: 2, memory: 128}"
GOOD = "import re\n\n\ndef classify(evidence, outcome):\n    return None\n"


def acme(folder: Path, declared: str = DECLARED, source: str | None = GOOD) -> Path:
    """Its manifest, with a hook."""
    shutil.copytree(PACKAGED / "acme", folder / "acme")
    path = folder / "acme" / "manifest.yaml"
    text = path.read_text(encoding="utf-8")
    where = "    network: {"
    assert where in text
    path.write_text(text.replace(where, f"    {declared}\n{where}", 1), encoding="utf-8")
    if source is not None:
        (folder / "acme" / "hooks.py").write_text(source, encoding="utf-8")
    return path


def test_a_hook_is_read_with_its_limits(tmp_path: Path) -> None:
    """And with its source, as it is now."""
    path = acme(tmp_path)
    assert problems(path) == []
    assert load(path).hook == Hook("classify", GOOD, wall=3, cpu=2, memory=128)


def test_a_manufacturer_without_a_hook_has_none() -> None:
    """As the packaged ones."""
    assert load(PACKAGED / "acme" / "manifest.yaml").hook is None


@pytest.mark.parametrize(
    ("declared", "source", "said"),
    [
        ("", GOOD, "hooks.py:1: there is no `hook`"),
        (DECLARED, None, "there is no hooks.py beside the manifest"),
        ("hook: {step: guess}", GOOD, "'guess' is not one of"),
        ("hook: {}", GOOD, "'step' is a required property"),
        ("hook: {step: classify, memory: 9}", GOOD, "$.tiers.api.hook.memory"),
        ("hook: {step: verify}", GOOD, "hooks.py:1: no function verify"),
        ("hook: {step: verify}", GOOD, "hooks.py:4: classify is another step than verify"),
        (DECLARED, "def classify(evidence:\n", "hooks.py:1: SyntaxError"),
        (DECLARED, "x = 1\ndef classify():\n    pass\n", "hooks.py:2: classify takes (evidence, "),
        (DECLARED, "def classify(a, b, *, c):\n    pass\n", "hooks.py:1: classify takes"),
        (DECLARED, "async def classify(a, b):\n    pass\n", "hooks.py:1: no function classify"),
        (DECLARED, f"import os\n{GOOD}", "hooks.py:1: a hook cannot import os"),
        (DECLARED, f"\nfrom httpx import get\n{GOOD}", "hooks.py:2: a hook cannot import httpx"),
        (DECLARED, f"from . import secrets\n{GOOD}", "hooks.py:1: a hook cannot import ."),
        (DECLARED, "\0", "hooks.py:1: "),
    ],
)
def test_a_wrong_hook_is_refused_with_file_and_line(
    tmp_path: Path, declared: str, source: str | None, said: str
) -> None:
    """In the manifest's line and path, where it is declared."""
    path = acme(tmp_path, declared, source)
    found = [str(one) for one in problems(path)]
    assert any(said in one for one in found), found
    assert all("$.tiers.api" in one for one in found)
    assert list(FileCatalogue(ConnectorSettings(), tmp_path).quarantined()) == ["acme"]


VERIFY = "def verify(record):\n    yield {}\n"
WINDOWS = "limits: {windows: [{requests: 2, seconds: 20}]}"
DAILY = "limits: {daily: {requests: 2, zone: UTC}}"


@pytest.mark.parametrize(
    ("limits", "declared", "said"),
    [
        (WINDOWS, "{step: verify}", "$.tiers.api.hook: `limits` counts requests: say how many"),
        (DAILY, "{step: verify}", "$.tiers.api.hook: `limits` counts requests: say how many"),
        (DAILY, "{step: verify, requests: 3}", "more than `limits` allows on a whole day"),
        (DAILY, "{step: verify, requests: 2}", ""),
        (WINDOWS, "{step: verify, requests: 20}", ""),
        (WINDOWS, "{step: verify, requests: 21}", "$.tiers.api.hook.requests"),
        ("limits: {concurrency: 2}", "{step: verify}", ""),
        (WINDOWS, "{step: classify}", ""),
        (WINDOWS, "{step: classify, requests: 1}", "classify asks nobody"),
    ],
)
def test_where_requests_are_counted_a_hook_says_how_many(
    tmp_path: Path, limits: str, declared: str, said: str
) -> None:
    """Its call is let in with all of them."""
    path = acme(tmp_path, f"hook: {declared}", GOOD if "classify" in declared else VERIFY)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data |= yaml.safe_load(limits)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    found = [str(one) for one in problems(path)]
    assert [said in one for one in found] == ([True] if said else []), found


@pytest.mark.parametrize(
    "takes", ["evidence, outcome", "evidence, outcome, more=1", "*given", "evidence, *rest"]
)
def test_a_function_may_take_its_arguments_in_any_way(tmp_path: Path, takes: str) -> None:
    """That two arguments fit."""
    assert problems(acme(tmp_path, source=f"def classify({takes}):\n    return None\n")) == []


def test_lint_says_where(tmp_path: Path) -> None:
    """For editors: the manifest's place, and the line in hooks.py."""
    path = acme(tmp_path, "hook: {step: verify}", "def verify():\n    pass\n")
    result = CliRunner().invoke(app, ["connectors", "lint", str(tmp_path)])
    assert result.exit_code == 1
    assert f"{path}:" in result.stdout
    assert "$.tiers.api.hook.step: hooks.py:1: verify takes (record)" in result.stdout


def test_the_pages_examples_are_hooks(tmp_path: Path) -> None:
    """Each passes for the step that it shows, and the table has every step with its arguments."""
    page = PAGE.read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(def (\w+).*?)```", page, re.DOTALL)
    assert [step for _, step in examples] == ["classify", "verify"]
    for source, step in examples:
        path = acme(tmp_path / step, f"hook: {{step: {step}}}", source)
        assert problems(path) == []
    for step, arguments in ARGUMENTS.items():
        assert f"| {step} | `{step}({', '.join(arguments)})`" in page
