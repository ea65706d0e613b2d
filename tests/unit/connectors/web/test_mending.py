"""A manifest that is given the words that a form has by now."""

from pathlib import Path

import yaml

from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.web import mending
from registrar.connectors.kit.web.known import ManifestForms
from registrar.domain.drift import Change, FormPage, Severity

TEXT = """\
# Whose form it is.
version: "1.9-beta"
tiers:
  web:
    steps:
      - name: tool  # the first one
        fill:
          - {label: Serial number, value: serial}   # on the plate
          - {group: "Where is it used?", as: radio, value: use}
        next: Continue
      - name: review
        fill:
          - label: Serial number
            value: serial
        send: {role: button, name: Register}
"""


def reworded(was: str, now: str, what: str = "reworded") -> Change:
    """Of a field of that name."""
    return Change(Severity.REPAIRABLE, what, was, was, now)


def mended(**changes: Change) -> list[str]:
    """The lines that are new, by the patch."""
    patch = mending.patch(TEXT, {step: [one] for step, one in changes.items()})
    return [
        one[1:] for one in patch.splitlines() if one.startswith("+") and not one.startswith("+++")
    ]


def test_the_words_of_a_field_are_changed_where_they_stand() -> None:
    """In their step alone; comments stay, and the version is another one."""
    assert mended(tool=reworded("Serial number", "Serial no. *")) == [
        'version: "1.10-beta"',
        "          - {label: Serial no., value: serial}   # on the plate",
    ]
    assert mended(review=reworded("serial number", "Number of the tool")) == [
        'version: "1.10-beta"',
        "          - label: Number of the tool",
    ]


def test_words_that_yaml_would_read_otherwise_are_quoted() -> None:
    """So that the manifest holds what the page shows."""
    for words in ("Yes", "Serial: the number", "a, b} # c", 'the "plate"', "12", "Größe, außen"):
        patch = mending.patch(TEXT, {"tool": [reworded("Serial number", words)]})
        (line,) = [one for one in patch.splitlines() if one.startswith("+          - {label")]
        (made,) = yaml.safe_load(line[1:])
        assert made == {"label": words, "value": "serial"}


def test_sets_of_choices_and_buttons_have_words_too() -> None:
    """A button's, however it is written."""
    assert mended(tool=reworded("Where is it used?", "Where it is used"))[1:] == [
        "          - {group: Where it is used, as: radio, value: use}"
    ]
    assert mended(tool=reworded("Continue", "Go on", "button_reworded"))[1:] == [
        "        next: Go on"
    ]
    assert mended(review=reworded("Register", "Register it", "button_reworded"))[1:] == [
        "        send: {role: button, name: Register it}"
    ]


def test_what_cannot_be_repaired_by_words_makes_no_patch() -> None:
    """Nor what the manifest does not say."""
    gone = Change(Severity.BREAKING, "gone", "Serial number", "Serial number", "x")
    for change in (gone, reworded("Colour", "Color")):
        assert mending.patch(TEXT, {"tool": [change]}) == ""
    assert mending.patch(TEXT, {}) == mending.patch("[]", {"tool": [gone]}) == ""
    assert mended(elsewhere=reworded("Serial number", "x")) == []
    bare = TEXT.replace("1.9-beta", "first")
    assert '+version: "first.1"' in mending.patch(
        bare, {"tool": [reworded("Continue", "Go", "button_reworded")]}
    )


def test_the_patch_of_a_packaged_manifest_is_of_its_file() -> None:
    """What has no form, or is not known, is answered all the same."""
    forms = ManifestForms(FileCatalogue(ConnectorSettings({}, {})))
    change = reworded("Serial number", "Serial no.")
    patch = forms.patch("acme", {"product": [change]})
    assert "+          - {label: Serial no., value: serial, or: [{name: serial}]}" in patch
    assert (forms.version("acme"), forms.patience("acme")) == ("1", 3)
    assert forms.steps("acme") == ("product", "purchase", "owner", "review")
    assert (forms.version("nobody"), forms.patience("nobody"), forms.steps("nobody")) == ("", 1, ())
    empty = FormPage("product", ())
    assert forms.compare("nobody", empty, empty) == ()
    assert not forms.fits("nobody", empty)
    assert not forms.fits("acme", empty)
    assert (forms.patch("nobody", {}), forms.form("acme")) == ("", None)


def test_a_manifest_whose_file_has_gone_makes_no_patch(tmp_path: Path) -> None:
    """It stays in force, and there is nothing to mend."""
    folder = tmp_path / "acme"
    folder.mkdir()
    for one in (PACKAGED / "acme").iterdir():
        (folder / one.name).write_bytes(one.read_bytes())
    forms = ManifestForms(FileCatalogue(ConnectorSettings({}, {}), tmp_path))
    (folder / "manifest.yaml").unlink()
    assert forms.patch("acme", {"product": [reworded("Serial number", "S")]}) == ""
