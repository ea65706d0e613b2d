"""Manual tiers in manifests, and the guide of one registration."""

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace
from tests.manifests import MANUAL, hammer

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.connectors.kit.guide import guide
from registrar.connectors.kit.manifest import Manifest, load, problems
from registrar.connectors.kit.paper import own
from registrar.domain.customer import Customer, CustomerType
from registrar.domain.errors import ConfigurationError
from registrar.domain.guide import Guide, GuideStep, Prefilled, ProofOfPurchase
from registrar.domain.outcome import Tier
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Job

SUBMISSION = Submission(
    customer=Customer("Ada", "King", "ada@example.com"),
    product=Product("H 1/2&x", "DRILL"),
    purchase=Purchase(date(2026, 11, 10), "DE"),
)
JOB = Job("reg_1", "reg_1", "Hammer", SUBMISSION)


def loaded(tmp_path: Path, **changes: Any) -> Manifest:  # noqa: ANN401 - any section
    """Hammer's manifest with these sections."""
    return load(hammer(tmp_path, **changes) / "hammer" / "manifest.yaml")


def manual(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    """Its tiers, with these changes of the manual one."""
    return {"manual": yaml.safe_load(MANUAL) | changes}


def test_a_guide_has_all_that_a_person_needs(tmp_path: Path) -> None:
    """Values as the form wants them, empty where there are none; the link is encoded."""
    assert guide(loaded(tmp_path), JOB) == Guide(
        steps=(
            GuideStep("Sign in, or create an account."),
            GuideStep(
                "Add the tool.",
                (
                    Prefilled("product.serial_number", "Serial number", "H 1/2&x"),
                    Prefilled("purchase.date", "Date of purchase", "10.11.2026"),
                    Prefilled("customer.email", "E-mail", "ada@example.com"),
                    Prefilled("customer.phone", "Telephone", ""),
                    Prefilled("consents.terms", "Terms", "no"),
                ),
            ),
        ),
        link="https://hammer.example/register?serial=H%201%2F2%26x&model=DRILL",
        register_by=date(2026, 12, 8),
        register_for="required",
        proof=ProofOfPurchase(True, ("application/pdf",), 5_000_000, "The invoice."),  # noqa: FBT003 - it is required
        contact="https://hammer.example/contact",
        follow_up_days=14,
        evidence="documented",
        sources=("hammer.example/guarantee",),
    )


def test_a_field_that_only_businesses_have_is_shown_to_them(tmp_path: Path) -> None:
    """Also while it is empty."""
    business = replace(SUBMISSION.customer, type=CustomerType.BUSINESS)
    made = guide(loaded(tmp_path), replace(JOB, submission=replace(SUBMISSION, customer=business)))
    assert made is not None
    assert Prefilled("customer.company", "Company", "") in made.steps[1].values


def test_what_cannot_be_shown_is_left_to_the_person(tmp_path: Path) -> None:
    """No half link, no value that a function cannot do, no deadline that nobody has stated."""
    fill = [
        {"label": "Day", "from": ["product.name"], "with": [{"date": "%d"}]},
        {"label": "Numbers", "from": ["product.serial_number"], "with": [{"split": " "}]},
    ]
    manifest = loaded(tmp_path, tiers=manual(steps=[{"text": "Go.", "fill": fill}]))
    maker = dataclasses.replace(manifest.manufacturer, windows=())
    bare = replace(SUBMISSION, product=Product("H 1", name="no day"))
    made = guide(dataclasses.replace(manifest, manufacturer=maker), replace(JOB, submission=bare))
    assert made is not None
    assert (made.link, made.register_by) == ("", None)
    assert [one.value for one in made.steps[0].values] == ["", "H, 1"]


def test_a_minimal_guide_is_its_steps(tmp_path: Path) -> None:
    """What no source tells is not told."""
    tier = {
        "audience": "consumer",
        "evidence": "assumed",
        "sources": ["x"],
        "steps": [{"text": "Write to them."}],
    }
    made = guide(loaded(tmp_path, tiers={"manual": tier}), JOB)
    assert made == Guide(
        (GuideStep("Write to them."),),
        register_by=date(2026, 12, 8),
        register_for="required",
        evidence="assumed",
        sources=("x",),
    )


def test_a_manual_tier_is_always_offered(tmp_path: Path) -> None:
    """It needs neither address nor secrets; nothing is asked of an API that is not there."""
    catalogue = FileCatalogue(ConnectorSettings(), hammer(tmp_path))
    maker = catalogue.manufacturers()["hammer"]
    assert (maker.offered, maker.lookup) == ((Tier.MANUAL,), None)
    assert catalogue.connector("hammer", Tier.MANUAL) is not None
    assert catalogue.connector("hammer", Tier.API) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"link": "http://hammer.example/"}, "tiers.manual.link: 'http:"),
        ({"link": "https://{brand}.example/"}, "tiers.manual.link"),
        ({"link": "https://hammer.example@evil.example/"}, "tiers.manual.link"),
        ({"link": "https://hammer.example/{product.serial}"}, "no canonical path: product.serial"),
        ({"link": "https://hammer.example/{customer.email}"}, "customer.email is personal"),
        ({"steps": []}, "tiers.manual.steps"),
        ({"steps": [{"text": ""}]}, "tiers.manual.steps[0].text"),
        ({"capabilities": {}}, "'capabilities' was unexpected"),
        ({"proof": {}}, "'required' is a required property"),
        ({"proof": {"required": True, "media_types": ["text/html"]}}, "proof.media_types[0]"),
        ({"follow_up_days": 0}, "tiers.manual.follow_up_days"),
    ],
)
def test_a_wrong_manual_tier_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """No other scheme, no host by data, nothing of the customer in an address."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, tiers=manual(**changes))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        ({"label": "A", "from": ["product.serial"]}, "fill[0].from[0]: no canonical path"),
        ({"label": "A", "from": ["brand"], "with": ["shout"]}, "fill[0].with[0]: no function"),
        ({"label": "A", "from": ["brand"], "required": True}, "'required' was unexpected"),
        ({"label": "", "from": ["brand"]}, "fill[0].label"),
    ],
)
def test_a_wrong_value_of_a_step_is_refused(
    tmp_path: Path, fill: dict[str, Any], said: str
) -> None:
    """By the same rules as a field of a request."""
    steps = [{"text": "Go.", "fill": [fill]}]
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, tiers=manual(steps=steps))
    assert said in str(caught.value)


def test_a_label_is_written_once_a_step(tmp_path: Path) -> None:
    """A person would not know which is meant."""
    fill = [{"label": "A", "from": ["brand"]}, {"label": "A", "from": ["product.name"]}]
    with pytest.raises(ConfigurationError, match="A: a second field of this label"):
        loaded(tmp_path, tiers=manual(steps=[{"text": "Go.", "fill": fill}]))


def test_a_guide_tells_what_is_lost_and_what_is_apart(tmp_path: Path) -> None:
    """The first window to close, and parts that are registrations of their own."""
    path = hammer(tmp_path) / "hammer" / "manifest.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    del data["window_days"]
    data["window"] = [
        {"days": 60, "purpose": "required"},
        {"days": 28, "purpose": "extension", "countries": ["DE"]},
    ]
    data["components"] = [{"kind": "battery", "note": "Each battery is one of its own."}]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    made = guide(load(path), JOB)
    assert made is not None
    assert (made.register_by, made.register_for) == (date(2026, 12, 8), "extension")
    assert made.notes == ("Each battery is one of its own.",)


def translated(*texts: object) -> dict[str, Any]:
    """A manual tier of steps with these texts."""
    return manual(steps=[{"text": one} for one in texts])


def test_a_guide_speaks_the_language_of_the_submission(tmp_path: Path) -> None:
    """Where the manifest does: texts, labels, notes and yes or no; else English, and says so."""
    said = {"en": "Add it.", "de": "Hinzufügen."}
    tier = manual(
        steps=[
            {
                "text": said,
                "fill": [
                    {"label": {"en": "Terms", "de": "Bedingungen"}, "from": ["consents.terms"]},
                    {"label": "E-mail", "from": ["customer.email"]},
                ],
            }
        ],
        proof={"required": True, "notes": {"en": "The invoice.", "de": "Die Rechnung."}},
    )
    manifest = loaded(tmp_path, tiers=tier)
    german = replace(JOB, submission=replace(SUBMISSION, locale="de-CH"))
    made = guide(manifest, german)
    assert made is not None
    (step,) = made.steps
    assert (step.text, step.language) == ("Hinzufügen.", "de")
    assert [(one.label, one.value) for one in step.values] == [
        ("Bedingungen", "nein"),
        ("E-mail", "ada@example.com"),
    ]
    assert made.proof == ProofOfPurchase(required=True, notes="Die Rechnung.", language="de")
    french = guide(manifest, german, "fr")
    assert french is not None
    assert (french.steps[0].text, french.steps[0].language) == ("Add it.", "en")
    assert french.steps[0].values[0].value == "non"


@pytest.mark.parametrize(
    ("tier", "path"),
    [
        (translated({"de": "Nur hier."}), "$.tiers.manual.steps[0].text"),
        (translated({"en": "Here.", "pl": "Tu."}), "$.tiers.manual.steps[0].text"),
        (translated({"en": "Here.", "de": "Hier."}, "There."), "$.tiers.manual.steps[1].text"),
    ],
)
def test_a_translation_is_whole_or_refused(tmp_path: Path, tier: dict[str, Any], path: str) -> None:
    """English is always there, a language we speak, and all steps are in it."""
    with pytest.raises(ConfigurationError, match=r"manifest\.yaml:\d+:") as caught:
        loaded(tmp_path, tiers=tier)
    assert path in str(caught.value)


OWN = '#import "/sheet.typ": *\n#show: sheet\n#for step in data.steps { par(value(step.text)) }'


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (OWN, ""),
        ("#nonsense", "unknown variable: nonsense"),
        (OWN.replace("step.text", "step.nothing"), "does not contain key"),
        (OWN + '\n#image("/etc/passwd")', "guide.typ: en: "),
        ("= No frame", "guide.typ: en: "),
        ("x" * 70_000, "at most 65536"),
    ],
)
def test_an_own_guide_is_tried(tmp_path: Path, source: str, problem: str) -> None:
    """In every language, before a customer needs it."""
    folder = hammer(tmp_path) / "hammer"
    (folder / "guide.typ").write_text(source, encoding="utf-8")
    found = [str(one) for one in problems(folder / "manifest.yaml")]
    assert bool(found) == bool(problem)
    assert all(problem in one for one in found)


def test_an_own_guide_is_read_with_its_manifest(tmp_path: Path) -> None:
    """And again when it alone has changed, which needs another version as all does."""
    folder = hammer(tmp_path) / "hammer"
    known = FileCatalogue(ConnectorSettings(), tmp_path)
    assert (known.own_guide("hammer"), known.own_guide("nobody")) == (None, None)
    (folder / "guide.typ").write_text(OWN, encoding="utf-8")
    assert known.reload() == {}
    assert "still version 1" in known.quarantined()["hammer"]
    hammer(tmp_path, version="2")
    assert known.reload() == {"hammer": "2"}
    assert known.own_guide("hammer") == OWN


def test_an_own_guide_needs_a_manual_tier_and_letters(tmp_path: Path) -> None:
    """What cannot be read is said so."""
    folder = hammer(tmp_path) / "hammer"
    (folder / "guide.typ").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UnicodeDecodeError"):
        load(folder / "manifest.yaml")
    assert next(own.findings({"tiers": {"api": {}}}, folder))[1] == (
        "guide.typ: there is no manual tier whose guide it could be"
    )
