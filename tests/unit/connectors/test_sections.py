"""Sections beside the tiers: windows, limits, resilience, health, privacy, components."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.manifests import hammer

from registrar.connectors.kit.manifest import Manifest, load
from registrar.connectors.kit.manifest.traffic import Health
from registrar.domain.errors import ConfigurationError
from registrar.domain.manufacturer import Component, Limits, Privacy, RateWindow
from registrar.domain.window import Window
from registrar.resilience.settings import Settings

SECTIONS: dict[str, Any] = yaml.safe_load("""
window:
  - {days: 28, purpose: extension}
  - {days: 60, start: later, purpose: required, countries: [DE, AT], notes: Printers.}
limits:
  windows: [{requests: 10, seconds: 1}, {requests: 50, seconds: 60}]
  concurrency: 4
  daily: {requests: 1000, zone: Europe/Berlin}
resilience: {failure_rate: 0.2, open_seconds: 60}
health: {interval: 3600, failures: 2}
privacy: {mandatory_consents: [data_storage], contact: privacy@hammer.example, retention: short}
components: [{kind: battery, note: Each battery is a registration of its own.}]
""")


def loaded(tmp_path: Path, **changes: Any) -> Manifest:  # noqa: ANN401 - any section
    """Hammer's manifest without its plain window, with these sections."""
    path = hammer(tmp_path, **changes) / "hammer" / "manifest.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "window" in changes:
        del data["window_days"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load(path)


def test_every_section_is_read(tmp_path: Path) -> None:
    """What is stated, and the default of what is not."""
    made = loaded(tmp_path, **SECTIONS)
    maker = made.manufacturer
    assert maker.windows == (
        Window(28, "purchase", "extension"),
        Window(60, "later", "required", ("DE", "AT"), "Printers."),
    )
    assert maker.window_days == 28
    assert maker.limits == Limits((RateWindow(10, 1), RateWindow(50, 60)), 4, 1000, "Europe/Berlin")
    assert maker.privacy == Privacy(("data_storage",), "privacy@hammer.example", "short")
    assert maker.components == (Component("battery", "Each battery is a registration of its own."),)
    assert made.resilience == Settings(failure_rate=200, open_for=60_000)
    assert made.health == Health(3600, 2)


def test_what_is_not_stated_has_its_default(tmp_path: Path) -> None:
    """A plain window is one without which it registers no more."""
    made = loaded(tmp_path)
    assert made.manufacturer.windows == (Window(28),)
    assert (made.manufacturer.limits, made.manufacturer.privacy) == (Limits(), Privacy())
    assert (made.resilience, made.health) == (Settings(), Health())


def test_a_window_of_some_countries_is_no_window_everywhere(tmp_path: Path) -> None:
    """Callers that know of one alone are told of none."""
    made = loaded(tmp_path, window=SECTIONS["window"][1:])
    assert made.manufacturer.window_days is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"window": [{"days": 28}]}, "window[0]: 'purpose' is a required property"),
        ({"window": [{"days": 0, "purpose": "required"}]}, "window[0].days"),
        ({"window": [{"days": 1, "purpose": "required", "start": "birth"}]}, "window[0].start"),
        ({"window": [{"days": 1, "purpose": "required", "countries": ["EU27"]}]}, "countries[0]"),
        ({"limits": {}}, "$.limits"),
        ({"limits": {"windows": [{"requests": 1}]}}, "limits.windows[0]: 'seconds' is a"),
        ({"limits": {"daily": {"requests": 1, "zone": "CET+1"}}}, "limits.daily.zone"),
        ({"resilience": {"failure_rate": 2}}, "resilience.failure_rate"),
        ({"health": {"interval": 1}}, "health.interval"),
        ({"privacy": {"mandatory_consents": ["marketing_email"]}}, "mandatory_consents[0]"),
        ({"privacy": {"retention": "forever"}}, "privacy.retention"),
        ({"components": [{"kind": "battery"}]}, "components[0]: 'note' is a required"),
    ],
)
def test_a_wrong_section_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """Marketing is never mandatory, whatever a manufacturer asks."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, **changes)
    assert said in str(caught.value)


def test_a_window_is_stated_in_one_way(tmp_path: Path) -> None:
    """Nobody could say which of two counts."""
    hammer(tmp_path, window=SECTIONS["window"])
    with pytest.raises(ConfigurationError, match="window_days"):
        load(tmp_path / "hammer" / "manifest.yaml")
