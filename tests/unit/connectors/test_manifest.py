"""Manifests: refused with file, line and path; one that is wrong is put aside alone."""

import shutil
from pathlib import Path

import pytest

from registrar.connectors.kit import mapping, pipeline
from registrar.connectors.kit.catalogue import PACKAGED, ConnectorSettings, FileCatalogue
from registrar.connectors.kit.manifest import load
from registrar.domain.errors import ConfigurationError
from registrar.domain.outcome import Tier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged manufacturers."""
    shutil.copytree(PACKAGED, tmp_path / "manufacturers")
    return tmp_path / "manufacturers"


def planted(folder: Path, old: str, new: str) -> Path:
    """Acme's manifest with one text replaced."""
    path = folder / "acme" / "manifest.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def others(folder: Path) -> list[str]:
    """Every manufacturer but Acme."""
    return sorted(one.name for one in folder.iterdir() if one.name != "acme")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Acme", "nane: Acme", "manifest.yaml:5: $.identity"),
        ("max_in_flight: 64", "max_in_flight: 0", "manifest.yaml:13: $.max_in_flight"),
        ("evidence: documented", "evidence: certain", "$.tiers.api.evidence"),
        ("code: rate_limited", "code: whatever", "whatever"),
        ("code: rate_limited", "code: ok.registered", "an error is never a success"),
        (
            "from: [product.model_number]",
            "from: [product.modle]",
            ":35: $.tiers.api.fields[2].from",
        ),
        ("from: [customer.phone]", "from: [customer.phone.digits]", "no canonical path"),
        ("from: [customer.phone]", "from: [customer.address.lines.x]", "no canonical path"),
        ("from: [brand]", 'from: ["product.name[kind=imei]"]', "no canonical path"),
        ("from: [brand]", 'from: ["product.identifiers[sort=imei]"]', "no canonical path"),
        ("{product.serial_number}", "{product.serial}", "$.tiers.api.http.verify.query"),
        ('"{idempotency_key}"', '"{brand}"', "does not send its idempotency_key"),
        ("required_fields: [product.model_number]", "required_fields: [x.y]", ":19: $.required"),
        ("name: throttled", "name: forbidden", "a second rule forbidden"),
        ("code: rate_limited", "code: auth.session_expired", "a key has no session"),
        ("effect: refused, field: field", "effect: refused, canonical: a.b", "errors[2].canonical"),
        ("method: POST", "method: GET", "a submission is no GET"),
        ("method: GET", "method: PUT", "a look-up is a GET"),
        ("means: registered", "means: accepted", "a look-up that can be pending"),
        (
            "path: status, in: [registered]",
            'path: "a[", in: [registered]',
            "when.path: no path: a[",
        ),
        ("path: status, in: [registered]", 'path: "a[*].b", in: [1]', "needs the device itself"),
        (
            "path: code, in: [maintenance]",
            'path: "a[*].b[*]", in: [1]',
            "errors[9].when.path: no p",
        ),
        ("field: field", 'field: "a["', "errors[2].field: no path"),
        (
            "path: registrations, empty: true",
            'also: [{path: "a[x]", in: [1]}]',
            "answers[0].when.also[0].path: no path",
        ),
        ("max_in_flight: 64", "max_in_flight: 64\nmax_in_flight: 9", "max_in_flight twice"),
        ("countries: []", "countries: [NO]", "$.identity.countries[0]: False"),
        ("in: [maintenance]", "empty: false, in: []", "errors[9]"),
        (", path: code, in: [maintenance]", "", "a 5xx refuses only by what its body says"),
        ("when: {status: [429]}", "when: {}", "errors[8].when"),
        ("when: {status: [429]}", "when: {path: code}", "errors[8].when"),
        ("effect: accepted, reference: registration_id", "effect: accepted", "reference"),
        ("code: rate_limited, effect: refused", "code: rate_limited, effect: accepted", "errors"),
        ("means: registered, reference: registration_id", "means: registered", "reference"),
        ("id: acme", "id: acne", "is not the folder's name"),
        ("to: brand", 'to: "br and"', "no path"),
        ("most: 40, required: true", "with: [shout], required: true", "no function shout"),
        ("kind: bearer, secret: acme.api_key", "kind: bearer", "$.tiers.api.auth"),
        ("identity:", "identity: [", "manifest.yaml:"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_place(
    folder: Path, old: str, new: str, said: str
) -> None:
    """And the others load."""
    path = planted(folder, old, new)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert said in str(caught.value)
    catalogue = FileCatalogue(ConnectorSettings(), folder)
    assert list(catalogue.quarantined()) == ["acme"]
    assert sorted(catalogue.manufacturers()) == others(folder)


def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(ConfigurationError, match=r"manifest\.yaml"):
        load(tmp_path / "manifest.yaml")
    (tmp_path / "manifest.yaml").write_text("")
    with pytest.raises(ConfigurationError, match=r"manifest\.yaml:1"):
        load(tmp_path / "manifest.yaml")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (ConnectorSettings({"acme": "nowhere"}), "http"),
        (ConnectorSettings({"acme": "http://a"}, {"acme.api_key": ""}), "secret acme.api_key"),
        (ConnectorSettings({"acme": "http://a"}, {"acme.api_key": "k\n"}), "secret acme.api_key"),
        (ConnectorSettings({"acme": "http://a"}, {"acme.api_key": "kż"}), "secret acme.api_key"),
    ],
)
def test_a_route_that_is_half_configured_is_put_aside(
    settings: ConnectorSettings, reason: str
) -> None:
    """With what is missing."""
    assert reason in FileCatalogue(settings).quarantined()["acme"]


def test_a_route_without_its_secret_is_held_and_says_which() -> None:
    """It is offered, so that its registrations wait instead of being refused."""
    catalogue = FileCatalogue(ConnectorSettings({"acme": "http://a"}))
    assert catalogue.held("acme", Tier.API) == "acme: no secret acme.api_key"
    assert Tier.API in catalogue.manufacturers()["acme"].offered
    assert catalogue.connector("acme", Tier.API) is None
    assert (catalogue.held("samsung", Tier.API), catalogue.quarantined()) == ("", {})


def test_a_route_without_an_address_is_known_and_not_enabled() -> None:
    """Listed with its evidence."""
    catalogue = FileCatalogue(ConnectorSettings())
    listing = catalogue.manufacturers()["acme"].listing(Tier.API)
    assert listing is not None
    assert (listing.enabled, listing.evidence) == (False, "documented")
    assert catalogue.connector("acme", Tier.API) is None


def test_an_assumed_route_must_be_asked_for(folder: Path) -> None:
    """Off in production until somebody says otherwise."""
    planted(folder, "evidence: documented", "evidence: assumed")
    settings = ConnectorSettings({"acme": "http://a"}, {"acme.api_key": "k"})
    asked = ConnectorSettings(settings.base_urls, settings.secrets, enabled_assumed=True)
    assert FileCatalogue(settings, folder).connector("acme", Tier.API) is None
    assert FileCatalogue(asked, folder).connector("acme", Tier.API) is not None
    assert FileCatalogue(asked, folder).connector("acme", Tier.WEB) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.b[1]", 2), ("a.b[9]", None), ("a.c", None), ("a.b.c", None), ("a[0]", None)],
)
def test_a_path_finds_a_value_or_nothing(path: str, expected: object) -> None:
    """Never an exception."""
    assert mapping.at({"a": {"b": [1, 2]}}, path) == expected


def test_a_list_in_the_target_is_filled_up() -> None:
    """Items come in any order."""
    calls = tuple(map(pipeline.call, ("digits", "compact", "lower", "upper")))
    fields = (
        mapping.FieldMap(("x",), ("a", 1, "b")),
        mapping.FieldMap(("y",), ("a", 0, "b")),
        mapping.FieldMap(("y",), ("c", 1), calls),
    )
    made = mapping.request_body(fields, {"x": "1", "y": "2 a"})
    assert made == {"a": [{"b": "2 a"}, {"b": "1"}], "c": [None, "2"]}


def test_what_is_needed_and_missing_is_named() -> None:
    """In the body and in a text."""
    with pytest.raises(mapping.Unmappable, match="x: is needed"):
        mapping.request_body((mapping.FieldMap(("x",), ("a",), required=True),), {})
    with pytest.raises(mapping.Unmappable, match="x: is needed"):
        mapping.filled("/{x}", {}, {})
    assert mapping.filled("/{x}/{secret:k}", {"x": 1}, {"k": "s"}) == "/1/s"


@pytest.mark.parametrize(
    ("value", "expected"), [("a/b?c#d", "/a%2Fb%3Fc%23d"), ("ł", "/%C5%82"), ("a.b", "/a.b")]
)
def test_a_value_cannot_leave_its_place_in_a_path(value: str, expected: str) -> None:
    """It is data, whoever made it up."""
    assert mapping.filled("/{x}", {"x": value}, {}, mapping.segment) == expected


@pytest.mark.parametrize(
    ("fit", "value"),
    [
        (mapping.segment, ".."),
        (mapping.segment, "."),
        (mapping.segment, "\ud800"),
        (mapping.header, "a\r\nX-Admin: yes"),
        (mapping.header, "ż"),
    ],
)
def test_a_value_that_does_not_fit_its_place_is_named(fit: mapping.Fit, value: str) -> None:
    """Before anything is sent."""
    with pytest.raises(mapping.Unmappable) as caught:
        mapping.filled("/{x}", {"x": value}, {}, fit)
    assert str(caught.value).startswith("x: ")


def test_a_list_is_no_value_of_a_text() -> None:
    """An empty one is missing."""
    with pytest.raises(mapping.Unmappable, match="x: is needed"):
        mapping.filled("/{x}", {"x": []}, {})
