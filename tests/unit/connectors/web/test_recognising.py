"""What a page is: an answer, a wall, the same step again, or nothing that is known."""

import re
from dataclasses import replace

import pytest
from tests.unit.connectors.web.pages import STEP, VALUES, control, page

from registrar.connectors.kit.manifest import WebTier
from registrar.connectors.kit.manifest.web import Page, Signs
from registrar.connectors.kit.web import recognising
from registrar.connectors.kit.web.survey import Survey, plain
from registrar.domain.outcome import Code, Effect
from registrar.domain.policy import Capabilities


def sign(**texts: str) -> Signs:
    """Patterns."""
    return Signs(**{name: re.compile(text, re.IGNORECASE) for name, text in texts.items()})


DONE = Page(
    "done",
    sign(heading="^Thank you$"),
    Code.REGISTERED,
    Effect.ACCEPTED,
    re.compile("Number: ([A-Z]{3}-[0-9]+)"),
)
TAKEN = Page("taken", sign(text="somebody else"), Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED)
TIER = WebTier(Capabilities("none", "none"), "/", (), (STEP,), (DONE, TAKEN))


def test_an_answer_has_its_reference() -> None:
    """Without one it is no success."""
    found = recognising.answer(TIER, page(headings=("Thank you",), text="Number: ABC-17"))
    assert found is not None
    assert (found.code, found.effect, found.reference) == (
        Code.REGISTERED,
        Effect.ACCEPTED,
        "ABC-17",
    )
    bare = recognising.answer(TIER, page(headings=("Thank you",), text="See you."))
    assert bare is not None
    assert (bare.code, bare.effect) == (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)


@pytest.mark.parametrize("text", ["", "Thank you", "Welcome"])
def test_an_unknown_page_is_no_answer(text: str) -> None:
    """Words in the text are no heading."""
    assert recognising.answer(TIER, page(text=text)) is None


def test_a_sign_without_patterns_is_on_no_page() -> None:
    """It would be on every one."""
    assert not recognising.shows(Signs(), page(headings=("Anything",)))


WALLS = {
    Code.CAPTCHA: page(challenged=True),
    Code.LOGIN_REQUIRED: page(control(0, "textbox", "Password", type="password")),
    Code.OTP_REQUIRED: page(control(0, "textbox", "Code", autocomplete="one-time-code")),
    Code.BLOCKED: page(status=403),
    Code.RATE_LIMITED: page(status=429),
    Code.UNAVAILABLE_SERVER: page(status=503),
}


@pytest.mark.parametrize(("code", "survey"), WALLS.items(), ids=[str(one) for one in WALLS])
def test_walls_are_known_on_any_site(code: Code, survey: Survey) -> None:
    """Their effect is for whoever knows whether the point was passed."""
    found = recognising.wall(survey)
    assert found is not None
    assert (found.code, found.effect) == (code, Effect.UNKNOWN)


@pytest.mark.parametrize("words", ["One-time code", "Verification code", "Einmalcode"])
def test_a_code_is_known_by_its_words(words: str) -> None:
    """Where the page says no more."""
    found = recognising.wall(page(control(0, "textbox", words)))
    assert found is not None
    assert found.code is Code.OTP_REQUIRED


@pytest.mark.parametrize("survey", [page(), page(status=422), page(status=404)])
def test_an_ordinary_page_is_no_wall(survey: Survey) -> None:
    """Nor is one with errors at its fields."""
    assert recognising.wall(survey) is None


def test_the_same_step_again_says_what_is_wrong() -> None:
    """By its fields, else by its alert; a page that is only being left says nothing yet."""
    step = replace(STEP, ready=sign(heading="^Product$"))
    wrong = control(0, "textbox", "Serial number", invalid=True)
    shown = page(wrong, headings=("Product",), alerts=("Please check",))
    alert = page(headings=("Product",), alerts=("No",))
    told = [recognising.refusal(step, VALUES, one) for one in (shown, alert)]
    assert [one and (one.code, one.field) for one in told] == [
        (Code.INVALID_FIELD, "product.serial_number"),
        (Code.INVALID_FIELD, ""),
    ]
    assert recognising.refusal(step, VALUES, page(headings=("Product",), left=True)) is None
    assert recognising.refusal(step, VALUES, page(wrong, headings=("Next",))) is None


def test_marks_of_need_are_no_words() -> None:
    """Nor are case, width and blanks."""
    assert plain("  Serial   Number * ") == plain("serial number (required)") == "serial number"
