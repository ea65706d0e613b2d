"""Formats of manifests: an older one is read as what took its place."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from registrar.connectors.kit import manifest
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.manifest import migrations
from registrar.connectors.kit.manifest.operations import Misplaced
from registrar.domain.window import Window


def _written(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - any value of a manifest
    """Acme's own, changed; None takes a key away."""
    data = yaml.safe_load((PACKAGED / "acme" / "manifest.yaml").read_text(encoding="utf-8"))
    changed = {key: one for key, one in {**data, **changes}.items() if one is not None}
    path = folder / "acme" / "manifest.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
    return path


def test_a_manifest_of_the_first_format_is_read(tmp_path: Path) -> None:
    """Its window of days is one that holds everywhere, and it is said how that is written now."""
    path = _written(tmp_path, format=None, window=None, window_days=30)
    assert manifest.problems(path) == []
    maker = manifest.load(path).manufacturer
    assert (maker.windows, maker.window_days) == ((Window(30),), 30)
    assert manifest.older(path) == [
        "`window_days: N` is `window: [{days: N, purpose: required}]`",
        "`format: 2`",
    ]


def test_what_a_format_does_not_touch_stays(tmp_path: Path) -> None:
    """Only the number is missing."""
    path = _written(tmp_path, format=None)
    assert manifest.load(path) == manifest.load(_written(tmp_path))
    assert manifest.older(_written(tmp_path, format=None)) == ["`format: 2`"]


def test_a_format_has_nothing_of_an_older_one(tmp_path: Path) -> None:
    """Who names the newest number writes the newest format."""
    path = _written(tmp_path, window=None, window_days=30)
    (found,) = manifest.problems(path)
    assert "window_days" in found.message


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (3, "3 is newer than what is known here, 2"),
        (0, "is no number of a format"),
        (True, "is no number of a format"),
        ("2", "is no number of a format"),
    ],
)
def test_a_number_that_is_not_known_is_refused(tmp_path: Path, number: object, said: str) -> None:
    """With its line and path, instead of a guess at what it means."""
    path = _written(tmp_path, format=number)
    (found,) = manifest.problems(path)
    assert (found.path, found.message) == ("$.format", said)
    with pytest.raises(Misplaced, match=r"format|newer"):
        migrations.upgraded({"format": number})


def test_what_is_no_mapping_is_left_to_the_schema() -> None:
    """It has no format."""
    assert migrations.upgraded(["identity"]) == ["identity"]
    assert migrations.changes(["identity"]) == []


@pytest.mark.parametrize(
    "path", sorted(PACKAGED.glob("*/manifest.yaml")), ids=lambda one: one.parent.name
)
def test_the_packaged_ones_are_of_the_newest(path: Path) -> None:
    """Authors copy from them."""
    assert manifest.older(path) == []
