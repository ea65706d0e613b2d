"""What a page is: the step that is expected, an answer, a wall, or nothing that is known. Pure."""

from __future__ import annotations

import re

from registrar.connectors.kit.manifest.web import Page, Signs, Step, WebTier
from registrar.connectors.kit.web import locating
from registrar.connectors.kit.web.survey import Survey
from registrar.connectors.kit.web.values import Values
from registrar.domain.outcome import Code, Effect, Outcome

_CODE = re.compile(
    r"one.time (code|password)|verification code|security code|einmal(code|passwort)"
    r"|code de vérification|código de verificación",
    re.IGNORECASE,
)
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _TROUBLE = 401, 403, 429, 500


def shows(signs: Signs, survey: Survey) -> bool:
    """All of them, and at least one."""
    asked = (
        (signs.heading, survey.headings),
        (signs.alert, survey.alerts),
        (signs.text, (survey.text,)),
        (signs.title, (survey.title,)),
    )
    wanted = [(pattern, texts) for pattern, texts in asked if pattern]
    return bool(wanted) and all(
        any(pattern.search(text) for text in texts) for pattern, texts in wanted
    )


def answer(tier: WebTier, survey: Survey) -> Outcome | None:
    """By the manifest's pages, in their order; None where none of them is meant."""
    found = next((one for one in tier.pages if shows(one.signs, survey)), None)
    return _read(found, survey) if found else None


def _read(page: Page, survey: Survey) -> Outcome:
    found = page.reference.search(survey.text) if page.reference else None
    if page.effect is Effect.ACCEPTED and not found:
        message = "Accepted, without a reference."
        return Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, message, rule=page.name)
    return Outcome(
        page.code,
        page.effect,
        user_message=page.guidance,
        field=page.canonical,
        rule=page.name,
        raw_code=str(survey.status),
        reference=found[1][:200] if found else "",
    )


def wall(survey: Survey) -> Outcome | None:
    """What is there to keep programs out, on any site: recognised, and never passed."""
    if survey.challenged:
        return _stopped(Code.CAPTCHA, "captcha", "The form asks to prove that a person fills it.")
    if any(one.type == "password" for one in survey.usable("textbox")):
        return _stopped(Code.LOGIN_REQUIRED, "login", "The form is behind a log-in of the owner.")
    if any(_is_code(one.autocomplete, one.name) for one in survey.usable("textbox")):
        return _stopped(Code.OTP_REQUIRED, "otp", "The form asks for a code sent to the owner.")
    return _status(survey.status)


def _is_code(autocomplete: str, name: str) -> bool:
    return autocomplete == "one-time-code" or bool(_CODE.search(name))


def _status(status: int) -> Outcome | None:
    raw = str(status)
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        message = "The site keeps programs out."
        return Outcome(Code.BLOCKED, Effect.UNKNOWN, message, rule="blocked", raw_code=raw)
    if status == _TOO_MANY:
        return Outcome(Code.RATE_LIMITED, Effect.UNKNOWN, rule="throttled", raw_code=raw)
    if status >= _TROUBLE:
        return Outcome(Code.UNAVAILABLE_SERVER, Effect.UNKNOWN, rule="trouble", raw_code=raw)
    return None


def _stopped(code: Code, rule: str, message: str) -> Outcome:
    """Unknown, until somebody knows that the point of no return was not passed."""
    return Outcome(code, Effect.UNKNOWN, message, rule=rule)


def refusal(step: Step, values: Values, survey: Survey) -> Outcome | None:
    """The last step again with what is wrong, and whose field that is; None for another page."""
    wrong = _refused(step, survey)
    if not wrong:
        return None
    named = (one for one in step.fill if one.find and locating.reads(one, wrong))
    fill = next(named, None)
    path = values.path(fill) if fill else ""
    said = "The manufacturer does not accept this value."
    return Outcome(Code.INVALID_FIELD, Effect.UNKNOWN, f"{step.name}: refused", said, field=path)


def _refused(step: Step, survey: Survey) -> list[str]:
    """What this step says against its values after it was left; empty where it says nothing."""
    if survey.left and not any(one.invalid for one in survey.usable()):
        return []
    if not shows(step.ready, survey):
        return []
    return [one.name for one in survey.usable() if one.invalid] or list(survey.alerts)
