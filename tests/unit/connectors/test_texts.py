"""The fixed words of the papers, in every language."""

import re
from datetime import date

import msgspec
import pytest

from registrar.connectors.kit.paper import texts
from registrar.connectors.kit.paper.texts import FOLDER, Texts
from registrar.connectors.kit.paper.words import FIXED, Words
from registrar.domain.language import SPOKEN, spoken

TEMPLATES = FOLDER.parent
NAMES = [one.name for one in msgspec.structs.fields(Texts)]


def holes(text: str) -> list[str]:
    """What is filled in."""
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


@pytest.mark.parametrize("language", SPOKEN)
def test_no_word_is_missing_in_any_language(language: str) -> None:
    """Each says something, about the same things as in English."""
    own, english = texts.of(language), texts.of("en")
    assert [name for name in NAMES if not getattr(own, name).strip()] == []
    differing = [
        name for name in NAMES if holes(getattr(own, name)) != holes(getattr(english, name))
    ]
    assert differing == []


@pytest.mark.parametrize("change", ["missing", "unknown"])
def test_a_file_with_a_hole_is_not_read(change: str) -> None:
    """Nor one with a word that no paper has."""
    plain = msgspec.json.decode((FOLDER / "de.json").read_bytes())
    if change == "missing":
        del plain["keep"]
    else:
        plain["kept"] = "x"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(plain, type=Texts)


def test_the_words_of_the_languages_differ() -> None:
    """Nothing was left in English, but for a few words that are the same in two."""
    english = texts.of("en")
    same = {
        (language, name)
        for language in SPOKEN[1:]
        for name in NAMES
        if getattr(texts.of(language), name) == getattr(english, name)
    }
    assert same == {("fr", "contact_title"), ("es", "no")}


def test_each_language_has_a_file_and_no_other_has() -> None:
    """`SPOKEN` is what there is."""
    assert sorted(one.stem for one in FOLDER.glob("*.json")) == sorted(SPOKEN)


def test_what_a_template_says_is_given_to_it() -> None:
    """And nothing else is."""
    said = set[str]()
    for template in TEMPLATES.glob("*.typ"):
        said |= set(re.findall(r"\bsays\.([a-z_]+)", template.read_text()))
    assert said == set(FIXED)


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de", "de"), ("de-AT", "de"), ("FR_ca", "fr"), ("pl", "en"), ("", "en"), ("es-419", "es")],
)
def test_a_locale_finds_its_language(locale: str, language: str) -> None:
    """Or English."""
    assert spoken(locale) == language
    assert texts.of(locale) == texts.of(language)


def test_a_value_that_looks_like_a_hole_is_none() -> None:
    """What is filled in is not looked at again."""
    words = Words("en", "{date} & Co")
    assert words.say("{maker} by {date}, {other}", date="{maker}") == (
        "{date} & Co by {maker}, {other}"
    )


def test_dates_sizes_and_countries_are_written_as_people_do() -> None:
    """In their language."""
    german, spanish = Words("de", "x"), Words("es", "x")
    assert german.day(date(2026, 3, 9)) == "9. März 2026"
    assert spanish.day(date(2026, 3, 9)) == "9 de marzo de 2026"
    assert (german.size(2_500_000), spanish.size(5_000_000)) == ("2,5 MB", "5 MB")
    assert (german.country("ES"), german.country("ZZ-Z")) == ("Spanien", "ZZ-Z")
